"""Locks between processes. They end with the process that holds them, however it ends."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mutoscope.core.errors import OutputError
from mutoscope.storage.hashing import hash_json

__all__ = ["exclusive", "lock", "only_writer"]

_MAX_LABEL_BYTES = 200  # a file name holds 255


@contextlib.contextmanager
def only_writer(final: Path) -> Iterator[None]:
    """Hold the right to write a result; a hidden file beside it says who does, as long as it is held.

    Raises:
        OutputError: another run is writing it, or the folder cannot be written.

    """
    final = Path(os.path.realpath(final))  # a link and the file that it points to are one result
    label = final.name if len(os.fsencode(final.name)) <= _MAX_LABEL_BYTES else hash_json(final.name)
    path = final.with_name(f".{label}.lock")
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stream = stack.enter_context(path.open("a+", encoding="utf-8"))
            except OSError as error:
                raise OutputError(f"the folder {final.parent} cannot be written ({error.strerror}).") from error
            if not lock(stream, wait=False):
                stream.seek(0)
                who = stream.read(200).strip() or "unknown"
                raise OutputError(f"another run ({who}) is writing {final}; wait for it or choose another name.")
            if _is_at(stream, path):
                break
            stack.pop_all().close()  # its owner has just removed the file that we opened
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()}")
        stream.flush()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for a lock file and hold it; who holds it may remove it."""
    with contextlib.ExitStack() as stack:
        while True:
            stream = stack.enter_context(path.open("a+b"))
            lock(stream, wait=True)
            if _is_at(stream, path):
                break
            stack.pop_all().close()  # its owner has just removed the file that we waited for
        yield


def lock(stream: "IO[bytes] | IO[str]", *, wait: bool, shared: bool = False) -> bool:
    """Lock an open file till it is closed; tell whether it is ours. Where a system has no locks it always is."""
    if sys.platform == "win32":
        return True
    import fcntl

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(stream, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        return True
    return True


def _is_at(stream: "IO[bytes] | IO[str]", path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except OSError:
        return False
