"""Files below a folder of this machine. Links that lead out of it are not followed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mutoscope.core.errors import MutoscopeError
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.protocol import (
    ChangedError,
    DeniedError,
    Entry,
    Files,
    MissingError,
    RefusedError,
    Sending,
    Stat,
    Upload,
)
from mutoscope.storage.uris import check_path

__all__ = ["FileUpload", "LocalFiles"]


class LocalFiles(Files):
    """The files below a folder.

    Args:
        root: the folder; a link there is resolved once, those below must stay inside.

    """

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))

    def __repr__(self) -> str:
        return f"LocalFiles({str(self._root)!r})"

    def stat(self, path: str) -> Stat:
        """Look at a file."""
        return _stat(self._inside(path))

    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:
        """Give a part of a file."""
        place = self._inside(path)
        if _stat(place) != stat:
            raise ChangedError("")
        with place.open("rb") as stream:
            stream.seek(start)
            return stream.read(end - start)

    def walk(self, folder: str, *, is_deep: bool = True) -> Iterator[Entry]:
        """Give every file in a folder; links to folders are not entered."""
        top = self._inside(folder)
        found: list[str] = []
        for around, below, names in os.walk(top):
            if not is_deep:
                below.clear()
            found += [os.path.relpath(Path(around) / name, self._root) for name in names]
        for name in sorted(one.replace(os.sep, "/") for one in found):
            # What is hidden, leads out, or has a name that cannot be said is not offered.
            with contextlib.suppress(MutoscopeError, MissingError, DeniedError, RefusedError):
                if not name.rpartition("/")[2].startswith("."):
                    yield Entry(name, self.stat(check_path(name)))

    def upload(self, path: str, sending: Sending) -> Upload:
        """Begin to write a file."""
        place = self._inside(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DeniedError(str(error.strerror)) from None
        return FileUpload(place, sending.expected)

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._inside(path).unlink(missing_ok=True)

    def local(self, path: str) -> Path | None:
        """Give a file's own path."""
        return self._inside(path)

    def _inside(self, path: str) -> Path:
        place = Path(os.path.realpath(self._root / check_path(path)))
        if place != self._root and self._root not in place.parents:
            raise RefusedError("it is a link that leads out of its store; copy the file into the store")
        return place


class FileUpload:
    """Bytes on their way to a file: a hidden one beside it till they are all there."""

    def __init__(self, place: Path, expected: Stat | None) -> None:
        self._place, self._expected = place, expected
        self._held = contextlib.ExitStack()
        temp = self._held.enter_context(atomic_path(place))
        self._stream: IO[bytes] = temp.open("wb")

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._stream.write(data)

    def finish(self) -> Stat:
        """Let the file appear."""
        self._stream.close()
        try:
            now: Stat | None = _stat(self._place)
        except MissingError:
            now = None
        if now != self._expected:
            self.abort()
            raise ChangedError("")
        self._held.close()
        return _stat(self._place)

    def abort(self) -> None:
        """Remove what was written."""
        self._stream.close()
        stop = MutoscopeError("given up")
        with contextlib.suppress(MutoscopeError):
            self._held.__exit__(MutoscopeError, stop, None)


def _stat(place: Path) -> Stat:
    try:
        found = place.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError("") from None
    except OSError as error:
        raise DeniedError(str(error.strerror)) from None
    if not place.is_file():
        raise RefusedError("it is no file; name a film or picture in it")
    return Stat(found.st_size, f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}")
