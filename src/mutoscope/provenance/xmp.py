"""IPTC's digital source type as XMP, for programs that read no C2PA.

Written before a file is signed, so that the signature holds it too. In png and jpg it is a chunk of its own; in mp4 and
mov a box behind everything else, so that no offset moves and nothing is muxed anew. What has XMP keeps its own.
"""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mutoscope.provenance.actions import IPTC

__all__ = ["MP4_SUFFIXES", "MP4_XMP", "boxes", "packet", "with_xmp"]

MP4_SUFFIXES = (".mp4", ".mov", ".m4v")

MP4_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""Name of the box of XMP in mp4 (ISO 16684-1, annex)."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEYWORD = b"XML:com.adobe.xmp"
_JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_MOST_PICTURE_BYTES = 512 << 20
_MOST_BOXES = 10_000


def packet(source_type: str) -> bytes:
    """Write XMP that says nothing but the digital source type."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{IPTC}{source_type}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def with_xmp(path: Path, file: BinaryIO, source_type: str) -> tuple[BinaryIO, bytes]:
    """Give a file's bytes with XMP: a stream, and what stands behind its end.

    Args:
        path: its name says what it is.
        file: opened for reading; given back where nothing changes within it.
        source_type: last part of IPTC's address; empty: no XMP.

    """
    suffix = path.suffix.lower()
    size = path.stat().st_size
    if source_type and suffix in MP4_SUFFIXES:
        return file, _mp4_tail(file, size, source_type)
    change = {".png": _png, ".jpg": _jpeg, ".jpeg": _jpeg}.get(suffix)
    if not source_type or change is None or size > _MOST_PICTURE_BYTES:
        return file, b""
    changed = change(file.read(), packet(source_type))
    file.seek(0)
    return (file if changed is None else BytesIO(changed)), b""


def boxes(file: BinaryIO, size: int) -> list[tuple[bytes, int, int]] | None:
    """List the boxes of an mp4 at its top: name, start, end; None where it is none or broken.

    A box without a length reaches to the end of the file.
    """
    found: list[tuple[bytes, int, int]] = []
    at = 0
    while at < size and len(found) < _MOST_BOXES:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head[:8])
        if length == 1 and len(head) == 16:
            length = struct.unpack(">Q", head[8:])[0]
        end = size if length == 0 else at + length
        if end <= at + 7 or end > size:
            return None
        found.append((name, at, end))
        at = end
    return found


def _mp4_tail(file: BinaryIO, size: int, source_type: str) -> bytes:
    found = boxes(file, size)
    file.seek(0)
    if not found or found[0][0] != b"ftyp":
        return b""
    for name, start, end in found:
        file.seek(start)
        head = file.read(24)
        is_open = struct.unpack(">I", head[:4])[0] == 0
        # Behind a box without an end, or an index that must be last, there is no room; XMP of others stays.
        if is_open or name in (b"moof", b"mfra") or (name == b"uuid" and head[8:24] == MP4_XMP and end > start):
            file.seek(0)
            return b""
    file.seek(0)
    body = MP4_XMP + packet(source_type)
    return struct.pack(">I4s", 8 + len(body), b"uuid") + body


def _png(data: bytes, xmp: bytes) -> bytes | None:
    # Behind IHDR, which is 25 bytes long and always first.
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or _PNG_KEYWORD in data:
        return None
    body = b"iTXt" + _PNG_KEYWORD + b"\0\0\0\0\0" + xmp
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def _jpeg(data: bytes, xmp: bytes) -> bytes | None:
    if not data.startswith(b"\xff\xd8\xff") or _JPEG_HEAD in data[: 1 << 20]:
        return None
    at = 2
    # JFIF and EXIF want to be first.
    while data[at : at + 2] in (b"\xff\xe0", b"\xff\xe1"):
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    body = _JPEG_HEAD + xmp
    return data[:at] + b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body + data[at:]
