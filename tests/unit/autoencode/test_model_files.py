"""Models in files: there and back, and one clear line for each thing that can be wrong with a file."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from mutoscope.autoencode import files
from mutoscope.autoencode.card import Card, FilmSeen
from mutoscope.autoencode.card_file import open_card, read_shapes
from mutoscope.autoencode.files import FilmModel, load_model, moments_of, save_model
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.errors import MutoscopeError, WeightsError
from mutoscope.core.random import generator
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import load_tensors, save_tensors

PROFILE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)


def latents(num: int = 9, films: int = 2) -> Latents:
    film = tuple(i * films // num for i in range(num))
    z = torch.randn(num, PROFILE.latent, generator=generator(0, num))
    return Latents(z, tuple(5 + 3 * i for i in range(num)), Fraction(1, 600), (0,) * num, film)


def model(**changed: object) -> FilmModel:
    encoder, decoder = new_networks(PROFILE, generator(0, 0))
    card = Card(profile=PROFILE, fit="letterbox", films=(FilmSeen(name="a.mp4"), FilmSeen(name="b.mp4")))
    dreamer = {"cell.weight": torch.randn(3, 4, generator=generator(0, 1))}
    made = FilmModel(card, encoder.eval(), decoder.eval(), latents(), dreamer)
    return dataclasses.replace(made, **changed)


@pytest.fixture
def saved(tmp_path) -> Path:
    path = tmp_path / "new" / "film.safetensors"
    save_model(model(), path)
    return path


def change(path: Path, texts: dict[str, str] | None = None, **changed: torch.Tensor | None) -> None:
    """Write other tensors or texts into a file; two underscores stand for the slash, None leaves one out."""
    tensors = load_tensors(path) | {name.replace("__", "/"): value for name, value in changed.items()}
    save_tensors({k: v for k, v in tensors.items() if v is not None}, path, read_metadata(path) | (texts or {}))


def test_model_comes_back_with_half_the_bits(saved):
    first, again = model(), load_model(saved)

    assert again.card == first.card
    assert again.latents.pts_T == first.latents.pts_T
    assert again.latents.film_T == first.latents.film_T
    assert again.latents.time_base == Fraction(1, 600)
    torch.testing.assert_close(again.latents.z_TL, first.latents.z_TL, atol=2e-3, rtol=1e-3)
    assert torch.equal(again.dreamer["cell.weight"], first.dreamer["cell.weight"])
    for ours, theirs in ((first.encoder, again.encoder), (first.decoder, again.decoder)):
        for name, value in ours.state_dict().items():
            assert torch.equal(theirs.state_dict()[name], value.half().float()), name
    assert not again.decoder.training
    assert not any(p.requires_grad for p in again.decoder.parameters())


def test_loaded_model_is_saved_again_byte_for_byte(saved, tmp_path):
    save_model(load_model(saved), tmp_path / "again.safetensors")

    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()


def test_model_without_latents_comes_back_without(tmp_path):
    save_model(model(latents=None, dreamer={}), tmp_path / "bare.safetensors")

    again = load_model(tmp_path / "bare.safetensors")

    assert again.latents is None
    assert again.moments is None
    assert again.dreamer == {}


def test_long_film_keeps_every_kth_latent_of_each_film_and_the_moments_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_FRAMES", 10)
    whole = latents(23, films=2)
    save_model(model(latents=whole), tmp_path / "long.safetensors")

    again = load_model(tmp_path / "long.safetensors")

    assert len(again.latents) <= 10
    assert [again.latents.film_T.count(number) for number in (0, 1)] == [4, 4]
    firsts = [again.latents.pts_T[again.latents.film_T.index(number)] for number in (0, 1)]
    assert firsts == [whole.pts_T[whole.film_T.index(number)] for number in (0, 1)]
    torch.testing.assert_close(again.moments.mean_L, whole.z_TL.mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(again.moments.covariance_LL, torch.cov(whole.z_TL.T, correction=0))


def test_moments_are_those_of_the_formula():
    moments = moments_of(torch.tensor([[1.0, 0.0], [3.0, 4.0]]))

    assert moments.mean_L.tolist() == [2, 2]
    assert moments.spread_L.tolist() == [1, 2]
    assert moments.covariance_LL.tolist() == [[1, 2], [2, 4]]


def test_number_too_large_for_half_the_bits_keeps_all_of_them(tmp_path):
    made = model()
    with torch.no_grad():
        made.decoder.project.bias[0] = 1e6
    save_model(made, tmp_path / "large.safetensors")

    assert load_model(tmp_path / "large.safetensors").decoder.project.bias[0] == 1e6


def test_card_is_read_without_numbers(saved):
    assert open_card(saved) == model().card
    assert read_shapes(saved)["latents/z"] == (9, 8)


def test_model_that_is_not_finite_is_not_written(tmp_path):
    made = model()
    with torch.no_grad():
        made.encoder.project.bias[2] = float("nan")

    with pytest.raises(WeightsError, match="not finite in 'encoder/project"):
        save_model(made, tmp_path / "bad.safetensors")
    assert list(tmp_path.iterdir()) == []


def nan(path: Path) -> None:
    change(path, latents__mean=torch.full((8,), float("nan")))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def text(path: Path) -> None:
    path.write_text("no model")


def missing(path: Path) -> None:
    path.unlink()


def other_safetensors(path: Path) -> None:
    save_tensors({"a": torch.ones(3)}, path, {"kind": "other"})


def newer(path: Path) -> None:
    change(path, {"card": read_metadata(path)["card"].replace("autoencoder/1", "autoencoder/2")})


def other_size(path: Path) -> None:
    change(path, {"card": read_metadata(path)["card"].replace('"base":4', '"base":8')})


def giant(path: Path) -> None:
    card = json.loads(read_metadata(path)["card"])
    card["profile"] |= {"width": 1024, "height": 1024, "base": 256, "latent": 4096, "levels": 6, "kernel": 7}
    change(path, {"card": json.dumps(card)})


def beyond_bounds(path: Path) -> None:
    change(path, {"card": read_metadata(path)["card"].replace('"latent":8', '"latent":100000000')})


def lacks_latents(path: Path) -> None:
    change(path, latents__pts=None)


def fewer_times(path: Path) -> None:
    change(path, latents__pts=torch.arange(4))


def times_fall(path: Path) -> None:
    change(path, latents__pts=torch.arange(9).flip(0))


def no_time_base(path: Path) -> None:
    change(path, latents__time_base=torch.tensor([1, 0]))


def foreign_tensor(path: Path) -> None:
    change(path, decoder__extra=torch.ones(2))


FAULTS = {
    nan: "not finite in 'latents/mean'",
    cut: "cut off",
    text: "not a whole safetensors file",
    missing: "does not exist",
    other_safetensors: "not a model of a film",
    newer: "update Mutoscope",
    other_size: "another size or version",
    giant: "another size or version",
    beyond_bounds: "its card is broken at profile.latent",
    lacks_latents: "another size or version",
    fewer_times: "another size or version",
    times_fall: "do not increase",
    no_time_base: "no times",
    foreign_tensor: "another size or version",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_broken_file_is_told_in_one_line(saved, fault):
    fault(saved)

    with pytest.raises(WeightsError, match=FAULTS[fault]) as told:
        load_model(saved)
    assert "\n" not in str(told.value)


def test_byte_cut_anywhere_gives_one_line(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), len(whole) // 23):
        saved.write_bytes(whole[:length])
        with pytest.raises(MutoscopeError):
            load_model(saved)
