"""Files that appear whole under their final name, or not at all."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from mutoscope.core.errors import OutputError

__all__ = ["atomic_path", "publish", "sync_folder", "temp_beside"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAX_LABEL_BYTES = 180  # a file name holds 255 bytes; the rest is for pid, chance and suffix
_live: set[str] = set()  # temps of this process: containers give each run the same pid, so a pid is not enough


@contextlib.contextmanager
def atomic_path(final: Path, *, sweep: bool = True) -> Iterator[Path]:
    """Lend a temp path beside `final`; rename it to `final` when the block ends well.

    The temp has the same folder and suffix and a hidden name. On a clean end it is flushed to disk and
    replaces `final` in one step. On any exception, Ctrl-C too, it is removed and `final` stays as it was. A
    `final` that is a symbolic link keeps being one: the file that it points to is replaced.

    Args:
        final: where the file shall be.
        sweep: first remove temps that killed processes left for the same name. It lists the folder, so say
            False for each of the many files of a sequence.

    Raises:
        OutputError: where the folder is missing or cannot be written, `final` is not a plain file, the disk
            is full, or the block wrote nothing.

    """
    final = Path(os.path.realpath(final))  # realpath: Path.resolve raises on a link that points to itself
    with temp_beside(final, sweep=sweep) as temp:
        yield temp
        publish(temp, final)


@contextlib.contextmanager
def temp_beside(final: Path, *, sweep: bool = True) -> Iterator[Path]:
    """Lend a temp path beside `final` and remove it at the end, unless `publish` has taken it.

    For names that are known only when the bytes are, such as those of a content-addressed cache; everything
    else wants `atomic_path`.

    Raises:
        OutputError: as `atomic_path`, except for a block that wrote nothing.

    """
    _check(final)
    if sweep:
        _sweep(final)
    owner = f"{os.getpid()}-{_host()}{secrets.token_hex(4)}"
    temp = final.with_name(f".{_label(final)}.{owner}.part{final.suffix}")
    _live.add(temp.name)
    try:
        yield temp
    except Exception as error:
        # FFmpeg's own errors carry the number too, and not all of them are OSErrors.
        if getattr(error, "errno", None) in _FULL:
            raise OutputError(
                f"disk is full: {final.name} needs more room in {final.parent}; free some or go elsewhere"
            ) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            temp.unlink(missing_ok=True)
        _live.discard(temp.name)


def publish(temp: Path, final: Path) -> None:
    """Flush `temp` to disk and rename it to `final`, in the same folder, in one step.

    Raises:
        OutputError: where there is no temp, or the rename is refused.
        OSError: where the disk is full; `temp_beside` makes an OutputError of it.

    """
    if not temp.exists():
        raise OutputError(f"nothing was written for {final}; the film may have no frames")
    try:
        with temp.open("rb+") as file:
            os.fsync(file.fileno())
        temp.replace(final)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise OutputError(f"{final} could not be finished ({error.strerror}); go elsewhere") from error
    sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk, where the system can do that."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse; the rename itself has happened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check(final: Path) -> None:
    folder = final.parent
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} does not exist; make it or choose another place for {final.name}")
    if final.exists() and not final.is_file():
        raise OutputError(f"{final} is not a file and cannot be replaced; choose another name")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {folder} cannot be written; change its rights or choose another one")


def _label(final: Path) -> str:
    name = final.name
    if len(os.fsencode(name)) <= _MAX_LABEL_BYTES:
        return name
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def _host() -> str:
    # On a shared disk a pid that is dead here may be at work on another machine.
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]


def _sweep(final: Path) -> None:
    pattern = re.compile(
        re.escape(f".{_label(final)}.") + rf"(\d+)-{_host()}[0-9a-f]{{8}}\.part" + re.escape(final.suffix)
    )
    with contextlib.suppress(OSError), os.scandir(final.parent) as entries:
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            if match and entry.name not in _live and not _is_running(int(match[1])):
                Path(entry.path).unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    if pid == os.getpid():
        return False  # the caller has excluded our own live temps
    if os.name == "nt":
        return True  # a signal 0 would end the process there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it runs as somebody else
        return True
    return True
