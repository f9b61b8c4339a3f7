"""A folder of stores: each appears when it is whole; what killed runs left goes; old ones make room for new ones."""

import contextlib
import errno
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from mutoscope.storage.atomic import sync_folder
from mutoscope.storage.lock import exclusive, lock

__all__ = ["appearing"]

_MOST_BYTES = 60 * 10**9
"""Stores of a folder that were not used for the longest time go where all together would be larger: three films."""


@contextlib.contextmanager
def appearing(final: Path, is_whole: Callable[[Path], bool], num_bytes: int | None) -> Iterator[Path | None]:
    """Lend a new folder that gets the name `final` when the block ends well, and goes when it does not.

    Other runs that want the same wait. One that is killed leaves a folder with a hidden name, which the next run
    removes, whatever it makes.

    Args:
        final: name of the store; the folder that it is in exists.
        is_whole: tells whether a folder holds all of a store.
        num_bytes: how large it will be, where that is known.

    Yields:
        the folder to fill, or None where another run has just made the store.

    Raises:
        OSError: there is no room for it, or the folder cannot be written.

    """
    with exclusive(_lock_of(final)):
        try:
            if is_whole(final):
                yield None
                return
            _sweep(final)
            _make_room(final.parent, num_bytes or 0)
            temp = final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")
            temp.mkdir()
            try:
                yield temp
                sync_folder(temp)
                temp.rename(final)
                sync_folder(final.parent)
            finally:
                shutil.rmtree(temp, ignore_errors=True)
        finally:
            with contextlib.suppress(OSError):
                _lock_of(final).unlink()


def _sweep(final: Path) -> None:
    """Remove what killed runs left; the caller holds the lock of `final`. A store that is not whole goes as well."""
    shutil.rmtree(final, ignore_errors=True)
    for part in final.parent.glob(".*.part"):
        owner = part.with_name(part.name[1:].partition(".")[0])
        if owner.name == final.name:
            shutil.rmtree(part, ignore_errors=True)
            continue
        with contextlib.suppress(OSError), _lock_of(owner).open("a+b") as stream:
            if lock(stream, wait=False):
                shutil.rmtree(part, ignore_errors=True)
                _lock_of(owner).unlink(missing_ok=True)


def _lock_of(final: Path) -> Path:
    return final.with_name(f".{final.name}.lock")


def _make_room(folder: Path, num_bytes: int) -> None:
    # Whoever has a store open that is removed here keeps its pages: the bytes go when the last one closes it.
    found = sorted(_others(folder))
    total = sum(size for _, size, _ in found)
    for _, size, path in found:
        if shutil.disk_usage(folder).free >= num_bytes and total + num_bytes <= _MOST_BYTES:
            return
        shutil.rmtree(path, ignore_errors=True)
        total -= size
    if shutil.disk_usage(folder).free < num_bytes:
        raise OSError(errno.ENOSPC, "no space left")


def _others(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield time of last use, bytes and path of each store."""
    for path in folder.iterdir():
        if len(path.name) == 64 and path.is_dir():
            with contextlib.suppress(OSError):
                size = sum(file.stat().st_size for file in path.iterdir())
                yield path.stat().st_mtime, size, path
