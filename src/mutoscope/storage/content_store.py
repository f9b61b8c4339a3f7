"""`data://`: a store of one's own on this machine, in which the same bytes are kept once.

    ROOT/sha256/aa/bb/<digest>      the bytes, read-only
    ROOT/names/out/film.mp4         a link to them: the folder can be looked at with any program

A name is a reference; bytes that no name points to are removed by `collect`.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mutoscope.core.errors import OutputError
from mutoscope.storage.atomic import publish, sync_folder, temp_beside
from mutoscope.storage.lock import exclusive
from mutoscope.storage.protocol import (
    ChangedError,
    DeniedError,
    Entry,
    Files,
    MissingError,
    RefusedError,
    Sending,
    Stat,
)
from mutoscope.storage.uris import check_path

__all__ = ["Collected", "ContentStore"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_YOUNG_S = 3600.0
"""Bytes this young may belong to somebody who is about to name them."""

Collected = tuple[int, int]
"""Files removed, and their bytes."""


class ContentStore(Files):
    """Files by name, bytes by digest.

    Args:
        root: its folder; made when something is written.

    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = root / "names"

    def __repr__(self) -> str:
        return f"ContentStore({str(self._root)!r})"

    def stat(self, path: str) -> Stat:
        """Look at a name."""
        digest = self._digest(self._name(path))
        blob = self._blob(digest)
        try:
            return Stat(blob.stat().st_size, digest, ("sha256", digest))
        except OSError:
            raise RefusedError("its bytes are gone from the store; write it again") from None

    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:  # noqa: ARG002 - the digest says it all
        """Give a part of the bytes that a name had when it was looked at."""
        try:
            with self._blob(stat.version).open("rb") as stream:
                stream.seek(start)
                return stream.read(end - start)
        except FileNotFoundError:
            raise ChangedError("") from None

    def walk(self, folder: str, *, is_deep: bool = True) -> Iterator[Entry]:
        """Give every name in a folder."""
        found: list[str] = []
        for around, below, names in os.walk(self._name(folder)):
            if not is_deep:
                below.clear()
            found += [Path(around, name).relative_to(self._names).as_posix() for name in names]
        for name in sorted(found):
            with contextlib.suppress(MissingError, RefusedError):  # another process was faster
                if not name.rpartition("/")[2].startswith("."):
                    yield Entry(name, self.stat(name))

    def upload(self, path: str, sending: Sending) -> "_Upload":
        """Begin to write bytes."""
        check_path(path)
        return _Upload(self, path, sending.expected)

    def remove(self, path: str) -> None:
        """Remove a name; its bytes stay till `collect`, in case another name has them."""
        self._name(path).unlink(missing_ok=True)

    def local(self, path: str) -> Path | None:
        """Give the link, whose suffix tells what the bytes are."""
        self.stat(path)
        return self._name(path)

    def references(self, digest: str) -> int:
        """Count the names of some bytes."""
        return sum(1 for entry in self.walk("") if entry.stat.version == digest)

    def collect(self, min_age_s: float = _YOUNG_S) -> Collected:
        """Remove bytes without a name, and what killed writers left.

        Args:
            min_age_s: younger bytes stay.

        """
        removed = freed = 0
        with self._locked():
            named = {entry.stat.version for entry in self.walk("")}
            for blob in (self._root / "sha256").glob("*/*/*"):
                with contextlib.suppress(OSError):
                    found = blob.stat()
                    if blob.name not in named and time.time() - found.st_mtime >= min_age_s:
                        blob.unlink()
                        removed, freed = removed + 1, freed + found.st_size
        return removed, freed

    def keep(self, temp: Path, digest: str, path: str, expected: Stat | None) -> Stat:
        """Give bytes their place and their name, if the name still has what was expected."""
        blob, name = self._blob(digest), self._name(path)
        with self._locked():
            if self._now(path) != expected:
                raise ChangedError("")
            if blob.exists():
                os.utime(blob)  # not so old that `collect` takes it
            else:
                blob.parent.mkdir(parents=True, exist_ok=True)
                temp.chmod(0o644)
                publish(temp, blob)
                blob.chmod(0o444)
            name.parent.mkdir(parents=True, exist_ok=True)
            _link(blob, name)
        return self.stat(path)

    @property
    def incoming(self) -> Path:
        """Where bytes arrive: on the same disk as they will be kept on."""
        folder = self._root / "incoming"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DeniedError(str(error.strerror)) from None
        return folder

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with exclusive(self.incoming / ".lock"):
            yield

    def _now(self, path: str) -> Stat | None:
        try:
            return self.stat(path)
        except (MissingError, RefusedError):
            return None

    def _name(self, path: str) -> Path:
        place = self._names / check_path(path)
        # Only the last part may be a link: a folder that is one could lead anywhere.
        within = place.parent.relative_to(self._names).parts if path else ()
        if path and Path(os.path.realpath(place.parent)) != Path(os.path.realpath(self._names), *within):
            raise RefusedError("a folder of its name is a link that leads out of the store; remove the link")
        return place

    def _digest(self, name: Path) -> str:
        try:
            digest = name.readlink().name if name.is_symlink() else _from_hard_link(name)
        except (FileNotFoundError, NotADirectoryError):
            raise MissingError("") from None
        if not _DIGEST.fullmatch(digest):
            raise RefusedError("its name was changed by another program; write it again")
        return digest

    def _blob(self, digest: str) -> Path:
        return self._root / "sha256" / digest[:2] / digest[2:4] / digest


class _Upload:
    """Bytes on their way: their name in the store is known when the last has come."""

    def __init__(self, store: ContentStore, path: str, expected: Stat | None) -> None:
        self._store, self._path, self._expected = store, path, expected
        self._sum = hashlib.sha256()
        self._held = contextlib.ExitStack()
        self._temp = self._held.enter_context(temp_beside(store.incoming / "bytes"))
        self._stream: IO[bytes] = self._temp.open("wb")

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._stream.write(data)
        self._sum.update(data)

    def finish(self) -> Stat:
        """Let them appear under their name."""
        self._stream.close()
        with self._held:
            return self._store.keep(self._temp, self._sum.hexdigest(), self._path, self._expected)

    def abort(self) -> None:
        """Remove what was written."""
        self._stream.close()
        with contextlib.suppress(OutputError):
            self._held.close()


def _link(blob: Path, name: Path) -> None:
    """Let a name point to bytes, in one step."""
    with temp_beside(name) as temp:
        try:
            temp.symlink_to(os.path.relpath(blob, name.parent))
        except OSError:  # Windows wants a right for it; a hard link does as well
            temp.hardlink_to(blob)
        temp.replace(name)
    sync_folder(name.parent)


def _from_hard_link(name: Path) -> str:
    if name.is_dir():
        raise RefusedError("it is no file; name a film or picture in it")
    with name.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
