"""What a file is, by its bytes. No name is believed; what is hidden behind a picture is looked for."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["EDGE_BYTES", "Kind", "hidden_in", "kind_of", "refusal_of"]

EDGE_BYTES = 64 << 10
"""So many bytes at either end of a file are looked at."""


@dataclass(frozen=True)
class Kind:
    """What a file seems to be.

    Attributes:
        kind: film (pictures that move, or sound alone), picture, weights, numbers or text.
        name: of the format, in words.
        suffix: that it should have.
        content_type: as it is sent.

    """

    kind: Literal["film", "picture", "weights", "numbers", "text"]
    name: str
    suffix: str
    content_type: str


_MP4 = Kind("film", "MP4", ".mp4", "video/mp4")
_MOV = Kind("film", "QuickTime", ".mov", "video/quicktime")
_M4A = Kind("film", "MP4 (sound)", ".m4a", "audio/mp4")
_MKV = Kind("film", "Matroska", ".mkv", "video/x-matroska")
_WEBM = Kind("film", "WebM", ".webm", "video/webm")
_GIF = Kind("film", "GIF", ".gif", "image/gif")
_TIFF = Kind("picture", "TIFF", ".tiff", "image/tiff")
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind("picture", "PNG", ".png", "image/png")),
    (b"\xff\xd8\xff", Kind("picture", "JPEG", ".jpg", "image/jpeg")),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"OggS", Kind("film", "Ogg", ".ogg", "application/ogg")),
    (b"FLV\x01", Kind("film", "Flash video", ".flv", "video/x-flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("film", "Windows media", ".wmv", "video/x-ms-wmv")),
    (b"\0\0\x01\xba", Kind("film", "MPEG", ".mpg", "video/mpeg")),
    (b"\0\0\x01\xb3", Kind("film", "MPEG video", ".mpg", "video/mpeg")),
)
_RIFFS = {
    b"AVI ": Kind("film", "AVI", ".avi", "video/x-msvideo"),
    b"WEBP": Kind("picture", "WebP", ".webp", "image/webp"),
}
_BMP = Kind("picture", "BMP", ".bmp", "image/bmp")
_TS = Kind("film", "MPEG transport stream", ".ts", "video/mp2t")
_WEIGHTS = Kind("weights", "safetensors", ".safetensors", "application/octet-stream")
_NUMBERS = Kind("numbers", "NumPy", ".npz", "application/octet-stream")
_TEXT = Kind("text", "text", ".txt", "text/plain; charset=utf-8")

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_MATROSKA = b"\x1a\x45\xdf\xa3"
_TS_BYTES = 188
_MOST_HEADER_BYTES = 100 << 20

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a program (Windows)"),
    (b"\xca\xfe\xba\xbe", "a program (Java or macOS)"),
    (b"\xcf\xfa\xed\xfe", "a program (macOS)"),
    (b"\0asm", "a program (WebAssembly)"),
    (b"#!", "a script"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"BZh", "an archive (bzip2)"),
    (b"\xfd7zXZ", "an archive (xz)"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"Rar!", "an archive (rar)"),
    (b"\x28\xb5\x2f\xfd", "an archive (zstd)"),
    (b"\x89HDF", "HDF5, which may hold programs; weights are taken as .safetensors"),
    (b"\x93NUMPY", "a bare NumPy array; numbers are taken as .npz"),
    (b"fLaC", "bare sound (FLAC); sound is taken as m4a, mka or ogg, or within a film"),
    (b"ID3", "bare sound (MP3); sound is taken as m4a, mka or ogg, or within a film"),
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"#EXTM3U", "a playlist (M3U), which names other files"),
    (b"#EXT-X-", "a playlist (M3U), which names other files"),
    (b"[playlist]", "a playlist (PLS), which names other files"),
    (b"ffconcat", "a list of other files (ffconcat)"),
    (b"v=0", "the description of a stream (SDP)"),
    (b"<", "a page or drawing (HTML, XML, SVG)"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\(dp|\(lp|cos\n|c__builtin__")
_MARKUP = re.compile(rb"<\s*(script|html|svg|iframe|!doctype html)|<\?php", re.IGNORECASE)
_ZIP_END = b"PK\x05\x06"
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(head: bytes) -> Kind | None:
    """Tell what a file seems to be; None where it is of no kind that is taken.

    Args:
        head: its first `EDGE_BYTES`, or all of it.

    """
    starts = next((found for start, found in _STARTS if head.startswith(start)), None)
    found = starts or (_RIFFS.get(head[8:12]) if head[:4] == b"RIFF" else None) or _film(head) or _data(head)
    return found or (_TEXT if _is_text(head) else None)


def _film(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp":
        return {b"qt  ": _MOV, b"M4A ": _M4A}.get(head[8:12], _MP4)
    if head[4:8] in _BOXES:
        return _MOV
    if head.startswith(_MATROSKA):
        return _WEBM if b"webm" in head[:64] else _MKV
    is_ts = len(head) > 2 * _TS_BYTES and head[0] == head[_TS_BYTES] == head[2 * _TS_BYTES] == 0x47
    return _TS if is_ts else None


def _data(head: bytes) -> Kind | None:
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return _BMP
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= _MOST_HEADER_BYTES:
        return _WEIGHTS
    # A zip archive: its first member lies behind its name.
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return _NUMBERS if head.startswith(b"PK\x03\x04") and name.endswith(b".npy") else None


def refusal_of(head: bytes) -> str:
    """Say what a file is that is not taken."""
    bare = _bare(head)
    for start, words in _FOREIGN:
        if head.startswith(start) or bare.startswith(start):
            return words
    is_torch = b"data.pkl" in head[:4096]
    mp3 = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    found = (
        (head[:4] == b"RIFF", f"RIFF of a kind that is not taken ({ascii(head[8:12])[2:-1]}); AVI and WebP are"),
        (head.startswith(b"PK") and is_torch, "weights as a pickle (.pth), which is a program"),
        (head.startswith(b"PK"), "an archive (zip)"),
        (bool(_PICKLE.match(head)), "a pickle, which is a program; weights are taken as .safetensors, numbers as .npz"),
        (head[257:262] == b"ustar", "an archive (tar)"),
        (mp3, "bare sound (MP3 or AAC); sound is taken as m4a, mka or ogg, or within a film"),
    )
    return next((words for is_so, words in found if is_so), "of no kind that is known here")


def hidden_in(path: Path, head: bytes) -> str | None:
    """Say what hides in a film or picture that is something else as well, or None.

    A browser or an archiver that is handed such a file may take it for the other thing.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(len(head), size - EDGE_BYTES))
        tail = file.read(EDGE_BYTES)
    found = _MARKUP.search(head) or _MARKUP.search(tail)
    if found is not None:
        return "a page or program of a browser"
    place = (head + tail).rfind(_ZIP_END)
    # 22 bytes end a ZIP archive, and a comment of stated length; in compressed pictures the four letters may stand too.
    end = (head + tail)[place:]
    if place >= 0 and len(end) >= 22 and len(end) == 22 + int.from_bytes(end[20:22], "little"):
        return "an archive (zip)"
    return None


def _bare(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _is_text(head: bytes) -> bool:
    bare = _bare(head)
    if not bare or _NO_TEXT.search(head) or _PICKLE.match(head) or any(bare.startswith(one) for one, _ in _FOREIGN):
        return False
    text = head.decode("utf-8", "ignore")
    # The end of the head may cut a letter in two; nothing else may be lost.
    return len(head) - len(text.encode()) <= (3 if len(head) == EDGE_BYTES else 0)
