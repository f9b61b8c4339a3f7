"""All frames of some films, small, in a memory-mapped file: what a network learns from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.autoencode.card import FilmSeen

__all__ = ["FORMAT", "Bytes", "FrameStore", "Index", "is_store", "open_store", "write_index"]

Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.int64]
Indices = Tensor | Index | Sequence[int]

FORMAT = "mutoscope.frames/1"
"""Grows when frames are made otherwise: stores of older versions are then made anew."""

FRAMES, ARRAYS, TEXT = "frames.u8", "index.npz", "films.json"


@dataclass(frozen=True)
class FrameStore:
    """Frames of films in order, with what is known about each.

    Attributes:
        map_MHW3: the file, uint8, sRGB.
        row_N: where in the file each frame lies; a part of a store has gaps.
        pts_N: time stamps, in units of the film's time base.
        film_N: number of the film, from 0.
        shot_N: number of the shot, from 0 over all films, not decreasing.
        group_N: frames of a shot that are the same, or nearly, share a number; unique over all films.
        contrast_N: float64, standard deviation of luma, 0..0.5.
        films: what is known about each film.
        notices: what a person should know about the films.
        folder: where it lies.

    """

    map_MHW3: Bytes
    row_N: Index
    pts_N: Index
    film_N: Index
    shot_N: Index
    group_N: Index
    contrast_N: npt.NDArray[np.float64]
    films: tuple[FilmSeen, ...]
    notices: tuple[str, ...] = ()
    folder: Path | None = None

    def __len__(self) -> int:
        return len(self.row_N)

    @property
    def width(self) -> int:
        """Of the frames, px."""
        return int(self.map_MHW3.shape[2])

    @property
    def height(self) -> int:
        """Of the frames, px."""
        return int(self.map_MHW3.shape[1])

    @property
    def frames_NHW3(self) -> Bytes:  # noqa: N802 (dimensions in capitals)
        """All frames: the file itself, nothing is read; of a part with gaps a copy in memory."""
        if len(self) == 0:
            return self.map_MHW3[:0]
        first, last = int(self.row_N[0]), int(self.row_N[-1])
        if last - first + 1 == len(self) and bool((np.diff(self.row_N) == 1).all()):
            return self.map_MHW3[first : last + 1]
        return self.map_MHW3[self.row_N]

    @cached_property
    def pairs(self) -> Index:
        """Numbers i of the frames whose neighbour i + 1 follows in the same shot of the same film."""
        follows = np.diff(self.row_N) == 1
        follows &= (np.diff(self.shot_N) == 0) & (np.diff(self.film_N) == 0)
        return np.flatnonzero(follows).astype(np.int64)

    @cached_property
    def run_N(self) -> Index:  # noqa: N802
        """Number, from 0, of the run of neighbours that each frame is in: shots, and in a part also what gaps cut."""
        begins_N = np.ones(len(self), bool)
        begins_N[self.pairs + 1] = False
        return np.cumsum(begins_N) - 1

    def batch(self, indices: Indices) -> Tensor:
        """Read frames, in the order asked for: uint8 N,3,H,W, sRGB 0..255."""
        rows_N = self.row_N[np.asarray(indices, dtype=np.int64)]
        return torch.from_numpy(self.map_MHW3[rows_N]).permute(0, 3, 1, 2).contiguous()

    def subset(self, indices: Indices) -> "FrameStore":
        """Take some frames, in increasing order; neighbours that are left out end a pair. Nothing is copied.

        Raises:
            ValueError: the numbers do not increase.

        """
        kept = np.asarray(indices, dtype=np.int64)
        if kept.ndim != 1 or bool((np.diff(kept) <= 0).any()):
            raise ValueError("a part of a store is given by increasing numbers of frames")
        arrays = {name: getattr(self, name)[kept] for name in _ARRAYS}
        return FrameStore(self.map_MHW3, self.row_N[kept], **arrays, films=self.films, folder=self.folder)


_ARRAYS = ("pts_N", "film_N", "shot_N", "group_N", "contrast_N")


def write_index(
    folder: Path, arrays: dict[str, Any], films: Sequence[FilmSeen], notices: Sequence[str], size: tuple[int, int]
) -> None:
    """Write what stands beside the frames: arrays of the frames, and the films as text.

    Args:
        folder: of the store.
        arrays: pts_N, film_N, shot_N, group_N, contrast_N.
        films: what is known about each.
        notices: what a person should know.
        size: width and height, px.

    Raises:
        OSError: they could not be written.

    """
    with (folder / ARRAYS).open("wb") as file:
        np.savez(file, **{name: arrays[name] for name in _ARRAYS})
    plain = {
        "format": FORMAT,
        "width": size[0],
        "height": size[1],
        "frames": len(arrays["pts_N"]),
        "films": [film.model_dump() for film in films],
        "notices": list(notices),
    }
    (folder / TEXT).write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")


def is_store(folder: Path) -> bool:
    """Tell whether a folder holds a whole store of this version."""
    try:
        open_store(folder)
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return False
    return True


def open_store(folder: Path) -> FrameStore:
    """Open a store; frames are read when they are asked for.

    Raises:
        OSError: a file is missing.
        ValueError: it is not whole, or of another version.
        KeyError: something is missing in it.
        TypeError, EOFError, BadZipFile: it is damaged.

    """
    plain = json.loads((folder / TEXT).read_text(encoding="utf-8"))
    if plain["format"] != FORMAT:
        raise ValueError(f"{folder} is of another version")
    num, height, width = (int(plain[name]) for name in ("frames", "height", "width"))
    path = folder / FRAMES
    if num < 1 or path.stat().st_size != num * height * width * 3:
        raise ValueError(f"{folder} is not whole")
    with np.load(folder / ARRAYS, allow_pickle=False) as file:
        arrays = {name: file[name] for name in _ARRAYS}
    if any(len(array) != num for array in arrays.values()):
        raise ValueError(f"{folder} is not whole")
    map_MHW3 = np.memmap(path, np.uint8, "r", shape=(num, height, width, 3))
    films = tuple(FilmSeen.model_validate(film) for film in plain["films"])
    rows = np.arange(num, dtype=np.int64)
    return FrameStore(map_MHW3, rows, **arrays, films=films, notices=tuple(plain["notices"]), folder=folder)
