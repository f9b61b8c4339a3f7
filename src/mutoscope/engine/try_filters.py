"""`mutoscope filters try`: which filter suits which footage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.errors import InputError, WeightsError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.filters.files import load_filter
from mutoscope.filters.runtime import Runner, make_runner, play_foreign
from mutoscope.filters.runtime_table import choose
from mutoscope.filters.scores import Scores, mean_scores, score
from mutoscope.filters.shelf import ShelfItem, find, shelf
from mutoscope.models.backbones import Backbone, load_backbone
from mutoscope.ops.resize import resize
from mutoscope.video.info import is_picture_name
from mutoscope.video.read import open_video
from mutoscope.video.sheet import Cell, write_sheet

__all__ = ["Pair", "Tried", "draw_shelf", "sheet_of", "try_filters"]

_SIDE_PX = 384
_GROUND = 24 / 255
_PLACES = (0.25, 0.7)
_VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".gif", ".ogv", ".wmv", ".mts")


@dataclass(frozen=True)
class Pair:
    """One filter on one piece of footage.

    Attributes:
        filter: its name.
        footage: the file.
        scores: how well they suit each other.
        painted_CHW: a frame, to look at; uint8.

    """

    filter: str
    footage: Path
    scores: Scores
    painted_CHW: Tensor


@dataclass(frozen=True)
class Tried:
    """What came out.

    Attributes:
        pairs: the best first.
        notices: what was left out, and why.

    """

    pairs: tuple[Pair, ...]
    notices: tuple[str, ...] = ()


def try_filters(
    footage: str | Path | Sequence[str | Path], *, names: Sequence[str] = (), report: Listener = ignore
) -> Tried:
    """Paint frames of each piece of footage with each filter; give all pairs, the best first.

    Filters and films that are broken are left out, with a notice.

    Args:
        footage: a folder of films and pictures, or some of them.
        names: filters to try; all of the shelf without any.
        report: takes progress.

    Raises:
        InputError: there is no footage that can be read.
        ParameterError: there is no filter of a name.

    """
    paths = _files(footage)
    items = [find(name) for name in names] if names else list(shelf())
    backbone = load_backbone("efficientnet_lite0")
    notices: list[str] = []
    samples = []
    for path in paths:
        try:
            samples.append((path, _sample(path)))
        except InputError as error:
            notices.append(str(error))
    if not samples:
        raise InputError(notices[0])
    pairs: list[Pair] = []
    for number, item in enumerate(items, 1):
        try:
            run, style = _runner(item)
        except WeightsError as error:
            notices.append(str(error))
            continue
        for path, frames in samples:
            made = [_scored(backbone, style, run, two) for two in frames]
            pairs.append(Pair(item.name, path, mean_scores([scores for scores, _ in made]), made[0][1]))
        report(Progress("try filters", number, len(items), "filters"))
    pairs.sort(key=lambda pair: (-pair.scores.total, pair.filter, str(pair.footage)))
    return Tried(tuple(pairs), tuple(notices))


def sheet_of(pairs: Sequence[Pair], out: Path, *, columns: int = 6, most: int = 60) -> Path:
    """Draw pairs in their order, each with its score.

    Raises:
        OutputError: the sheet cannot be written.

    """
    cells = [
        Cell(_boxed(pair.painted_CHW / 255), f"{pair.filter} {pair.scores.total:.2f} on {pair.footage.stem}"[:34])
        for pair in pairs[:most]
    ]
    return write_sheet(_rows(cells, columns), out)


def draw_shelf(out: Path, picture: Path | None = None, *, columns: int = 6, report: Listener = ignore) -> Path:
    """Draw every filter of the shelf on one picture, which comes first.

    Raises:
        InputError: the picture cannot be read.
        OutputError: the sheet cannot be written.

    """
    with as_file(files("mutoscope.data") / "photographs" / "neuschwanstein-castle.jpg") as bundled:
        frame = _sample(picture or bundled)[0][:1]
    cells = [Cell(_boxed(frame[0]), "source")]
    items = shelf()
    for number, item in enumerate(items, 1):
        try:
            run, _ = _runner(item)
        except WeightsError:
            continue  # `filters show` says what is wrong with it
        cells.append(Cell(_boxed(run(frame)[0]), item.name))
        report(Progress("draw filters", number, len(items), "filters"))
    return write_sheet(_rows(cells, columns), out)


def _rows(cells: list[Cell], columns: int) -> list[list[Cell]]:
    columns = min(columns, len(cells))
    height, width = cells[0].pixels_CHW.shape[1:]
    padding = [Cell(torch.full((3, height, width), _GROUND), "")] * (-len(cells) % columns)
    filled = cells + padding
    return [filled[i : i + columns] for i in range(0, len(filled), columns)]


def _boxed(x_CHW: Tensor) -> Tensor:
    """Fit a picture into a box of 16:9, so that a sheet of all sorts stretches none."""
    width, height = _SIDE_PX, _SIDE_PX * 9 // 16
    scale = min(width / x_CHW.shape[2], height / x_CHW.shape[1])
    inner = resize(x_CHW[None], max(1, round(x_CHW.shape[1] * scale)), max(1, round(x_CHW.shape[2] * scale)))[0]
    box = torch.full((3, height, width), _GROUND)
    top, left = (height - inner.shape[1]) // 2, (width - inner.shape[2]) // 2
    box[:, top : top + inner.shape[1], left : left + inner.shape[2]] = inner
    return box


def _scored(backbone: Backbone, style: dict[str, Tensor], run: Runner, shown_2CHW: Tensor) -> tuple[Scores, Tensor]:
    painted = torch.cat([run(frame) for frame in torch.split(shown_2CHW, 1)])
    small = (painted[0] * 255).round().to(torch.uint8)  # a copy: a view would hold both frames in memory
    return score(backbone, style, shown_2CHW, painted), small


def _runner(item: ShelfItem) -> tuple[Runner, dict[str, Tensor]]:
    threads = torch.get_num_threads()
    if item.card.kind == "onnx":
        return play_foreign(item.path, item.card.pixel_range, threads), {}
    loaded = load_filter(item.path)
    return make_runner(loaded, choose(), threads=threads), dict(loaded.style)


def _files(footage: str | Path | Sequence[str | Path]) -> list[Path]:
    given = [Path(footage)] if isinstance(footage, str | Path) else [Path(path) for path in footage]
    found: list[Path] = []
    for path in given:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [p for p in inside if path == p or p.suffix.lower() in _VIDEO_SUFFIXES or is_picture_name(p)]
    if not found:
        raise InputError(f"{given[0]} holds no film or picture; give a folder with footage, or files.")
    return found


def _sample(path: Path) -> list[Tensor]:
    """Take pairs of frames that follow each other, 2,3,H,W, out of a film; a picture is its own successor."""
    with open_video(path, size=_SIDE_PX) as film:
        total = film.info.num_frames or sum(len(clip) for clip in film)
    if total < 2:
        first = next(_frames(path), None)
        if first is None:
            raise InputError(f"{path} has no frame; give footage that plays.")
        return [torch.cat([first, first])]
    wanted = sorted({min(total - 2, round(place * total)) for place in _PLACES})
    found: list[Tensor] = []
    for number, two in enumerate(pairwise(_frames(path))):
        if number in wanted:
            found.append(torch.cat(two))
        if number >= wanted[-1]:
            break
    if not found:
        raise InputError(f"{path} breaks off before {_PLACES[0]:.0%} of its length; give footage that plays.")
    return found


def _frames(path: Path) -> Iterator[Tensor]:
    with open_video(path, size=_SIDE_PX) as film:
        for clip in film:
            yield from torch.split(clip.pixels_TCHW, 1)
