"""`mutoscope.autoencode(…, compare=True)`: a film beside its dream, as films, tables, a plot, a sheet and numbers."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.card_file import open_card
from mutoscope.autoencode.compare import FrameNumbers, Pick, Picks, learned_similarity, shots_of
from mutoscope.autoencode.profiles import Fit
from mutoscope.autoencode.quality import QualityMeter
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.compare_films import LEAST_PX, CompareFilms
from mutoscope.engine.compare_pair import FilmPair, Pictures, open_pair
from mutoscope.engine.compare_tables import (
    as_json,
    draw_picks,
    plot_quality,
    write_frames_csv,
    write_json,
    write_shots_csv,
)
from mutoscope.engine.device import torch_threads
from mutoscope.models.backbones import load_backbone
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file
from mutoscope.video.write import is_source

__all__ = ["Compared", "compare_film"]

_FILMS = ("side-by-side.mp4", "difference.mp4")
_MOST_PX = 4096
_PICKED, _PICK_PX = 6, 300


@dataclass(frozen=True)
class Compared:
    """What was made.

    Attributes:
        folder: in which all of it lies.
        side_by_side: film: source, dream and difference beside each other, with the source's sound; None where no
            films were wanted.
        difference: film of the difference; likewise.
        frames_csv: numbers of each frame.
        shots_csv: numbers of each shot.
        plot: numbers over time.
        sheet: the best and the worst frames.
        numbers_json: all numbers but those of each frame.
        numbers: what is in it.
        seconds: wall time.
        notices: what a person should know, one line each.

    """

    folder: Path
    side_by_side: Path | None
    difference: Path | None
    frames_csv: Path
    shots_csv: Path
    plot: Path
    sheet: Path
    numbers_json: Path
    numbers: Mapping[str, Any]
    seconds: float
    notices: tuple[str, ...] = ()


def compare_film(
    source: str | Path,
    dream: str | Path,
    folder: str | Path,
    *,
    model: str | Path | None = None,
    fit: Fit | None = None,
    size: int = 640,
    gain: float = 4.0,
    similarity_every: int = 4,
    films: bool = True,
    report: Listener = ignore,
) -> Compared:
    """Compare a film with what a network made of it, in one pass over both.

    Numbers are measured on small frames: those that the model sees, or frames of 256 px where no model is given. The
    dream is scaled to the source; where a model has seen a part of the frame only, that part is compared.

    Args:
        source: the film.
        dream: the same frames at the same times, dreamt; of any size.
        folder: where everything goes; made where it is missing.
        model: the model that dreamt; it tells which part of a frame it has seen.
        fit: how frames of another shape were fitted: `crop` or `letterbox`; as the model tells, or `crop`.
        size: long side of a picture in the films, px.
        gain: factor by which the difference is brightened.
        similarity_every: learned similarity is measured on every n-th frame of a shot, from its first.
        films: whether to write the two films, too.
        report: takes progress.

    Raises:
        InputError: a film cannot be read, or they have other frames or times.
        OutputError: the folder cannot be written, or a film lies where a result goes.
        ParameterError: a number is out of its bounds.
        WeightsError: the model cannot be read.

    """
    began = time.monotonic()
    source, dream, folder = Path(source), Path(dream), Path(folder)
    _check_numbers(size, gain, similarity_every)
    card = None if model is None else open_card(Path(model))
    seen = None if card is None else (card.profile.height, card.profile.width)
    pair = open_pair(source, dream, size, seen, fit or ("crop" if card is None else card.fit), report)
    _check_folder(folder, source, dream)
    side_by_side, difference = (folder / name for name in _FILMS)
    apart = max(1, pair.frames // (2 * _PICKED))
    best, worst = (Picks(which, _PICKED, pair.num_shots, apart) for which in ("best", "worst"))
    with torch_threads(1), ExitStack() as stack:  # one thread: sums are rounded alike on every machine
        judge = _Judge(similarity_every)
        drawing = None
        if films:
            drawing = stack.enter_context(CompareFilms(pair, side_by_side, difference, size, gain))
        frames: list[FrameNumbers] = []
        for pictures in pair:
            frame = judge.take(len(frames), pictures, pair.measured)
            frames.append(frame)
            _pick(frame, pictures, (best, worst))
            if drawing is not None:
                drawing.draw(frame, pictures)
            report(Progress("compare", len(frames), pair.frames))
    notices = tuple(dict.fromkeys([*pair.notices, *(drawing.notices if drawing else ())]))
    head = _head(pair, card, model) | {"similarity_every": similarity_every, "gain": gain, "notices": list(notices)}
    numbers = as_json(head, frames, best, worst)
    title = f"{source.name} and its dream {dream.name}"
    return Compared(
        folder,
        side_by_side if films else None,
        difference if films else None,
        write_frames_csv(frames, folder / "frames.csv"),
        write_shots_csv(shots_of(frames), folder / "shots.csv"),
        plot_quality(frames, folder / "quality.png", title),
        draw_picks(best, worst, folder / "best-and-worst.png", title, _notes(numbers)),
        write_json(numbers, folder / "numbers.json"),  # last: where it is, all else is
        numbers,
        time.monotonic() - began,
        notices,
    )


class _Judge:
    """Measures frame after frame."""

    def __init__(self, every: int) -> None:
        self._meter, self._every = QualityMeter(), every
        self._backbone = load_backbone("efficientnet_lite0")
        self._shot, self._first = -1, 0

    def take(self, number: int, pictures: Pictures, measured: tuple[int, int]) -> FrameNumbers:
        x, y = (resize(one, *measured) for one in (pictures.source_13HW, pictures.dream_13HW))
        if pictures.shot != self._shot:
            self._shot, self._first = pictures.shot, number
        quality = self._meter.add(x, y, [pictures.shot])[0]
        similarity = None
        if (number - self._first) % self._every == 0:
            similarity = learned_similarity(self._backbone, x, y)[0]
        return FrameNumbers(number, pictures.seconds, pictures.shot, quality, similarity)


def _pick(frame: FrameNumbers, pictures: Pictures, several: Sequence[Picks]) -> None:
    wanting = [picks for picks in several if picks.wants(frame)]
    if not wanting:
        return
    _, _, height, width = pictures.source_13HW.shape
    size = fit_long_side(height, width, _PICK_PX)
    small = [
        (resize(one, *size)[0] * 255).round().to(torch.uint8) for one in (pictures.source_13HW, pictures.dream_13HW)
    ]
    for picks in wanting:
        picks.add(Pick(frame, *small))


def _head(pair: FilmPair, card: Card | None, model: str | Path | None) -> dict[str, Any]:
    part, whole = pair.source_part, pair.source.info
    return {
        "source": str(pair.source.source.path),
        "dream": str(pair.dream.source.path),
        "model": None if model is None else str(model),
        "own_film": None
        if card is None
        else hash_file(pair.source.source.path) in {film.sha256 for film in card.films},
        "frames": pair.frames,
        "measured_at": [pair.measured[1], pair.measured[0]],
        "part": [
            round(share, 4)
            for share in (
                part.left / whole.width,
                part.top / whole.height,
                part.width / whole.width,
                part.height / whole.height,
            )
        ],
    }


def _notes(numbers: Mapping[str, Any]) -> list[str]:
    film, (width, height) = numbers["film_numbers"], numbers["measured_at"]
    told = [f"PSNR {film['psnr']:.1f} dB", f"SSIM {film['ssim']:.2f}"]
    if "similarity" in film:
        told.append(f"learned similarity {film['similarity']:.2f}")
    if "motion" in film:
        told.append(f"motion retention {film['motion']:.2f}")
    return [f"{',  '.join(told)};  measured at {width}x{height}, {numbers['frames']} frames"]


def _check_numbers(size: int, gain: float, every: int) -> None:
    for name, value, least, most in (
        ("size", size, LEAST_PX, _MOST_PX),
        ("gain", gain, 1, 64),
        ("similarity_every", every, 1, 1000),
    ):
        if not least <= value <= most:
            raise ParameterError(f"{name}={value} is not allowed; expected {least} to {most}.")


def _check_folder(folder: Path, source: Path, dream: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give a folder for the comparison.")
    for name in _FILMS:
        for film in (source, dream):
            if is_source(folder / name, film):
                raise OutputError(f"{film} would be overwritten by the comparison; give another folder.")
    make_folder(folder)
