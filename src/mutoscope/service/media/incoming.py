"""Bytes that arrive: into a file by blocks, judged by their first ones, never more than a block in memory."""

import hashlib
import os
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mutoscope.service.media.tus import Checksum
from mutoscope.service.problems import Problem, problem_of
from mutoscope.service.sandbox.tasks.kinds import EDGE_BYTES, kind_of, refusal_of
from mutoscope.storage.lock import lock

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["Incoming", "length_of", "remove", "sync_file"]

_SYNC_BYTES = 64 << 20
"""After so many bytes they are flushed: a machine without power loses no more."""


class Incoming:
    """A file that grows while it arrives; a context manager. For one sender at a time: the file is locked.

    Args:
        path: of the file; made where it is missing.
        start: bytes that are there, as the sender believes.
        length: bytes that the whole file will have, or the most that it may have.
        is_exact: whether `length` is the first of these.
        checksum: of the bytes that come now.
        hashed: SHA-256 of what is there, where somebody has counted along.

    Attributes:
        offset: bytes that are there.

    Raises:
        Problem: somebody else writes this file, or another number of bytes is there.

    """

    def __init__(
        self,
        path: Path,
        start: int = 0,
        *,
        length: int,
        is_exact: bool = False,
        checksum: Checksum | None = None,
        hashed: "_Hash | None" = None,
    ) -> None:
        self._stream = _locked(path, is_new=not start)
        if (there := length_of(path)) != start:
            self._stream.close()
            raise _elsewhere(there, start)
        self._path, self._length, self._is_exact = path, length, is_exact
        self._start, self._synced = start, start
        self._checksum = checksum
        self._counted = None if checksum is None else checksum.begin()
        self._hash = hashed if start else hashlib.sha256()
        self._judged = start >= EDGE_BYTES
        self.offset = start
        self._stream.truncate(start)
        self._stream.seek(start)
        if checksum is None:
            _mark(path).unlink(missing_ok=True)
        else:
            _mark(path).write_text(str(start))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; bytes with a checksum that was never compared are thrown away. Twice does no harm."""
        if self._stream.closed:
            return
        with self._stream:
            if self._counted is not None:
                self._discard()
            elif self.offset != self._synced:
                os.fsync(self._stream.fileno())

    @property
    def digest(self) -> str | None:
        """SHA-256 of all that is there, where it was counted from the beginning."""
        return self._hash.hexdigest() if self._hash is not None else None

    @property
    def hashed(self) -> "_Hash | None":
        """The hash itself, to go on with."""
        return self._hash

    def write(self, block: bytes) -> None:
        """Take bytes.

        Raises:
            Problem: they are too many, the disk is full, or the first ones are of no kind that is taken.

        """
        if self.offset + len(block) > self._length:
            what = "more bytes came than Upload-Length says" if self._is_exact else "the file is too large"
            raise Problem("too-large", f"{what}; at most {self._length} are taken here.")
        try:
            view = memoryview(block)
            while view:
                view = view[self._stream.write(view) :]
        except OSError as error:
            raise problem_of(error) from None
        self.offset += len(block)
        for counted in (self._hash, self._counted):
            if counted is not None:
                counted.update(block)
        if not self._judged and (self.offset >= EDGE_BYTES or (self._is_exact and self.offset == self._length)):
            self.judge()
        if self.offset - self._synced >= _SYNC_BYTES:
            os.fsync(self._stream.fileno())
            self._synced = self.offset

    def judge(self) -> None:
        """Look at the first bytes, where that has not happened.

        Raises:
            Problem: they are of no kind that is taken.

        """
        if self._judged:
            return
        self._judged = True
        head = os.pread(self._stream.fileno(), EDGE_BYTES, 0)
        if kind_of(head) is None:
            what = refusal_of(head)
            raise Problem("wrong-type", f"this file is {what}, by its first bytes; send a film, a picture or a filter.")

    def settle(self) -> None:
        """Compare the checksum, where one was given, and keep the bytes.

        Raises:
            Problem: they arrived otherwise than they were sent; they are thrown away.

        """
        if self._counted is None or self._checksum is None:
            return
        if self._counted.digest() != self._checksum.digest:
            self._discard()
            raise Problem("checksum", "the bytes that came have another checksum; they were dropped, send them again.")
        os.fsync(self._stream.fileno())
        self._synced, self._counted = self.offset, None
        _mark(self._path).unlink(missing_ok=True)

    def _discard(self) -> None:
        self._stream.truncate(self._start)
        self.offset, self._counted, self._hash = self._start, None, None
        _mark(self._path).unlink(missing_ok=True)


def length_of(path: Path) -> int:
    """Give the bytes of a growing file that are there for good: what came with a checksum counts when it was compared.

    A killed server leaves a mark where such bytes begin.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return 0
    try:
        return min(size, int(_mark(path).read_text()))
    except (FileNotFoundError, ValueError):
        return size


def sync_file(path: Path) -> None:
    """Flush a file to disk.

    Raises:
        Problem: the disk is full.

    """
    try:
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    except OSError as error:
        raise problem_of(error) from None


def remove(path: Path) -> None:
    """Remove a growing file and its mark.

    Raises:
        Problem: somebody is sending to it.

    """
    if path.exists():
        with _locked(path, is_new=False):
            path.unlink()
    _mark(path).unlink(missing_ok=True)


def _locked(path: Path, *, is_new: bool) -> FileIO:
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if is_new else 0)
    try:
        stream = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
    except FileNotFoundError:
        raise _elsewhere(0, None) from None
    except OSError as error:
        raise problem_of(error) from None
    if not lock(stream, wait=False):
        stream.close()
        raise Problem("in-flight", "another request is sending to this upload; wait till it ends.")
    return stream


def _elsewhere(there: int, start: int | None) -> Problem:
    sent = "" if start is None else f", and {start} was sent as offset"
    return Problem("conflict", f"{there} bytes are there{sent}; go on from {there}.", pointer="Upload-Offset")


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".start")
