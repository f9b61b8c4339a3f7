"""Pieces of a film, coded apart and joined without coding them again.

A piece is a file of records: coded packets where the result is a film, picture files where it is a sequence, one
picture or a gif. It holds what a muxer must know and nothing else, so that it is read without FFmpeg:

    MAGIC, then per record HEAD, side data, data; at the end a summary as JSON, its length, MAGIC.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from mutoscope.core.errors import InputError

__all__ = ["Piece", "PieceFile", "Record", "Summary", "read_records", "read_summary", "read_times", "reorder_depth"]

_MAGIC = b"MUTOSCOPE-PIECE-1\n"
_HEAD = struct.Struct("<qqqBBI")
_SIDE = struct.Struct("<BI")
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Record:
    """One packet or picture.

    Attributes:
        pts: when it is shown, in units of the piece's time base.
        dts: when it is decoded; equal to pts for pictures.
        duration: how long it is shown.
        is_key: whether decoding may begin here.
        data: the packet's bytes, or the picture file's.
        side: side data that belongs to it (the alpha of VP9), by FFmpeg's name.

    """

    pts: int
    dts: int
    duration: int
    is_key: bool
    data: bytes
    side: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Summary:
    """What a piece holds.

    Attributes:
        time_base: seconds per unit of the records' times, as text.
        frames: number of records.
        reorder: how many records at most come before one that is shown earlier than they are.
        extradata: digest of what the decoder must know first; pieces of one film agree in it.
        notices: what a person should know.
        facts: whatever the maker of the piece wants to keep with it, as JSON values.

    """

    time_base: str
    frames: int = 0
    reorder: int = 0
    extradata: str = ""
    notices: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A finished piece, and where it comes in the film.

    Attributes:
        path: its file.
        shift: added to all its times, in units of its time base.

    """

    path: Path
    shift: int = 0


class PieceFile:
    """Writes a piece; a temp name and its rename are the caller's business."""

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = path.open("wb")
        self._stream.write(_MAGIC)
        self._pts: list[int] = []

    def append(self, record: Record) -> None:
        """Write one record."""
        head = _HEAD.pack(record.pts, record.dts, record.duration, record.is_key, len(record.side), len(record.data))
        self._stream.write(head)
        for name, data in record.side:
            self._stream.write(_SIDE.pack(len(name), len(data)) + name.encode("ascii") + data)
        self._stream.write(record.data)
        self._pts.append(record.pts)

    def finish(self, summary: Summary) -> None:
        """Write the summary and close."""
        plain = {**asdict(summary), "frames": len(self._pts), "reorder": reorder_depth(self._pts)}
        text = json.dumps(plain, sort_keys=True).encode()
        self._stream.write(text + _LENGTH.pack(len(text)) + _MAGIC)
        self._stream.close()

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


def read_summary(path: Path) -> Summary:
    """Read what a piece holds, from its end.

    Raises:
        InputError: it is no whole piece.

    """
    with path.open("rb") as stream:
        summary, _ = _summary(stream, path)
    return summary


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a piece in order of decoding, one in memory at a time.

    Raises:
        InputError: it is no whole piece.

    """
    with path.open("rb") as stream:
        _, end = _summary(stream, path)
        stream.seek(len(_MAGIC))
        while stream.tell() < end:
            pts, dts, duration, is_key, num_side, size = _HEAD.unpack(stream.read(_HEAD.size))
            side = []
            for _ in range(num_side):
                name_size, side_size = _SIDE.unpack(stream.read(_SIDE.size))
                side.append((stream.read(name_size).decode("ascii"), stream.read(side_size)))
            yield Record(pts, dts, duration, bool(is_key), stream.read(size), tuple(side))


def read_times(path: Path) -> Iterator[int]:
    """Yield the times of showing of a piece's records, in order of decoding; their data is stepped over.

    Raises:
        InputError: it is no whole piece.

    """
    with path.open("rb") as stream:
        _, end = _summary(stream, path)
        stream.seek(len(_MAGIC))
        while stream.tell() < end:
            pts, _, _, _, num_side, size = _HEAD.unpack(stream.read(_HEAD.size))
            for _ in range(num_side):
                name_size, side_size = _SIDE.unpack(stream.read(_SIDE.size))
                stream.seek(name_size + side_size, 1)
            stream.seek(size, 1)
            yield pts


def reorder_depth(pts: Sequence[int]) -> int:
    """Say by how many places a record comes too early at most, for times in order of decoding."""
    rank = {t: i for i, t in enumerate(sorted(pts))}
    return max((place - rank[t] for place, t in enumerate(pts)), default=0)


def _summary(stream: BinaryIO, path: Path) -> tuple[Summary, int]:
    tail = _LENGTH.size + len(_MAGIC)
    size = stream.seek(0, 2)
    stream.seek(max(0, size - tail))
    length_and_magic = stream.read(tail)
    if size < tail + len(_MAGIC) or not length_and_magic.endswith(_MAGIC):
        raise InputError(f"{path} is no whole piece of a film; delete it and run again.")
    (length,) = _LENGTH.unpack(length_and_magic[: _LENGTH.size])
    end = size - tail - length
    stream.seek(end)
    plain = json.loads(stream.read(length))
    plain["notices"] = tuple(plain["notices"])
    return Summary(**plain), end
