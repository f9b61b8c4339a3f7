"""A film and what was made of it, frame by frame in one pass: checked, brought to one size and shape."""

from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

from torch import Tensor

from mutoscope.autoencode.fitting import Fitting, Rectangle, scaled
from mutoscope.autoencode.profiles import Fit
from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.analysis import analyse
from mutoscope.effects.shots import Shots
from mutoscope.ops.resize import fit_long_side
from mutoscope.storage.cache import Cache
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.read import Film
from mutoscope.video.rising import usual_step
from mutoscope.video.sequence import numbered

__all__ = ["FilmPair", "Pictures", "find_shots", "open_pair"]

_CLIP_BYTES = 16 << 20
_SAME_SHAPE = 0.03
"""Sides are rounded to pairs of pixels, and to multiples of eight in a model."""
_MEASURED_PX = 256


@dataclass(frozen=True)
class Pictures:
    """One frame of both films: the part that both show, at one size.

    Attributes:
        pts: time stamp of the source's frame.
        seconds: from the first frame on.
        shot: number of its shot.
        source_13HW: 0..1.
        dream_13HW: likewise.

    """

    pts: int
    seconds: float
    shot: int
    source_13HW: Tensor
    dream_13HW: Tensor


@dataclass(frozen=True)
class FilmPair:
    """Two films that belong together; iterate it to get their frames.

    Attributes:
        source: the one that the other was made from.
        dream: the other.
        pts: time stamps of the source's frames.
        shots: of the source.
        source_part: what of the source's picture is compared.
        dream_part: where that lies in the dream's.
        measured: height and width that is measured at.

    """

    source: Film
    dream: Film
    pts: "array[int]"
    shots: Shots
    source_part: Rectangle
    dream_part: Rectangle
    measured: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the part that is compared, as it is read."""
        return self.source_part.height, self.source_part.width

    @property
    def frames(self) -> int:
        """How many frames both have."""
        return len(self.pts)

    @property
    def num_shots(self) -> int:
        """How many shots the source has."""
        return len(self.shots.cuts_pts) + 1

    @property
    def cuts(self) -> list[int]:
        """Numbers of the first frames of all shots but the first."""
        return [bisect_left(self.pts, cut) for cut in self.shots.cuts_pts]

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know, after an iteration."""
        films = (self.source, self.dream)
        told = [notice for film in films for notice in film.notices]
        return tuple(dict.fromkeys([*told, *(film.truncated for film in films if film.truncated)]))

    def __iter__(self) -> Iterator[Pictures]:
        """Yield the frames of both.

        Raises:
            InputError: one of them ends before the other.

        """
        start: float | None = None
        with closing(_frames(self.source)) as sources, closing(_frames(self.dream)) as dreams:
            for number, (one, other) in enumerate(zip_longest(sources, dreams)):
                if one is None or other is None:
                    shorter = self.source if one is None else self.dream
                    why = shorter.truncated or "it holds no more"
                    raise InputError(f"{shorter.source.path} ends after {_told(number)}: {why}; give whole films.")
                seconds = one.seconds(0)
                start = seconds if start is None else start
                yield Pictures(
                    one.pts_T[0],
                    seconds - start,
                    self.shots.index(one.pts_T[0]),
                    _cut(one.pixels_TCHW, self.source_part),
                    scaled(_cut(other.pixels_TCHW, self.dream_part), *self.size),
                )


