"""Calls of the Linux kernel that Python does not offer. Nothing here fails where they are missing: it tells."""

import ctypes
import os
import platform
import sys

__all__ = ["IS_LINUX", "drop_capabilities", "no_new_privileges", "prctl", "same_fate", "syscall"]

IS_LINUX = sys.platform.startswith("linux") and platform.machine() in ("x86_64", "aarch64")
"""Whether the numbers of calls in this package hold."""

_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAP_VERSION = 0x20080522
_CAP_DAC_OVERRIDE = 1
_LAST_CAP = 63
_SIGKILL = 9


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *args: object) -> int:
    """Make a call by its number; -1 where it fails, with `ctypes.get_errno()`."""
    return int(_libc().syscall(ctypes.c_long(number), *args))


def prctl(option: int, *values: int | ctypes.Structure) -> int:
    """Set a property of this process; -1 where it fails."""
    given = [ctypes.byref(one) if isinstance(one, ctypes.Structure) else ctypes.c_ulong(one) for one in values]
    padding = [ctypes.c_ulong(0)] * (4 - len(given))
    return int(_libc().prctl(ctypes.c_int(option), *given, *padding))


def same_fate(parent: int) -> None:
    """Die at once (SIGKILL) when the thread that started this process dies.

    Args:
        parent: process that should be alive; where it is not any more, this process ends here.

    """
    if IS_LINUX:
        prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:  # it died before the call
        os._exit(1)


def no_new_privileges() -> bool:
    """Give up gaining rights by set-user-id programs, for good; tell whether that worked."""
    return IS_LINUX and prctl(_PR_SET_NO_NEW_PRIVS, 1) == 0


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities() -> bool:
    """Give up what root may do; tell whether nothing of it is left.

    Reading and writing files of other owners stays: in containers a service's own files often belong to another
    number than it runs under. Landlock says which files those are.
    """
    if not IS_LINUX:
        return False
    for capability in range(_LAST_CAP + 1):
        prctl(_PR_CAPBSET_DROP, capability)  # fails without rights to begin with: then there is nothing to give up
    kept = 1 << _CAP_DAC_OVERRIDE if os.geteuid() == 0 else 0
    header, data = _CapHeader(_CAP_VERSION, 0), (_CapData * 2)(_CapData(kept, kept, 0), _CapData(0, 0, 0))
    number = _CAPSET[platform.machine()]
    if syscall(number, ctypes.byref(header), ctypes.byref(data)) == 0:
        return True
    data[0] = _CapData(0, 0, 0)  # it has not even that
    return syscall(number, ctypes.byref(header), ctypes.byref(data)) == 0
