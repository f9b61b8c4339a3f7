"""Where finished work is kept under the digest of all that it depends on, for this run and for the next."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from mutoscope.core.errors import OutputError
from mutoscope.storage.cache import Cache
from mutoscope.storage.folders import cache_folder
from mutoscope.storage.lock import exclusive, lock

__all__ = ["Store", "work_folder"]

_KEEP_BYTES = 20 * 2**30
"""Finished work beyond this is removed when a run ends and no other goes on: what was not used for longest first."""


def work_folder() -> Path:
    """Name the folder for finished work; `MUTOSCOPE_WORK` where it is set."""
    own = os.environ.get("MUTOSCOPE_WORK")
    return Path(os.path.expanduser(own)).absolute() if own else cache_folder() / "work"  # noqa: PTH111 - raises without a home


class Store:
    """Results by key in a folder that all workers see.

    Attributes:
        root: the folder.
        cache: for what analyses leave.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = Cache(root, max_bytes=None, must_keep=True)

    def begin(self) -> None:
        """Make the folder.

        Raises:
            OutputError: it cannot be made or written.

        """
        try:
            for name in ("results", "claims", "attempts"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the folder for unfinished work {self.root} cannot be written ({error.strerror}); "
                "give another one with --work or MUTOSCOPE_WORK."
            ) from error

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other runs from making room among our results; make room ourselves at the end, if we are the last."""
        self.begin()
        with (self.root / ".in-use").open("a+b") as stream:
            lock(stream, wait=True, shared=True)
            yield
        with (self.root / ".in-use").open("a+b") as stream:
            if lock(stream, wait=False):
                self.cache.trim(_KEEP_BYTES)
                for name in ("claims", "attempts"):
                    shutil.rmtree(self.root / name, ignore_errors=True)

    def find(self, key: str) -> Path | None:
        """Find a whole result, or None."""
        return self.cache.get(key)

    def keep(self, key: str, writer: Callable[[Path], object], suffix: str) -> Path:
        """Keep what `writer` writes to the path that it is given; it appears when it is complete.

        Raises:
            OutputError: the disk is full or the folder cannot be written.

        """
        try:
            return self.cache.put(key, writer, suffix)
        except OSError as error:
            raise OutputError(f"{error.filename or self.root} could not be written: {error.strerror}.") from error

    def forget(self, key: str) -> None:
        """Remove a result that nobody will ask for again."""
        self.cache.forget(key)

    @contextlib.contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Wait till nobody else makes the same result, and hold others back meanwhile."""
        path = self.root / "claims" / key
        with exclusive(path):
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    path.unlink()
