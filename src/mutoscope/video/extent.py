"""How many bytes a film file lacks by its own account: a copy that broke off says so in its structure."""

from pathlib import Path
from typing import BinaryIO

__all__ = ["missing_bytes"]

_SEGMENT = 0x18538067
_MAX_BOXES = 10_000


def missing_bytes(path: Path) -> int | None:
    """Compare the sizes that a file states with its length.

    Reads a few bytes of each top-level box (mp4, mov), the Segment's size (mkv, webm) or the RIFF size (avi).

    Returns:
        0 where the file is whole, the number of missing bytes where it is not, None where the format does not say.

    """
    length = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(12)
        end: int | None
        if head[:4] == b"\x1a\x45\xdf\xa3":
            end = _matroska_end(stream)
        elif head[:4] == b"RIFF":
            end = 8 + int.from_bytes(head[4:8], "little")
        elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
            end = _boxes_end(stream, length)
        else:
            return None
    return None if end is None else max(0, end - length)


def _boxes_end(stream: BinaryIO, length: int) -> int | None:
    """Walk the top-level boxes (ISO/IEC 14496-12, 4.2); the end that the last one states."""
    offset, has_index = 0, False
    for _ in range(_MAX_BOXES):
        stream.seek(offset)
        head = stream.read(16)
        if len(head) < 8:
            # Neither boxes nor bytes are left; without an index the rest of the file is.
            return offset if has_index else length + 1
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        has_index = has_index or kind in (b"moov", b"moof")
        if size == 0:  # reaches to the end of the file
            return length if has_index else length + 1
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:], "big")
        if size < 8 or not kind.isascii():
            return length  # padding or rubbish behind the last box
        offset += size
        if offset > length:
            return offset
    return None


def _matroska_end(stream: BinaryIO) -> int | None:
    """Read the EBML header and the Segment's size (RFC 8794, 4; RFC 9559, 5.1); None where it is open (live)."""
    stream.seek(4)
    header = _vint(stream)
    if header is None:
        return None
    stream.seek(header, 1)
    if int.from_bytes(stream.read(4), "big") != _SEGMENT:
        return None
    size = _vint(stream)
    return None if size is None else stream.tell() + size


def _vint(stream: BinaryIO) -> int | None:
    first = stream.read(1)
    if not first or not first[0]:
        return None
    width = 9 - first[0].bit_length()
    rest = stream.read(width - 1)
    value = int.from_bytes(bytes([first[0] & ((1 << (8 - width)) - 1)]) + rest, "big")
    unknown = (1 << (7 * width)) - 1
    return None if value == unknown else value