def open_pair(
    source: Path,
    dream: Path,
    long_side: int,
    model: tuple[int, int] | None = None,
    fit: Fit = "crop",
    report: Listener = ignore,
) -> FilmPair:
    """Open both films and find what of them is to be compared.

    Args:
        source: a film.
        dream: what was made of it.
        long_side: that frames are read at, px, at most.
        model: height and width of the frames that the model sees; it may have seen a part of the picture only.
        fit: how it was given them; also how a dream of another shape than the source's came about.
        report: takes progress.

    Raises:
        InputError: one cannot be read, is a picture, or they have other frames or times.

    """
    footage, made = _film_of(source), _film_of(dream)
    pts = _check_frames(footage, made)
    whole, other = _square(footage), _square(made)
    ours = fit_long_side(*whole, long_side) if max(whole) > long_side else whole
    if abs(whole[1] * other[0] / (whole[0] * other[1]) - 1) <= _SAME_SHAPE:
        part = Rectangle(0, 0, *ours) if model is None else Fitting(ours, model, fit).seen
        theirs, dream_part = ours, part
    else:
        part = Fitting(ours, other, fit).seen
        scale = Fraction(part.height, Fitting(whole, other, fit).inside.height)
        theirs = max(1, round(other[0] * scale)), max(1, round(other[1] * scale))
        dream_part = Fitting(ours, theirs, fit).inside
    film, dreamt = (Film(info, size[::-1], _CLIP_BYTES) for info, size in ((footage, ours), (made, theirs)))
    shots = find_shots(film, len(pts), report)
    return FilmPair(film, dreamt, pts, shots, part, dream_part, _measured(part, ours, model, fit))


def find_shots(film: Film, total: int, report: Listener) -> Shots:
    """Find a film's cuts, or take them from the cache."""
    info = film.source
    files = [path for _, path in numbered(info.path)] if info.kind == "sequence" else [info.path]
    digest = hash_json([[hash_file(path) for path in files], film.info.width, film.info.height])
    found: Shots = analyse(["shots"], lambda: iter(film), digest, Cache(), report, total=total)["shots"]
    return found


def _measured(part: Rectangle, read: tuple[int, int], model: tuple[int, int] | None, fit: Fit) -> tuple[int, int]:
    """Give the size that is measured at: what the model sees of a frame, else a small one."""
    if model is not None:
        inside = Fitting(read, model, fit).inside
        return inside.height, inside.width
    sides = part.height, part.width
    return fit_long_side(*sides, _MEASURED_PX) if max(sides) > _MEASURED_PX else sides


def _film_of(path: Path) -> VideoInfo:
    info = probe(path)
    if info.kind == "picture":
        raise InputError(f"{path} is a picture; films are compared, so give a film.")
    return info


def _square(info: VideoInfo) -> tuple[int, int]:
    """Give height and width as a player shows them."""
    return info.height, max(1, round(info.width * info.sample_aspect_ratio))


def _check_frames(source: VideoInfo, dream: VideoInfo) -> "array[int]":
    ours, theirs = index_frames(source), index_frames(dream)
    if len(ours) != len(theirs):
        broken = "".join(f" ({index.breaks_off})" for index in (ours, theirs) if index.breaks_off)
        raise InputError(
            f"{source.path} has {_told(len(ours))} and {dream.path} {_told(len(theirs))}{broken}; give a film and "
            "what was made of it, whole and with the same frames."
        )
    if "sequence" in (source.kind, dream.kind):  # files of a sequence carry no time
        return ours.pts
    half = usual_step(source) * source.time_base / 2
    for number, (one, other) in enumerate(zip(ours.pts, theirs.pts, strict=True), start=1):
        at_one, at_other = (one - ours.pts[0]) * source.time_base, (other - theirs.pts[0]) * dream.time_base
        if abs(at_one - at_other) > half:
            raise InputError(
                f"{source.path} and {dream.path} are not in step: frame {number} is shown at {float(at_one):.3f} s in "
                f"one and at {float(at_other):.3f} s in the other; give a film and what was made of it."
            )
    return ours.pts


def _frames(film: Film) -> Generator[Clip, None, None]:
    for clip in film:
        yield from clip.frames()


def _cut(x_NCHW: Tensor, part: Rectangle) -> Tensor:
    return x_NCHW[:, :, part.top : part.top + part.height, part.left : part.left + part.width]


def _told(num: int) -> str:
    return "1 frame" if num == 1 else f"{num} frames"
