"""`mutoscope.train_autoencoder`: films in, a network that has seen nothing else out."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.dreamer import train_dreamer
from mutoscope.autoencode.files import FilmModel, save_model
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.trainer import AutoencoderTrainer
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.device import torch_threads
from mutoscope.storage.folders import cache_folder, make_folder
from mutoscope.storage.lock import only_writer

__all__ = ["TrainedModel", "train_autoencoder", "training_folder"]

_DREAM_STEPS_SHARE = 0.5
_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class TrainedModel:
    """What came out of a training.

    Attributes:
        path: of the model.
        card: what it says about itself; `card.quality` holds what was measured.
        folder: previews, curves and checkpoint of the training.
        can_dream: whether it has learned which latents follow each other.
        notices: what the person should know.

    """

    path: Path
    card: Card
    folder: Path
    can_dream: bool
    notices: tuple[str, ...] = ()


def train_autoencoder(
    films: str | Path | Sequence[str | Path],
    *,
    out: str | Path,
    report: Listener = ignore,
    clock: Callable[[], float] = time.monotonic,
    **options: Any,
) -> TrainedModel:
    """Train an autoencoder on films; a training that was stopped goes on.

    Args:
        films: one film or several; together they become one memory.
        out: the model, .safetensors; the training's own files go into a folder beside it.
        report: takes progress.
        clock: seconds that count as time spent.
        **options: any field of `TrainAutoencoderParams` (profile, minutes, steps, fit …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(TrainAutoencoderParams, options)
    paths = [Path(films)] if isinstance(films, str | Path) else [Path(film) for film in films]
    out = Path(out)
    _check_places(paths, out)
    shape = params.shape()
    folder = make_folder(training_folder(out))
    with only_writer(out), _threads(params.threads):
        store = ingest(paths, cache_folder() / "frames", shape.width, shape.height, params.fit, report)
        trainer = AutoencoderTrainer(store, params, folder, report, clock)
        trained = trainer.run()
        dreamer, told = _dreamer(trained.latents, params, report, clock)
        card = Card(profile=shape, fit=params.fit, films=store.films, training=trained.record, quality=trained.quality)
        save_model(FilmModel(card, trained.encoder, trained.decoder, trained.latents, dreamer), out)
    notices = (*_told(store), *trained.notices, *told)
    return TrainedModel(out, card, folder, bool(dreamer), tuple(dict.fromkeys(notices)))


def training_folder(out: Path) -> Path:
    """Say where previews, curves and checkpoint of a model's training lie."""
    return out.with_name(f"{out.stem}-training")


def _check_places(films: Sequence[Path], out: Path) -> None:
    if not films:
        raise ParameterError("no film is named; give one or several.")
    if out.suffix != _SUFFIX:
        raise OutputError(f"{out.name} is no name for a model; call it {out.stem or 'film'}{_SUFFIX}.")
    if out.is_dir():
        raise OutputError(f"{out} is a folder; give the name of a file, like {out / 'film'}{_SUFFIX}.")
    if not out.parent.is_dir():
        raise OutputError(f"the folder {out.parent} does not exist; make it first.")


def _dreamer(
    latents: Latents, params: TrainAutoencoderParams, report: Listener, clock: Callable[[], float]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Learn which latents follow each other, where there are some that do."""
    if params.dream == 0:
        return {}, ()
    if len(latents) < 3:
        return {}, ("the film is too short to dream on from; it can be walked in.",)
    if params.steps is not None or params.epochs is not None or "minutes" not in params.model_fields_set:
        steps = 2000 if params.steps is None else max(4, round(params.steps * _DREAM_STEPS_SHARE))
        return train_dreamer(latents, params.seed, steps=steps, report=report), ()
    seconds = 60 * params.minutes * params.dream
    return train_dreamer(latents, params.seed, seconds=seconds, clock=clock, report=report), ()


def _told(store: FrameStore) -> tuple[str, ...]:
    return tuple(getattr(store, "notices", ()))


@contextlib.contextmanager
def _threads(num: int | None) -> Iterator[None]:
    with torch_threads(num) if num is not None else contextlib.nullcontext():
        yield
