"""Landlock: this process, and all that it starts, reaches only the files it was given (Linux 5.13 and later)."""

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from mutoscope.service.sandbox.kernel import IS_LINUX, syscall

__all__ = ["landlock_version", "restrict_files"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every machine
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_SPECIAL = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12  # devices, sockets, pipes, symbolic links
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights of files each version knows; 16 from version 5 on."""
_TCP = 0b11
_SCOPES = 0b11  # abstract sockets of others, signals to others


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("fd", ctypes.c_int32))


def landlock_version() -> int:
    """Give the version that the kernel speaks; 0 where it does not."""
    if not IS_LINUX:
        return 0
    return max(0, syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))


def restrict_files(
    reads: Iterable[Path], writes: Iterable[Path], devices: Iterable[Path] = (), *, network: bool, executes: bool
) -> bool:
    """Leave this process only these files and folders, for good. Needs `no_new_privileges` before.

    Args:
        reads: may be read, with all that is in them; what is missing is left out.
        writes: may be read and changed.
        devices: may be read, written and asked for more by ioctl.
        network: whether TCP stays open.
        executes: whether programs under `reads` may be started.

    Returns:
        whether the kernel does it.

    """
    version = landlock_version()
    if version == 0:
        return False
    handled = (1 << _BITS.get(version, 16)) - 1
    rules = _Ruleset(handled, 0 if network or version < 4 else _TCP, 0 if network or version < 6 else _SCOPES)
    size = ctypes.sizeof(rules) if version >= 6 else 16 if version >= 4 else 8
    ruleset = syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    reading = _READ_FILE | _READ_DIR | (_EXECUTE if executes else 0)
    changing = handled & ~(_MAKE_SPECIAL | _IOCTL | (0 if executes else _EXECUTE))
    try:
        for paths, rights in ((reads, reading), (writes, changing), (devices, reading | _WRITE_FILE | _IOCTL)):
            for path in paths:
                _allow(ruleset, path, rights & handled)
        return syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    with contextlib.suppress(OSError):  # what is not there cannot be reached anyway
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(fd).st_mode):
                rights &= _FILE_RIGHTS
            rule = _Beneath(rights, fd)
            syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
        finally:
            os.close(fd)
