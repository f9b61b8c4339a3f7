"""A large file fetched once: a broken download goes on where it ended, wrong bytes get no name."""

import contextlib
import errno
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import Listener, Progress
from mutoscope.storage.atomic import publish
from mutoscope.storage.hashing import hash_file
from mutoscope.storage.lock import lock

__all__ = ["fetch"]

_CHUNK = 1 << 20
_TIMEOUT_S = 30
_RANGE_NOT_SATISFIABLE = 416


class _OtherBytesError(Exception):
    """What came is not the file that was asked for."""


def fetch(url: str, final: Path, sha256: str, size_bytes: int | None, report: Listener) -> Path:
    """Download to `final`, by way of `final` + ".part", which stays when the connection breaks or on Ctrl-C.

    Args:
        url: official source.
        final: where the file shall be; its folder is made.
        sha256: hex digest, or the beginning of it.
        size_bytes: exact length, or None where nobody knows.
        report: takes the progress, in bytes.

    Returns:
        `final`.

    Raises:
        WeightsError: the source cannot be reached, sends something else, or the disk cannot take it.

    """
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(final.name + ".part")
        with _exclusive(part) as stream:
            if not final.is_file():  # another process may have fetched it while we waited for the lock
                _fill(url, stream, sha256, size_bytes, report)
                publish(part, final)
    except _OtherBytesError as error:
        raise WeightsError(
            f"what {url} sent is not {final.name} ({error}) and was thrown away; is a proxy or a log-in page "
            "in between? Fetch it on another machine and give it with --weights FILE."
        ) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise WeightsError(
            f"{final.name} could not be fetched from {url} ({_reason(error)}); run again to go on, or fetch "
            f"it on another machine and give it with --weights FILE or put it into {final.parent}."
        ) from None
    except OSError as error:
        raise WeightsError(
            f"{final} could not be written ({error.strerror or error}); free some room, or set "
            "MUTOSCOPE_CACHE to a folder that has it."
        ) from None
    return final


def _fill(url: str, stream: IO[bytes], sha256: str, size_bytes: int | None, report: Listener) -> None:
    part = Path(stream.name)
    resumed = part.stat().st_size > 0
    _receive_all(url, stream, size_bytes, report)
    if hash_file(part).startswith(sha256):
        return
    stream.truncate(0)
    if not resumed:
        raise _OtherBytesError("its sha256 is wrong")
    # What an earlier run left was no beginning of this file.
    _receive_all(url, stream, size_bytes, report)
    if not hash_file(part).startswith(sha256):
        stream.truncate(0)
        raise _OtherBytesError("its sha256 is wrong")


def _receive_all(url: str, stream: IO[bytes], size_bytes: int | None, report: Listener) -> None:
    """Connect again and again, as long as each connection brings something."""
    while True:
        before = stream.seek(0, 2)
        try:
            total = _receive(url, stream, size_bytes, report)
        except (http.client.HTTPException, TimeoutError, ConnectionError):
            if stream.seek(0, 2) <= before:
                raise
            continue
        if total is None or stream.tell() >= total:
            return
        if stream.tell() <= before:
            raise ConnectionError(f"the connection breaks off after {before} of {total} bytes")


def _receive(url: str, stream: IO[bytes], size_bytes: int | None, report: Listener) -> int | None:
    """Take what one connection brings, to the end of `stream`; tell the whole length where it is known."""
    done = stream.seek(0, 2)
    if size_bytes is not None and done >= size_bytes:
        return size_bytes  # too much is no beginning of the file either; its digest will tell
    headers = {"User-Agent": "mutoscope", "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 # the table has https only
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 # as above
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _RANGE_NOT_SATISFIABLE and done:
            return done  # nothing left to send: we have it all
        raise
    with answer:
        if done and not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {done}-"):
            stream.truncate(0)  # the source cannot go on in the middle and sends everything
            done = stream.seek(0)
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else size_bytes
        if size_bytes is not None and total != size_bytes:
            raise _OtherBytesError(f"it has {total} bytes instead of {size_bytes}")
        _check_room(Path(stream.name).parent, (total or 0) - done)
        stage = f"fetch {Path(stream.name).stem}"
        report(Progress(stage, done, total, "bytes"))
        while chunk := answer.read(_CHUNK):
            stream.write(chunk)
            done += len(chunk)
            report(Progress(stage, done, total, "bytes"))
    stream.flush()
    return total


def _check_room(folder: Path, wanted_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes:
        raise OSError(errno.ENOSPC, f"the disk has {free // 10**6} MB left, {wanted_bytes // 10**6} MB are needed")


@contextlib.contextmanager
def _exclusive(part: Path) -> Iterator[IO[bytes]]:
    """Open for appending, alone: two runs that start together must not write into each other's download."""
    with part.open("ab", buffering=0) as stream:
        lock(stream, wait=True)
        yield stream


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server says {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__)
