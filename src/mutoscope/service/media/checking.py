"""A look at a file that has arrived, in the sandbox: what it is, or why it is refused."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from mutoscope.service.sandbox.sandbox import Limits, Sandbox
from mutoscope.service.settings import Settings

__all__ = ["PASSING", "POSTER", "Check", "Looked", "look"]

PASSING = frozenset({"not-ready", "internal", "disk-full"})
"""Problems that say nothing about the file; it is looked at again later."""

POSTER = "poster.jpg"
"""Name of the poster beside media."""

Check = Callable[[Session], None]
"""Called in the transaction that takes room, as to hold a quota; it may raise."""

_TASK = "mutoscope.service.sandbox.tasks.look:look"
_SECONDS = 9.0
_OURS_SECONDS = 60.0
_NOT_INFO = ("kind", "content_type", "suffix", "has_poster", "bytes")


@dataclass(frozen=True)
class Looked:
    """What a file is.

    Attributes:
        kind: video, picture, sound, model, filter, weights, numbers or text.
        type: its content type.
        suffix: that tools know it by.
        info: what `mutoscope info` tells, without the path.

    """

    kind: str
    type: str
    suffix: str
    info: dict[str, Any]


def look(sandbox: Sandbox, settings: Settings, path: Path, name: str, *, beside: Path, is_ours: bool = False) -> Looked:
    """Look at a file, and make its poster.

    Args:
        sandbox: where it is decoded.
        settings: limits of the owner.
        path: of the file; its name says nothing.
        name: as it was sent; it tells between kinds of text.
        beside: folder for the poster; made if missing.
        is_ours: a result of a job: it may be longer than what is taken from strangers.

    Raises:
        Problem: it is refused (media-refused and others), or the sandbox cannot say (`PASSING`).

    """
    limits: dict[str, float] = {"pixels": settings.media_pixels}
    if not is_ours:
        limits |= {"seconds": settings.media_seconds, "frames": settings.media_frames}
    # A folder of its own: what decodes strangers' bytes may not write where those bytes lie.
    drawer = beside / "look"
    drawer.mkdir(parents=True, exist_ok=True)
    try:
        found = sandbox.run(
            _TASK,
            {
                "path": str(path.absolute()),
                "name": name,
                "limits": limits,
                "poster": str((drawer / POSTER).absolute()),
            },
            reads=[path],
            writes=[drawer],
            limits=Limits(seconds=_OURS_SECONDS if is_ours else _SECONDS),
        )
        if found.get("has_poster"):
            (drawer / POSTER).replace(beside / POSTER)
    finally:
        shutil.rmtree(drawer, ignore_errors=True)
    info = {key: value for key, value in found.items() if key not in _NOT_INFO}
    return Looked(found["kind"], found["content_type"], found["suffix"], info)
