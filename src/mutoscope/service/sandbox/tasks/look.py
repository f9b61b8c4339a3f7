"""The first look at a stranger's file: what it is, whether it may be worked on, and why not."""

import struct
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.service.sandbox.child import tell
from mutoscope.service.sandbox.tasks.kinds import EDGE_BYTES, Kind, hidden_in, kind_of, refusal_of
from mutoscope.service.sandbox.tasks.naming import called, tidy

__all__ = ["look"]

_READ_AS = {
    **dict.fromkeys((".mp4", ".mov", ".m4a"), ("mov,mp4,m4a,3gp,3g2,mj2",)),
    **dict.fromkeys((".mkv", ".webm"), ("matroska,webm",)),
    ".avi": ("avi",),
    ".gif": ("gif",),
    ".ts": ("mpegts",),
    ".mpg": ("mpeg", "mpegvideo"),
    ".ogg": ("ogg",),
    ".flv": ("flv",),
    ".wmv": ("asf",),
    ".png": ("png",),
    ".jpg": ("jpeg", "mpo"),  # telephones put a second picture behind the first
    ".webp": ("webp",),
    ".tiff": ("tiff",),
    ".bmp": ("bmp",),
}
"""Containers, as libraries name them, by the suffix that the first bytes ask for."""
_ODD = (TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, ValueError, struct.error)
_SAME = (
    {".jpg", ".jpeg"},
    {".tif", ".tiff"},
    {".mp4", ".m4v", ".mov", ".m4a", ".3gp", ".3g2", ".qt"},
    {".mkv", ".webm", ".mka"},
    {".ogg", ".ogv", ".oga", ".opus"},
    {".ts", ".mts", ".m2ts"},
    {".mpg", ".mpeg", ".vob"},
    {".wmv", ".asf", ".wma"},
)
"""Suffixes that go for one another."""


def look(path: str, name: str, limits: Mapping[str, float] | None = None, poster: str | None = None) -> dict[str, Any]:
    """Look at a file.

    Args:
        path: where it lies.
        name: as its owner calls it; only for messages, and for texts, whose bytes do not tell what they are.
        limits: pixels (of a frame), seconds and frames (of a film); none where one is left out.
        poster: file that a JPEG of 640 px goes to, where there is something to see.

    Returns:
        what `mutoscope info` tells, without the path; kind: video, picture, sound, filter, model, weights, numbers or
        text; suffix and content_type that it should have; notices; has_poster.

    Raises:
        InputError: it is refused; says what it is, and why.

    """
    with called(path, name):
        return _look(Path(path), name, limits or {}, None if poster is None else Path(poster))


def _look(path: Path, name: str, limits: Mapping[str, float], poster: Path | None) -> dict[str, Any]:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(EDGE_BYTES)
    if size == 0:
        raise InputError(f"{path} is empty; give a film or picture.")
    kind = kind_of(head)
    if kind is None:
        raise InputError(f"{path} is {refusal_of(head)}, by its first bytes; give a film or picture.")
    told: dict[str, Any] = {
        "suffix": kind.suffix,
        "content_type": kind.content_type,
        "notices": [],
        "has_poster": False,
    }
    told |= _by_kind(path, name, head, kind, limits, poster)
    told["bytes"] = size
    notices = [*_misnamed(name, told["suffix"], kind.name), *told["notices"]]
    told["notices"] = [notice.replace(str(path), tidy(name) or "it") for notice in notices]
    return told


def _by_kind(
    path: Path, name: str, head: bytes, kind: Kind, limits: Mapping[str, float], poster: Path | None
) -> dict[str, Any]:
    if kind.kind in ("film", "picture"):
        hidden = hidden_in(path, head)
        if hidden:
            raise InputError(f"{path} is {kind.name} and {hidden} at once; export it again without that.")
        from mutoscope.service.sandbox.tasks.sights import look_at_film, look_at_picture

        sight = look_at_film if kind.kind == "film" else look_at_picture
        try:
            told = sight(path, limits, poster)
        except _ODD as error:
            # What libraries raise of bent files is as odd as the files. The log gets to know: it may be our mistake.
            tell({"type": "odd", "trace": "".join(traceback.format_exception(error))})
            raise InputError(f"{path} is damaged and cannot be decoded; export it again.") from None
        if told["container"] not in _READ_AS[kind.suffix]:
            raise InputError(f"{path} begins as {kind.name}, and goes on as {told['container']}; export it again.")
        return told
    if kind.kind == "weights":
        from mutoscope.service.sandbox.tasks.weights import look_at_weights

        return look_at_weights(path)
    if kind.kind == "numbers":
        from mutoscope.service.sandbox.tasks.numbers import look_at_numbers

        return look_at_numbers(path)
    from mutoscope.service.sandbox.tasks.texts import look_at_text

    return look_at_text(path, name)


def _misnamed(name: str, suffix: str, called: str) -> list[str]:
    own = Path(tidy(name)).suffix.lower()
    if not own or own == suffix or any({own, suffix} <= same for same in _SAME):
        return []
    return [f"it is called {own}, but is {called}; it is kept as what it is."]
