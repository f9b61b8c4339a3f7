"""Latents in a file that every language with arrays can read: .npz, no pickles."""

import math
import tokenize
import zipfile
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mutoscope.autoencode.latents import Latents
from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage.atomic import atomic_path

__all__ = ["FORMAT", "LatentsFile", "read_latents", "write_latents"]

FORMAT = "mutoscope.latents/1"
_MOST_BYTES = 16_000_000_000
_MOST = 2**31 - 1
_LATEST = 2**53
_FARTHEST = 1e4
"""No latent lies so far out; networks overflow there."""
_MOST_TEXT = 1000
_ARRAYS = ("format", "z", "pts", "time_base", "shot", "film", "seconds", "rate", "model", "sources", "timecode")


@dataclass(frozen=True)
class LatentsFile:
    """Latents, and where they come from.

    Attributes:
        latents: of one film or several.
        rate: frames per second, exact; for what has no times of its own.
        model: digest of the model's file; empty where nobody knows.
        sources: names of the films.
        timecode: of the first frame as editors count, like 01:00:00:00; empty where there is none.

    """

    latents: Latents
    rate: Fraction
    model: str = ""
    sources: tuple[str, ...] = field(default=())
    timecode: str = ""


def write_latents(content: LatentsFile, path: Path) -> None:
    """Write latents as arrays.

    z float32 N,L; pts int64 N and time_base (numerator, denominator) in seconds; seconds float64 N, from each film's
    first frame on; shot and film int64 N; rate (numerator, denominator); model, sources and timecode as text.

    Raises:
        OutputError: the place cannot be written, the disk is full, or the name has another suffix.

    """
    if path.suffix.lower() != ".npz":
        raise OutputError(f"{path.name} is no name for latents; call it {path.stem or 'film'}.npz.")
    latents, base = content.latents, content.latents.time_base
    with atomic_path(path) as temp, temp.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            format=np.array(FORMAT),
            z=latents.z_TL.float().numpy(),
            pts=np.array(latents.pts_T, np.int64),
            time_base=np.array([base.numerator, base.denominator], np.int64),
            seconds=np.array(_seconds(latents), np.float64),
            shot=np.array(latents.shot_T, np.int64),
            film=np.array(latents.film_T, np.int64),
            rate=np.array([content.rate.numerator, content.rate.denominator], np.int64),
            model=np.array(content.model),
            sources=np.array(content.sources or ("",), dtype=np.str_),
            timecode=np.array(content.timecode),
        )


def read_latents(path: Path) -> LatentsFile:
    """Read latents, whoever wrote the numbers.

    Only z is needed: without pts the frames follow each other at `rate`, 25 where nothing is said; without shot and
    film all is one shot of one film.

    Raises:
        InputError: it is missing, no such file, cut off, not finite, or its arrays do not fit together.

    """
    try:
        arrays = _arrays(path)
        return _content(arrays)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give a file that 'mutoscope latents' has made.") from None
    except _DamagedError as error:
        raise InputError(f"{path} is damaged: {error}; make it anew, or write it as it was read.") from None
    except _BROKEN as error:
        raise InputError(f"{path} is no whole .npz file of latents; make it anew.") from error


_BROKEN = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    MemoryError,
    OverflowError,
    RuntimeError,  # encrypted, or packed in an unknown way
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


class _DamagedError(Exception):
    """What is wrong with the arrays, in words."""


def _arrays(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise _DamagedError(f"it has more than {_MOST_BYTES / 1e9:.0f} GB")
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in _ARRAYS if name in archive.files}


def _content(arrays: dict[str, Any]) -> LatentsFile:
    if "z" not in arrays:
        raise _DamagedError("it has no array z")
    told = str(arrays["format"]) if "format" in arrays else FORMAT
    if told != FORMAT:
        raise _DamagedError(f"it is of format {told[:40]!r}, expected {FORMAT!r}")
    z = arrays["z"]
    if z.ndim != 2 or z.dtype.kind != "f" or 0 in z.shape:
        raise _DamagedError(f"z must be numbers N,L, and is {z.dtype} {z.shape}")
    z = np.clip(z, -_FARTHEST, _FARTHEST).astype(np.float32) if np.isfinite(z).all() else z
    if not np.isfinite(z).all():
        raise _DamagedError("z has numbers that are not finite")
    num = len(z)
    rate = _fraction(arrays.get("rate", np.array([25, 1])), "rate")
    base = _fraction(arrays["time_base"], "time_base") if "time_base" in arrays else 1 / rate
    pts = _whole(arrays.get("pts", np.arange(num)), "pts", num)
    shot, film = (_whole(arrays.get(name, np.zeros(num, np.int64)), name, num) for name in ("shot", "film"))
    _check_order(pts, shot, film)
    latents = Latents(torch.from_numpy(np.ascontiguousarray(z, np.float32)), pts, base, shot, film)
    texts = {name: str(arrays[name])[:_MOST_TEXT] if name in arrays else "" for name in ("model", "timecode")}
    sources = np.atleast_1d(arrays.get("sources", np.array([], np.str_)))
    names = tuple(str(name)[:_MOST_TEXT] for name in sources.tolist())
    return LatentsFile(latents, rate, texts["model"], names if any(names) else (), texts["timecode"])


def _fraction(array: Any, name: str) -> Fraction:
    if (
        array.shape != (2,)
        or array.dtype.kind not in "iu"
        or not all(1 <= number <= _MOST for number in array.tolist())
    ):
        raise _DamagedError(f"{name} must be two whole numbers from 1 to {_MOST}")
    return Fraction(int(array[0]), int(array[1]))


def _whole(array: Any, name: str, num: int) -> tuple[int, ...]:
    if array.shape != (num,) or array.dtype.kind not in "iu":
        raise _DamagedError(f"{name} must be {num} whole numbers, and is {array.dtype} {array.shape}")
    if any(abs(number) > _LATEST for number in array.tolist()):
        raise _DamagedError(f"{name} has numbers beyond any film")
    return tuple(int(number) for number in array.tolist())


def _check_order(pts: tuple[int, ...], shot: tuple[int, ...], film: tuple[int, ...]) -> None:
    places = pairwise(zip(film, pts, strict=True))
    if any(after <= before if after[0] == before[0] else after[0] < before[0] for before, after in places):
        raise _DamagedError("times do not increase")
    if min(film) < 0 or min(shot) < 0:
        raise _DamagedError("shots and films are counted from 0")


def _seconds(latents: Latents) -> list[float]:
    starts: dict[int, int] = {}
    for film, pts in zip(latents.film_T, latents.pts_T, strict=True):
        starts.setdefault(film, pts)
    base = latents.time_base
    seconds = [float((pts - starts[film]) * base) for film, pts in zip(latents.film_T, latents.pts_T, strict=True)]
    assert all(map(math.isfinite, seconds))
    return seconds
