"""Models of a film in files: safetensors with a card."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor, nn

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.card_file import open_card, read_shapes
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.networks import Decoder, Encoder
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.errors import WeightsError
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder

__all__ = ["FilmModel", "Moments", "load_model", "moments_of", "open_card", "save_model"]

_LATEST_PTS = 2**53
_MOST_FRAMES = 40_000
"""Half an hour of film: walks and arithmetic find their places, and the file stays small."""
_MOST_BYTES = 2_000_000_000
_WIDEST_COVARIANCE = 1024
_LATENTS = ("z", "pts", "shot", "film", "time_base")
_MOMENTS = ("mean", "spread", "covariance")


@dataclass(frozen=True)
class Moments:
    """How the latents of all frames lie.

    Attributes:
        mean_L: float32.
        spread_L: their standard deviation, float32.
        covariance_LL: float32; None where there are too many numbers.

    """

    mean_L: Tensor
    spread_L: Tensor
    covariance_LL: Tensor | None = None


@dataclass(frozen=True)
class FilmModel:
    """A network that has seen a film.

    Attributes:
        card: what it says about itself.
        encoder: in evaluation mode, on the CPU.
        decoder: likewise.
        latents: of the film's frames, or of every k-th; None where nobody has encoded it.
        dreamer: numbers of the network that knows which latents follow each other; empty where there is none.
        moments: of the latents of all frames, where `latents` may be every k-th only.

    """

    card: Card
    encoder: Encoder
    decoder: Decoder
    latents: Latents | None = None
    dreamer: Mapping[str, Tensor] = field(default_factory=dict)
    moments: Moments | None = None


def save_model(model: FilmModel, path: Path) -> None:
    """Write a model: weights and latents with half the bits, at most 40,000 latents.

    Raises:
        OutputError: the place cannot be written.
        WeightsError: a number is not finite.

    """
    tensors = {f"encoder/{name}": _half(value) for name, value in model.encoder.state_dict().items()}
    tensors |= {f"decoder/{name}": _half(value) for name, value in model.decoder.state_dict().items()}
    tensors |= {f"dreamer/{name}": value for name, value in model.dreamer.items()}
    if model.latents is not None and len(model.latents):
        moments = model.moments or moments_of(model.latents.z_TL)
        tensors |= _latents_as_tensors(_thinned(model.latents))
        tensors |= {"latents/mean": moments.mean_L, "latents/spread": moments.spread_L}
        if moments.covariance_LL is not None:
            tensors["latents/covariance"] = moments.covariance_LL
    _check_finite(tensors, str(path))
    make_folder(path.parent)
    with atomic_path(path) as temp:
        # One text only: the format keeps several in any order, and the same model shall be the same bytes.
        save_tensors(tensors, temp, {"card": model.card.model_dump_json()})


def load_model(path: Path) -> FilmModel:
    """Read a model.

    Raises:
        WeightsError: it is not a model of a film, is cut off, of another size or version, or not finite.

    """
    card = open_card(path)
    if path.stat().st_size > _MOST_BYTES:
        raise WeightsError(f"{path} has more than {_MOST_BYTES / 1e9:.0f} GB; that is no model of ours.")
    # Shapes before numbers: a card may promise sizes that no memory holds, and the file's are bounded by its length.
    with torch.device("meta"):
        encoder, decoder = Encoder(card.profile), Decoder(card.profile)
    _check_shapes(read_shapes(path), encoder, decoder, card.profile, path)
    try:
        tensors = load_tensors(path)
    except Exception as error:  # the library raises its own kinds for each thing that can be wrong with a file
        raise WeightsError(f"{path} is not a whole safetensors file; get it again.") from error
    _check_finite(tensors, str(path))
    for name, network in (("encoder", encoder), ("decoder", decoder)):
        network.load_state_dict({k: v.float() for k, v in _within(tensors, name).items()}, assign=True)
        network.eval().requires_grad_(False)
    kept = _within(tensors, "latents")
    latents = _latents_from(kept, path) if kept else None
    moments = Moments(kept["mean"].float(), kept["spread"].float(), _float(kept.get("covariance"))) if kept else None
    return FilmModel(card, encoder, decoder, latents, _within(tensors, "dreamer"), moments)


def moments_of(z_TL: Tensor) -> Moments:
    """Measure mean, standard deviation and covariance of latents."""
    z = z_TL.double()
    mean = z.mean(0)
    centred = z - mean
    spread = centred.square().mean(0).sqrt()
    narrow = z.shape[1] <= _WIDEST_COVARIANCE
    covariance = (centred.T @ centred / len(z)).float() if narrow else None
    return Moments(mean.float(), spread.float(), covariance)


def _half(value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value
    half = value.half()
    # What is finite and too large for half the bits keeps all of them.
    return half if bool(torch.isfinite(half).all()) else value.float()


def _float(value: Tensor | None) -> Tensor | None:
    return None if value is None else value.float()


def _within(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}/"): value for name, value in tensors.items() if name.startswith(f"{part}/")}


def _thinned(latents: Latents) -> Latents:
    """Take every k-th frame of each film, its first among them: times count from it."""
    if len(latents) <= _MOST_FRAMES:
        return latents
    step = -(-len(latents) // (_MOST_FRAMES - len(set(latents.film_T))))
    kept, seen = [], dict.fromkeys(latents.film_T, 0)
    for index, film in enumerate(latents.film_T):
        if seen[film] % step == 0:
            kept.append(index)
        seen[film] += 1
    return latents.take(kept)


def _latents_as_tensors(latents: Latents) -> dict[str, Tensor]:
    return {
        "latents/z": latents.z_TL.half(),
        "latents/pts": torch.tensor(latents.pts_T, dtype=torch.int64),
        "latents/shot": torch.tensor(latents.shot_T, dtype=torch.int32),
        "latents/film": torch.tensor(latents.film_T, dtype=torch.int32),
        "latents/time_base": torch.tensor(latents.time_base.as_integer_ratio(), dtype=torch.int64),
    }


def _latents_from(kept: Mapping[str, Tensor], path: Path) -> Latents:
    whole = all(not kept[name].is_floating_point() for name in _LATENTS[1:])
    if not whole or bool((kept["spread"] < 0).any()) or bool((kept["pts"].abs() > _LATEST_PTS).any()):
        raise WeightsError(f"{path} has latents with impossible numbers; train it again, or get it again.")
    pts, shot, film, time_base = (tuple(int(number) for number in kept[name].tolist()) for name in _LATENTS[1:])
    if min(time_base) <= 0:
        raise WeightsError(f"{path} tells no times for its latents; train it again, or get it again.")
    latents = Latents(kept["z"].float(), pts, Fraction(*time_base), shot, film)
    followers = zip(zip(film, pts, strict=True), list(zip(film, pts, strict=True))[1:], strict=False)
    if min(film) < 0 or min(shot) < 0 or any(after <= before for before, after in followers):
        raise WeightsError(f"{path} has latents whose times do not increase; train it again, or get it again.")
    return latents


def _check_shapes(
    found: Mapping[str, tuple[int, ...]], encoder: nn.Module, decoder: nn.Module, profile: Profile, path: Path
) -> None:
    wanted = {f"encoder/{name}": tuple(value.shape) for name, value in encoder.state_dict().items()}
    wanted |= {f"decoder/{name}": tuple(value.shape) for name, value in decoder.state_dict().items()}
    other = {name: shape for name, shape in found.items() if not name.startswith(("latents/", "dreamer/"))}
    if other != wanted or not _latents_fit(found, profile.latent):
        raise WeightsError(
            f"{path} is a model of another size or version than its card tells ({profile.name}, "
            f"{profile.width}x{profile.height}, {profile.latent} numbers); train it again, or get it again."
        )


def _latents_fit(found: Mapping[str, tuple[int, ...]], latent: int) -> bool:
    kept = {name.removeprefix("latents/"): shape for name, shape in found.items() if name.startswith("latents/")}
    if not kept:
        return True
    if {*_LATENTS, "mean", "spread"} - set(kept) or set(kept) - {*_LATENTS, *_MOMENTS}:
        return False
    num = kept["z"][0] if kept["z"] else 0
    wanted = {"z": (num, latent), "mean": (latent,), "spread": (latent,), "covariance": (latent, latent)}
    wanted |= dict.fromkeys(("pts", "shot", "film"), (num,)) | {"time_base": (2,)}
    return 0 < num <= _MOST_FRAMES and all(shape == wanted[name] for name, shape in kept.items())


def _check_finite(tensors: Mapping[str, Tensor], where: str) -> None:
    for name, value in tensors.items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise WeightsError(f"{where} has numbers that are not finite in {name!r}; train it again.")
