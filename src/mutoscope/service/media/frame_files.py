"""The pictures of a frameset as files: their times, and all of them as one archive. Nothing is decoded here."""

import io
import json
import re
import threading
import zipfile
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO, cast

from mutoscope.service.problems import Problem
from mutoscope.storage.atomic import atomic_path

__all__ = ["MANIFEST", "FrameFile", "FrameLists", "Times", "note_exchange", "zipped"]

MANIFEST = "frames.mutoscope.json"
"""Name of the list of pictures inside a frameset."""

_EXCHANGED = "exchanged.json"
_NAME = re.compile(r"frame_(\d{6,9})(\.(?:png|jpg|tiff|webp))")
_MOST_KEPT = 4
_MOST_MANIFEST_BYTES = 256 << 20
_CHUNK_BYTES = 256 << 10


@dataclass(frozen=True)
class Times:
    """The times of the pictures of one frameset.

    Attributes:
        numbers: of the pictures, rising, from 1.
        pts: their time stamps.
        time_base: seconds per unit of these.
        suffix: of the pictures.

    """

    numbers: "array[int]"
    pts: "array[int]"
    time_base: Fraction
    suffix: str


@dataclass(frozen=True)
class FrameFile:
    """One picture.

    Attributes:
        number: from 1.
        pts: its time stamp.
        seconds: its time, s.
        path: of the file.
        bytes: its size.
        tag: changes with its bytes.
        is_exchanged: whether somebody has put another picture in its place.

    """

    number: int
    pts: int
    seconds: float
    path: Path
    bytes: int
    tag: str
    is_exchanged: bool


class FrameLists:
    """Lists of pictures; the last few are remembered. Any thread may use it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, tuple[int, Times]] = OrderedDict()
        self._lock = threading.Lock()

    def times(self, folder: Path) -> Times:
        """Read the times of all pictures.

        Raises:
            Problem: the manifest is gone or damaged.

        """
        path = folder / MANIFEST
        try:
            stamp = path.stat().st_mtime_ns
            with self._lock:
                known = self._kept.get(path)
            if known is None or known[0] != stamp:
                known = (stamp, _read(path))
        except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError):
            raise Problem("gone", "the list of the pictures is gone or damaged; separate the film again.") from None
        with self._lock:
            self._kept[path] = known
            self._kept.move_to_end(path)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return known[1]

    def page(self, folder: Path, first: int, limit: int) -> tuple[list[FrameFile], int | None]:
        """Give pictures from a place in the list on, and the place of the next page; what is gone is left out."""
        times, exchanged = self.times(folder), _exchanged(folder)
        end = min(first + limit, len(times.numbers))
        files = [_file(folder, times, at, exchanged) for at in range(first, end)]
        return [one for one in files if one is not None], end if end < len(times.numbers) else None

    def file(self, folder: Path, number: int) -> FrameFile:
        """Give one picture by its number.

        Raises:
            Problem: there is none.

        """
        times = self.times(folder)
        if number in times.numbers:
            found = _file(folder, times, times.numbers.index(number), _exchanged(folder))
            if found is not None:
                return found
        raise Problem("not-found", f"there is no picture {number}; GET …/frames lists those that there are.")


def note_exchange(folder: Path, number: int) -> None:
    """Remember that a picture was exchanged."""
    with atomic_path(folder / _EXCHANGED) as temp:
        temp.write_text(json.dumps(sorted(_exchanged(folder) | {number})), encoding="utf-8")


def zipped(folder: Path) -> Iterator[bytes]:
    """Give all files of a frameset as one ZIP archive, piece by piece; pictures are packed already."""
    out = _Outlet()
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")):
            about = zipfile.ZipInfo.from_file(path, path.name)
            about.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(about, "w") as target:
                while chunk := source.read(_CHUNK_BYTES):
                    target.write(chunk)
                    yield out.taken()
    yield out.taken()


class _Outlet(io.RawIOBase):
    """What is written is taken away at once."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        added = bytes(memoryview(data))  # type: ignore[arg-type]
        self._waiting += added
        return len(added)

    def taken(self) -> bytes:
        given = bytes(self._waiting)
        self._waiting.clear()
        return given


def _read(path: Path) -> Times:
    if path.stat().st_size > _MOST_MANIFEST_BYTES:
        raise ValueError
    plain = json.loads(path.read_text(encoding="utf-8"))
    numbers, pts, suffix = array("q"), array("q"), ".png"
    for picture in plain["pictures"]:
        found = _NAME.fullmatch(picture["file"].rpartition("/")[2])
        if found is None:
            raise ValueError
        numbers.append(int(found[1]))
        pts.append(picture["pts"])
        suffix = found[2]
    if any(one >= after for one, after in pairwise(numbers)):
        raise ValueError
    return Times(numbers, pts, Fraction(plain["time_base"]), suffix)


def _exchanged(folder: Path) -> frozenset[int]:
    try:
        told = json.loads((folder / _EXCHANGED).read_text(encoding="utf-8"))
        return frozenset(int(number) for number in told)
    except (OSError, ValueError, TypeError):
        return frozenset()


def _file(folder: Path, times: Times, at: int, exchanged: frozenset[int]) -> FrameFile | None:
    number, pts = times.numbers[at], times.pts[at]
    path = folder / f"frame_{number:06d}{times.suffix}"
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return FrameFile(
        number=number,
        pts=pts,
        seconds=float(pts * times.time_base),
        path=path,
        bytes=stat.st_size,
        tag=f"{stat.st_size:x}-{stat.st_mtime_ns:x}",
        is_exchanged=number in exchanged,
    )
