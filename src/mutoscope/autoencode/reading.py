"""One pass over a film: small frames go to a file; cuts, groups and contrast are found on the way."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mutoscope.autoencode.card import FilmSeen
from mutoscope.autoencode.frame_store import Bytes, Index
from mutoscope.autoencode.groups import Grey, Hashes, difference_hashes, group_frames
from mutoscope.autoencode.profiles import Fit
from mutoscope.effects.shots import CutFinder
from mutoscope.video.fitted_frames import FittedFilm, FittedFrame
from mutoscope.video.info import VideoInfo
from mutoscope.video.rising import usual_step

__all__ = ["FilmIndex", "joined", "read_film"]

Contrasts = npt.NDArray[np.float64]

_LONG_SIDE_PX = 64
"""Cuts, hashes and contrast are looked for in every second, third … pixel of larger frames. In "Big Buck Bunny" the 132
cuts are the same at 256, 128 and 64 px."""
_BLOCK_FRAMES = 32
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32) / np.float32(255)


@dataclass(frozen=True)
class FilmIndex:
    """What is known about the frames of one film.

    Attributes:
        film: the film.
        pts_N: time stamps.
        shot_N: number of the shot, from 0.
        group_N: number of the group of frames that are nearly the same, from 0.
        contrast_N: float64, standard deviation of luma.
        notices: what a person should know.

    """

    film: FilmSeen
    pts_N: Index
    shot_N: Index
    group_N: Index
    contrast_N: Contrasts
    notices: tuple[str, ...]


def read_film(
    source: VideoInfo,
    sha256: str,
    size: tuple[int, int],
    fit: Fit,
    file: IO[bytes],
    on_frame: Callable[[], object],
) -> FilmIndex:
    """Read all frames of a film, write them behind the others, and tell what they are.

    Args:
        source: the film.
        sha256: digest of its bytes.
        size: width and height of the frames, px.
        fit: how other shapes are fitted.
        file: open for writing, at the end of what is there; its name is that of a file that can be mapped.
        on_frame: called after each frame.

    Raises:
        InputError: nothing could be decoded.
        OSError: the disk is full.

    """
    (width, height), start = size, file.tell()
    reader = FittedFilm(source, width, height, fit)
    notes = _Notes(size, reader.inside)
    for frame in reader:
        file.write(frame.rgb_HW3.data)
        notes.add(frame)
        on_frame()
    file.flush()
    pts_N, shot_N, hash_N, contrast_N = notes.finish()
    group_N = _groups(Path(file.name), start, (height, width), reader.inside, shot_N, hash_N)
    return FilmIndex(_seen(source, sha256, pts_N), pts_N, shot_N, group_N, contrast_N, _notices(source, reader))


def _groups(
    path: Path, start: int, size: tuple[int, int], inside: tuple[slice, slice], shot_N: Index, hash_N: Hashes
) -> Index:
    """Find the groups shot by shot; each is mapped by itself, so that memory is given back."""
    group_N = np.zeros(len(shot_N), np.int64)
    begins = [0, *(np.flatnonzero(np.diff(shot_N)) + 1).tolist(), len(shot_N)]
    first = 0
    for begin, end in pairwise(begins):
        offset, shape = start + begin * size[0] * size[1] * 3, (end - begin, *size, 3)
        frames_NHW3: Bytes = np.memmap(path, np.uint8, "r", offset, shape)[:, *inside]
        group_N[begin:end] = group_frames(frames_NHW3, shot_N[begin:end], hash_N[begin:end], first)
        first = int(group_N[begin:end].max()) + 1
    return group_N


class _Notes:
    """What is noted about frames while they pass; in blocks, which is faster than one by one."""

    def __init__(self, size: tuple[int, int], inside: tuple[slice, slice]) -> None:
        self._stride = stride = max(1, -(-max(size) // _LONG_SIDE_PX))
        self._rows, self._columns = (slice(s.start // stride, -(-s.stop // stride)) for s in inside)
        self._finder = CutFinder()
        self._pts, self._hashes, self._contrasts = array("q"), array("Q"), array("d")
        self._block: list[Bytes] = []

    def add(self, frame: FittedFrame) -> None:
        small_HW3 = frame.rgb_HW3[:: self._stride, :: self._stride]
        # Bars belong to the frame that the network sees, not to the picture: they would hide cuts.
        self._finder.add(frame.pts, np.ascontiguousarray(small_HW3[self._rows, self._columns, ::-1]))
        self._pts.append(frame.pts)
        self._block.append(small_HW3)
        if len(self._block) == _BLOCK_FRAMES:
            self._note()

    def _note(self) -> None:
        if not self._block:
            return
        grey_BHW: Grey = np.stack(self._block).astype(np.float32) @ _LUMA
        self._block = []
        self._hashes.extend(difference_hashes(grey_BHW[:, self._rows, self._columns]).tolist())
        self._contrasts.extend(grey_BHW.std((1, 2)).tolist())

    def finish(self) -> tuple[Index, Index, Hashes, Contrasts]:
        """Give time stamps, shots, hashes and contrasts of all frames."""
        self._note()
        pts_N, cuts = np.array(self._pts, np.int64), np.array(list(self._finder.finish()), np.int64)
        shot_N = np.searchsorted(cuts, pts_N, side="right").astype(np.int64)
        return pts_N, shot_N, np.array(self._hashes, np.uint64), np.array(self._contrasts, np.float64)


def _seen(source: VideoInfo, sha256: str, pts_N: Index) -> FilmSeen:
    units = int(pts_N[-1] - pts_N[0]) + usual_step(source)
    return FilmSeen(
        name=source.path.name,
        sha256=sha256,
        frames=len(pts_N),
        seconds=float(units * Fraction(source.time_base)),
        time_base=str(source.time_base),
        first_pts=int(pts_N[0]),
        frame_rate=str(source.frame_rate or ""),
    )


def _notices(source: VideoInfo, reader: FittedFilm) -> tuple[str, ...]:
    broke = reader.truncated
    if broke is None:
        return tuple(reader.notices)
    told = broke.replace(str(source.path), source.path.name)
    return (*reader.notices, f"{told}; what is there was used.")


def joined(parts: list[FilmIndex]) -> dict[str, npt.NDArray[Any]]:
    """Put films behind each other; shots and groups are numbered on."""
    shots = groups = 0
    found: dict[str, list[npt.NDArray[Any]]] = {}
    for number, part in enumerate(parts):
        arrays = {
            "pts_N": part.pts_N,
            "film_N": np.full(len(part.pts_N), number, np.int64),
            "shot_N": part.shot_N + shots,
            "group_N": part.group_N + groups,
            "contrast_N": part.contrast_N,
        }
        shots, groups = shots + int(part.shot_N.max()) + 1, groups + int(part.group_N.max()) + 1
        for name, values in arrays.items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in found.items()}
