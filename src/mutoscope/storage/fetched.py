"""Local copies of what lies elsewhere, kept as long as there is room: FFmpeg reads a film several times, and jumps."""

import atexit
import contextlib
import os
import shutil
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO

from mutoscope.core.errors import InputError
from mutoscope.storage.addressed import Place, place_at
from mutoscope.storage.checksums import checksum, is_known
from mutoscope.storage.folders import cache_folder, make_folder
from mutoscope.storage.hashing import hash_json
from mutoscope.storage.lock import lock
from mutoscope.storage.protocol import ChangedError, RefusedError, Stat, TransientError

__all__ = ["fetch", "fetch_together", "fetched_folder", "trim_fetched"]

MAX_BYTES = 50 * 2**30
"""Copies beyond this go, those first that were not used for longest; those in use stay."""

_RANGE_BYTES = 8 * 2**20
_AT_ONCE = 4
_MAX_TRIES = 3
_MAX_NAME_BYTES = 200
_in_use: dict[Path, IO[bytes]] = {}
_guard = threading.Lock()


def fetched_folder() -> Path:
    """Name the folder of copies."""
    return cache_folder() / "fetched"


def fetch(uri: str | Path, *, hold: bool = True) -> Path:
    """Give a local file with the bytes at an address: the file itself where it is on this machine, else a copy.

    A copy is kept under its address and version, so that it is made once; one that was broken off goes on where it
    stopped; its size and, where the store tells one, its digest are checked.

    Args:
        uri: the address.
        hold: whether the copy stays as long as this process lives, whatever room is wanted.

    Raises:
        InputError: it cannot be read, other bytes come than the store tells of, or the disk is full.

    """
    place = place_at(uri)
    local = place.told(lambda: place.files.local(place.path))
    if local is not None:
        place.stat()
        return local
    for tried in range(_MAX_TRIES):
        found = place.stat()
        try:
            return place.told(partial(_copy, place, found, hold=hold))
        except _StaleError:
            # Somebody put a newer version there while the old one was fetched.
            if tried == _MAX_TRIES - 1:
                raise InputError(f"{place.uri} changes all the time; wait till it is written.") from None
    raise AssertionError


def fetch_together(uris: Sequence[str]) -> Path:
    """Give a local folder with copies of several files under their own names, as a sequence of pictures wants them.

    Raises:
        InputError: as `fetch`.

    """
    places = [place_at(uri) for uri in uris]
    key = hash_json([[one.store.uri, one.path, one.stat().version] for one in places])
    folder = fetched_folder() / key[:2] / key
    stream = _enter(folder)
    try:
        for place, uri in zip(places, uris, strict=True):
            link = folder / place.path.rpartition("/")[2]
            if not link.exists():
                copy = fetch(uri, hold=False)
                try:
                    link.hardlink_to(copy.resolve())
                except OSError:  # another disk, or one without links
                    shutil.copyfile(copy, link)
    except BaseException:
        stream.close()
        raise
    _keep_open(folder, stream, hold=True)
    return folder


def trim_fetched(max_bytes: int = MAX_BYTES, *, keep: Path | None = None) -> None:
    """Remove the copies that were not used for longest, down to a size; those in use by any process stay."""
    found = []
    for folder in fetched_folder().glob("??/*"):
        with contextlib.suppress(OSError):
            size = sum(one.stat().st_size for one in folder.iterdir())
            found.append(((folder / ".lock").stat().st_mtime, size, folder))
    total = sum(size for _, size, _ in found)
    for _, size, folder in sorted(found):
        if total <= max_bytes:
            return
        if folder == keep or folder in _in_use:
            continue
        with contextlib.suppress(OSError), (folder / ".lock").open("a+b") as stream:
            if lock(stream, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
                total -= size


class _StaleError(Exception):
    """The version that was looked at is no more."""


def _copy(place: Place, found: Stat, *, hold: bool) -> Path:
    key = hash_json([place.store.uri, place.store.endpoint, place.path, place.uri.query, found.version, found.size])
    folder = fetched_folder() / key[:2] / key
    name = place.path.rpartition("/")[2]
    final = folder / (name if len(os.fsencode(name)) <= _MAX_NAME_BYTES else hash_json(name)[:32] + Path(name).suffix)
    stream = _enter(folder)
    try:
        if not final.exists():
            lock(stream, wait=True)  # one process fetches it, others wait for that
            if not final.exists():
                try:
                    _download(place, found, folder / ".part")
                except ChangedError:
                    raise _StaleError from None
                (folder / ".part").replace(final)
                trim_fetched(keep=folder)
            lock(stream, wait=True, shared=True)
        os.utime(folder / ".lock")
    except BaseException:
        stream.close()
        raise
    _keep_open(folder, stream, hold=hold)
    return final


def _keep_open(folder: Path, stream: IO[bytes], *, hold: bool) -> None:
    with _guard:
        if not hold or folder in _in_use:
            stream.close()
        else:
            _in_use[folder] = stream


def _enter(folder: Path) -> IO[bytes]:
    """Open the lock file of a copy and hold it with all others that read the copy: nobody removes it meanwhile."""
    while True:
        make_folder(folder)
        with contextlib.ExitStack() as stack, contextlib.suppress(FileNotFoundError):  # just removed to make room
            stream = stack.enter_context((folder / ".lock").open("a+b"))
            lock(stream, wait=True, shared=True)
            if os.path.samestat(os.fstat(stream.fileno()), (folder / ".lock").stat()):
                stack.pop_all()
                return stream


def _download(place: Place, found: Stat, part: Path) -> None:
    """Fetch ranges side by side and write them in order, so that what is there is always a beginning."""
    try:
        if found.has_ranges and found.size >= 0:
            _ranges(place, found, part)
        else:
            _whole(place, found, part)
    except OSError as error:
        raise RefusedError(f"its copy cannot be kept in {part.parent} ({error.strerror}); make room") from None
    _verify(found, part)


def _ranges(place: Place, found: Stat, part: Path) -> None:
    files = place.files
    with part.open("ab") as out, ThreadPoolExecutor(_AT_ONCE, "mutoscope-fetch") as pool:
        at = out.tell() - out.tell() % _RANGE_BYTES
        out.truncate(at)  # the last range may not have been written whole
        waiting: deque[Future[bytes]] = deque()
        try:
            for start in range(at, found.size, _RANGE_BYTES):
                end = min(start + _RANGE_BYTES, found.size)
                waiting.append(pool.submit(files.read, place.path, start, end, found))
                if len(waiting) > _AT_ONCE:
                    out.write(waiting.popleft().result())
            while waiting:
                out.write(waiting.popleft().result())
        finally:
            for one in waiting:
                one.cancel()


def _whole(place: Place, found: Stat, part: Path) -> None:
    tries = 0
    while True:
        tries += 1
        try:
            with part.open("wb") as out:
                for data in place.files.stream(place.path, found):
                    out.write(data)
        except TransientError:
            if tries == _MAX_TRIES:
                raise
        else:
            return


def _verify(found: Stat, part: Path) -> None:
    size = part.stat().st_size
    is_right = found.size in (-1, size)
    if is_right and found.digest is not None and is_known(found.digest[0]):
        kind, value = found.digest
        seen = checksum(kind)
        with part.open("rb") as stream:
            while data := stream.read(2**20):
                seen.update(data)
        is_right = seen.hexdigest() == value
    if not is_right:
        part.unlink()
        raise RefusedError("other bytes came than its store tells of; try again")


@atexit.register
def _release() -> None:
    for stream in _in_use.values():
        stream.close()
    _in_use.clear()
