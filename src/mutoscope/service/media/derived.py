"""What is made of media to be looked at: thumbnails, frames, waveforms; kept beside it, made again when wanted."""

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mutoscope.service.database.tables import Media
from mutoscope.service.media.checking import POSTER
from mutoscope.service.media.shelf import Shelf
from mutoscope.service.problems import Problem
from mutoscope.service.sandbox.sandbox import Limits, Sandbox
from mutoscope.storage.atomic import atomic_path

__all__ = ["DERIVED_LIMITS", "SIZES", "Derived", "rounded_size"]

SIZES = (96, 160, 320, 640, 1280)
"""Long sides of small pictures, px: a few sizes, so that they are made once."""

_TASKS = "mutoscope.service.sandbox.tasks"
_SECONDS = 60.0
_BLOCK = 8
"""So many neighbours are made together: they are decoded on the way, and looked at together."""

_MOST_SMALL = 4000
_MOST_WHOLE = 16
DERIVED_LIMITS = Limits(seconds=_SECONDS, file_bytes=512 << 20)
"""Bounds of making one: a frame of 8K as PNG is large."""

_TRIMMED_TO = 0.75


class Derived:
    """Makes small pictures and single frames in the sandbox. Any thread may use it."""

    def __init__(self, library: Shelf, sandbox: Sandbox) -> None:
        self._library, self._sandbox = library, sandbox
        # Who asks for the same thing waits for the first instead of making it again.
        self._locks = tuple(threading.Lock() for _ in range(64))
        # Locks of their own: a frame holds its lock while it wants the index, and both could be the same one.
        self._indexing = tuple(threading.Lock() for _ in range(64))

    def poster(self, media: Media) -> Path:
        """Give a JPEG of 640 px that shows what the media is.

        Raises:
            Problem: there is nothing to see in it.

        """
        made = self._library.beside(media) / POSTER
        return made if made.is_file() else self.thumbnail(media, 640)

    def thumbnail(self, media: Media, size: int) -> Path:
        """Give a JPEG no larger than the smallest of `SIZES` that holds `size` px.

        Raises:
            Problem: there is nothing to see in it.

        """
        source, size = self._seen(media), rounded_size(size)
        made = self._drawer(media) / f"poster-{size}.jpg"
        with self._lock(media.id, "poster", size):
            if not made.is_file():
                self._run(media, source, "frames:poster", {"out": str(made), "size": size})
        return made

    def page(self, media: Media, first: int, count: int) -> dict[str, Any]:
        """Give the times of frames: num_frames, time_base, start_pts, breaks_off, frames.

        Raises:
            Problem: there are none.

        """
        source = self._seen(media)
        with self._indexing[hash(media.id) % len(self._indexing)]:
            return self._run(media, source, "frames:page", {"first": first, "count": count, **self._index(media)})

    def frame(self, media: Media, number: int) -> Path:
        """Give a frame as PNG, as it is decoded.

        Raises:
            Problem: there is no such frame.

        """
        source = self._seen(media)
        made = self._drawer(media) / "whole" / f"{number}.png"
        with self._lock(media.id, "whole", number):
            if not made.is_file():
                self._check_number(media, number)
                made.parent.mkdir(exist_ok=True)
                _trim(made.parent, _MOST_WHOLE)
                self._run(media, source, "frames:frame_png", {"number": number, "out": str(made), **self._index(media)})
        return made

    def small_frame(self, media: Media, number: int, size: int) -> Path:
        """Give a frame as a small JPEG.

        Raises:
            Problem: there is no such frame, or it does not decode.

        """
        source, size = self._seen(media), rounded_size(size)
        folder = self._drawer(media) / str(size)
        made = folder / f"{number}.jpg"
        block = number - number % _BLOCK
        with self._lock(media.id, size, block):
            if not made.is_file():
                num_frames = self._check_number(media, number)
                folder.mkdir(exist_ok=True)
                _trim(folder, _MOST_SMALL)
                numbers = list(range(block, min(block + _BLOCK, num_frames)))
                asked = {"numbers": numbers, "out": str(folder), "size": size, **self._index(media)}
                self._run(media, source, "frames:thumbnails", asked)
        if not made.is_file():
            raise Problem("not-found", f"frame {number} of {media.name} does not decode; take another.")
        return made

    def waveform(self, media: Media, buckets: int) -> dict[str, Any]:
        """Give the peaks of its sound: seconds, start, peaks (0..1).

        Raises:
            Problem: there is no sound in it.

        """
        if media.kind not in ("video", "sound") or not (media.info or {}).get("audio", True):
            raise Problem("not-found", f"{media.name} has no sound.")
        source = self._library.path(media)
        made = self._drawer(media) / f"waveform-{buckets}.json"
        with self._lock(media.id, "waveform"):
            if not made.is_file():
                told = self._run(media, source, "waveform:waveform", {"buckets": buckets})
                with atomic_path(made) as temp:
                    temp.write_text(json.dumps(told), encoding="utf-8")
        found: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
        return found

    def _check_number(self, media: Media, number: int) -> int:
        num_frames: int = self.page(media, number, 1)["num_frames"]
        if number >= num_frames:
            raise Problem("not-found", f"{media.name} has {num_frames} frames, numbered from 0; there is no {number}.")
        return num_frames

    def _seen(self, media: Media) -> Path:
        source = self._library.path(media)
        if media.kind not in ("video", "picture"):
            raise Problem("not-found", f"{media.name} is neither a film nor a picture; there is nothing to see in it.")
        return source

    def _drawer(self, media: Media) -> Path:
        drawer = self._library.beside(media) / "derived"
        drawer.mkdir(parents=True, exist_ok=True)
        return drawer

    def _index(self, media: Media) -> dict[str, str]:
        return {"index": str((self._drawer(media) / "times").absolute())}

    def _run(self, media: Media, source: Path, task: str, args: Mapping[str, Any]) -> dict[str, Any]:
        named = {"path": str(source.absolute()), "name": media.name, **args}
        if "out" in named:
            named["out"] = str(Path(named["out"]).absolute())
        return self._sandbox.run(
            f"{_TASKS}.{task}", named, reads=[source], writes=[self._drawer(media)], limits=DERIVED_LIMITS
        )

    def _lock(self, *key: object) -> threading.Lock:
        return self._locks[hash(key) % len(self._locks)]


def rounded_size(size: int) -> int:
    """Give the smallest of `SIZES` that holds a size, px."""
    return next((one for one in SIZES if one >= size), SIZES[-1])


def _trim(folder: Path, most: int) -> None:
    """Remove the oldest files of a folder that holds too many."""
    present = [path for path in folder.iterdir() if path.is_file()]
    if len(present) >= most:
        for path in _oldest(present, len(present) - int(most * _TRIMMED_TO)):
            path.unlink(missing_ok=True)


def _oldest(paths: Iterable[Path], number: int) -> list[Path]:
    return sorted(paths, key=lambda path: path.stat().st_mtime)[:number]
