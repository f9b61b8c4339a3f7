"""A content-addressed cache: results under the digest of everything that they depend on."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from mutoscope.core.errors import OutputError
from mutoscope.storage.atomic import publish, temp_beside
from mutoscope.storage.folders import cache_folder
from mutoscope.storage.hashing import hash_file, hash_json

__all__ = ["Cache", "hash_file"]

_KEY = re.compile(r"[0-9a-f]{64}")
_STALE_S = 24 * 3600.0
"""A temp this old belongs to a process that was killed: no result takes a day to write."""
_SCAN_EVERY_PUTS = 64
"""Other processes fill the same folder; this often we look at what is there instead of adding up our own."""


class Cache:
    """Results by key, on disk, bounded in size, shared by any number of processes.

    An entry is one file, `results/KK/KEY.DIGEST.SUFFIX`: it appears in one rename together with the digest of
    its bytes, so a reader never meets half an entry, and a damaged one is found and made anew. Where the
    folder cannot be written, results go to a private folder that ends with this object, and `notices` says
    so: a cache never makes a run fail.

    Attributes:
        root: the cache folder; `cache_folder()` by default.
        max_bytes: size above which the entries that were not used for the longest time are removed; None: never.
        must_keep: raise where the folder cannot be written, instead of going to a private one: for results that
            other processes are to find.
        notices: what a person should know, one line each.

    """

    def __init__(
        self, root: Path | None = None, *, max_bytes: int | None = 10 * 2**30, must_keep: bool = False
    ) -> None:
        self.max_bytes = max_bytes
        self.must_keep = must_keep
        self.notices: list[str] = []
        self.root = cache_folder() if root is None else root
        self._private: Path | None = None
        self._writable = True
        self._num_puts = 0
        self._known_bytes = 0

    @staticmethod
    def key(*parts: object) -> str:
        """Make the key of a result from all that it depends on: the digest of the parts as canonical JSON.

        Raises:
            TypeError: where JSON has no such type.
            ValueError: for NaN and infinities.

        """
        return hash_json(parts)

    def get(self, key: str) -> Path | None:
        """Find the result of a key, whole and undamaged; None where there is none.

        Open the file soon: another process may remove it to make room.
        """
        for folder in self._folders():
            for path in self._entries(folder, key):
                if self._is_whole(path):
                    with contextlib.suppress(OSError):  # a cache that is only read cannot note the use
                        os.utime(path)
                    return path
                with contextlib.suppress(OSError):
                    path.unlink()
        return None

    def put(self, key: str, writer: Callable[[Path], object], suffix: str = "") -> Path:
        """Keep what `writer` writes to the path that it is given; return where it is.

        Args:
            key: from `Cache.key`.
            writer: writes one file. It is called again, for the private folder, where the cache folder fails.
            suffix: of the file's name, with its dot, for writers that go by it.

        Raises:
            OutputError: where even the private folder cannot take the result.

        """
        if not self._writable:
            return self._write(self._private_folder(), key, writer, suffix)
        try:
            path = self._write(self.root, key, writer, suffix)
        except (OSError, OutputError) as error:
            if self.must_keep:
                raise
            path = self._write(self._private_folder(), key, writer, suffix)
            self._writable = False
            why = " ".join(str(error).split())
            self.notices.append(f"results are not kept for the next run: {why} (set MUTOSCOPE_CACHE)")
        else:
            self._make_room(path)
        return path

    def get_or_put(self, key: str, writer: Callable[[Path], object], suffix: str = "") -> Path:
        """Find the result of a key, or have it written."""
        found = self.get(key)
        return self.put(key, writer, suffix) if found is None else found

    def forget(self, key: str) -> None:
        """Remove the result of a key, where there is one."""
        for folder in self._folders():
            for path in self._entries(folder, key):
                with contextlib.suppress(OSError):
                    path.unlink()

    def trim(self, max_bytes: int) -> None:
        """Remove the results that were not used for the longest time, down to a size."""
        found = sorted(_scan(self.root / "results"))
        self._remove_oldest(found, max_bytes, None)

    def _folders(self) -> list[Path]:
        return [self.root] if self._private is None else [self.root, self._private]

    def _private_folder(self) -> Path:
        if self._private is None:
            # Not TemporaryDirectory: it warns when it goes with its owner, and that is wanted here.
            self._private = Path(tempfile.mkdtemp(prefix="mutoscope-"))
            weakref.finalize(self, shutil.rmtree, self._private, ignore_errors=True)
        return self._private

    @staticmethod
    def _shard(folder: Path, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key has 64 hexadecimal digits; got {key!r}")
        return folder / "results" / key[:2]

    def _entries(self, folder: Path, key: str) -> list[Path]:
        try:
            with os.scandir(self._shard(folder, key)) as entries:
                # Sorted: two processes may have made a result that is not the same to the byte.
                return sorted(Path(e.path) for e in entries if e.name.startswith(f"{key}."))
        except OSError:
            return []

    @staticmethod
    def _is_whole(path: Path) -> bool:
        try:
            with path.open("rb") as file:
                return path.name.split(".")[1] == hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False

    def _write(self, folder: Path, key: str, writer: Callable[[Path], object], suffix: str) -> Path:
        shard = self._shard(folder, key)
        shard.mkdir(parents=True, exist_ok=True)
        with temp_beside(shard / f"{key}{suffix}") as temp:
            writer(temp)
            if not temp.exists():
                raise AssertionError("a cache writer must write the path that it is given")
            with temp.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            final = shard / f"{key}.{digest}{suffix}"
            publish(temp, final)
        return final

    def _make_room(self, newest: Path) -> None:
        self._num_puts += 1
        with contextlib.suppress(OSError):
            self._known_bytes += newest.stat().st_size
        if self.max_bytes is None:
            return
        if self._num_puts % _SCAN_EVERY_PUTS != 1 and self._known_bytes <= self.max_bytes:
            return
        found = sorted(_scan(self.root / "results"))
        self._known_bytes = sum(size for _used, size, _path in found)
        # Down to nine tenths, or each further put would scan again.
        goal = self.max_bytes if self._known_bytes <= self.max_bytes else self.max_bytes * 9 // 10
        self._remove_oldest(found, goal, newest)

    def _remove_oldest(self, found: list[tuple[float, int, Path]], goal: int, newest: Path | None) -> None:
        self._known_bytes = sum(size for _used, size, _path in found)
        for _used, size, path in found:
            if self._known_bytes <= goal:
                break
            if path == newest:
                continue
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                self._known_bytes -= size


def _scan(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield time of last use, bytes and path of each entry; remove what killed processes left."""
    now = time.time()
    for path in folder.glob("*/*"):
        try:
            stat = path.stat()
            if path.name.startswith("."):
                if now - stat.st_mtime > _STALE_S:
                    path.unlink()
                continue
        except OSError:  # another process was faster
            continue
        yield stat.st_mtime, stat.st_size, path
