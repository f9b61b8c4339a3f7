"""`mutoscope.train_filter`: one picture in, a filter on the shelf."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.effects.style_picture import read_style
from mutoscope.engine.device import torch_threads
from mutoscope.filters.card import Card, StyleSource, printable
from mutoscope.filters.content import load_footage, load_photographs
from mutoscope.filters.judge import Verdict, judge_painting
from mutoscope.filters.patterns import PATTERNS, draw_pattern
from mutoscope.filters.shelf import check_name, own_folder, read_card
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.filters.trainer import StylePicture, Trainer
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import data_folder, make_folder
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.lock import only_writer

__all__ = ["Trained", "look_at", "read_picture_to_learn", "train_filter"]

_PATTERN = "pattern:"


@dataclass(frozen=True)
class Trained:
    """What came out of a training.

    Attributes:
        name: of the filter, as `filter` takes it.
        path: its file on the shelf.
        card: what it says about itself.
        verdict: what was found in the painting.
        folder: previews and curves of the training.
        notices: what the person should know.

    """

    name: str
    path: Path
    card: Card
    verdict: Verdict
    folder: Path
    notices: tuple[str, ...] = ()


def train_filter(
    painting: str | Path,
    *,
    name: str,
    footage: Sequence[str | Path] = (),
    report: Listener = ignore,
    **options: Any,
) -> Trained:
    """Train a filter from one picture and put it on the shelf; a training that was stopped goes on.

    Args:
        painting: picture whose manner is learned, or "pattern:NAME" for one that is made by code.
        name: of the new filter: small letters, digits, hyphens.
        footage: films or pictures that the filter is meant for; it learns on them too.
        report: takes progress.
        **options: any field of `TrainFilterParams` (minutes, from_scratch, brush …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(TrainFilterParams, options)
    check_name(name)
    picture = read_picture_to_learn(painting, params)
    verdict = judge_painting(picture.pixels_1CHW)
    films = [Path(path) for path in footage]
    folder = make_folder(data_folder() / "training" / name)
    final = make_folder(own_folder()) / f"{name}.safetensors"
    with only_writer(final), _threads(params.threads):
        content, said = _content(films)
        trainer = Trainer(name, picture, content, said, params, folder, report)
        made = trainer.run()
        check_name(name)  # somebody may have imported one meanwhile
        with atomic_path(final) as temp:
            shutil.copyfile(made, temp)
    return Trained(name, final, read_card(final), verdict, folder, tuple(trainer.notices))


def look_at(painting: str | Path) -> Verdict:
    """Judge a painting before it is trained from.

    Raises:
        InputError: it cannot be read, is too small or plain.

    """
    return judge_painting(read_picture_to_learn(painting, TrainFilterParams()).pixels_1CHW)


def read_picture_to_learn(painting: str | Path, params: TrainFilterParams) -> StylePicture:
    """Read a style picture, or draw one.

    Raises:
        InputError: it cannot be read.
        ParameterError: there is no such pattern.

    """
    said = {"title": params.title, "artist": params.artist, "year": params.year, "licence": params.licence}
    if str(painting).startswith(_PATTERN):
        pattern = str(painting).removeprefix(_PATTERN)
        if pattern not in PATTERNS:
            raise ParameterError(f"there is no pattern {pattern!r}; there are: {', '.join(PATTERNS)}.")
        drawn = draw_pattern(pattern)
        source = StyleSource(
            title=params.title or pattern.replace("-", " "),
            artist=params.artist or "code",
            year=params.year,
            licence="Apache-2.0",
            source="mutoscope.filters.patterns",
            sha256=hash_json([pattern, (drawn * 255).round().to(torch.uint8).flatten()[::97].tolist()]),
        )
        return StylePicture(drawn, source)
    path = Path(painting)
    pixels_1CHW = read_style(path)
    return StylePicture(
        pixels_1CHW,
        StyleSource(
            **{**said, "title": params.title or printable(path.stem)}, source=params.source, sha256=hash_file(path)
        ),
    )


def _content(films: Sequence[Path]) -> tuple[tuple[list[Tensor], list[Tensor]], str]:
    with as_file(files("mutoscope.data") / "photographs") as folder:
        photographs = load_photographs(folder)
    if not films:
        return (photographs, []), f"{len(photographs)} photographs of the package"
    frames = load_footage(films)
    said = f"{len(photographs)} photographs of the package, {len(frames)} frames of {len(films)} films"
    return (photographs, frames), said


@contextlib.contextmanager
def _threads(num: int | None) -> Iterator[None]:
    with torch_threads(num) if num is not None else contextlib.nullcontext():
        yield
