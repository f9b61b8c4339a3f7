"""Seccomp: calls of the kernel that neither a decoder nor a job has any business with are answered with EPERM."""

import ctypes
import errno
import os
import platform
from collections.abc import Sequence

from mutoscope.service.sandbox.kernel import IS_LINUX, prctl

__all__ = ["can_filter_calls", "filter_calls"]

_NUMBERS_X86_64 = """
ptrace 101 process_vm_readv 310 process_vm_writev 311 process_madvise 440 pidfd_getfd 438 kcmp 312 mount 165 umount2 166
move_mount 429 open_tree 428 fsopen 430 fsmount 432 fsconfig 431 fspick 433 mount_setattr 442 pivot_root 155 chroot 161
unshare 272 setns 308 keyctl 250 add_key 248 request_key 249 bpf 321 perf_event_open 298 io_uring_setup 425
io_uring_enter 426 io_uring_register 427 userfaultfd 323 init_module 175 finit_module 313 delete_module 176
kexec_load 246 kexec_file_load 320 reboot 169 swapon 167 swapoff 168 acct 163 quotactl 179 quotactl_fd 443
settimeofday 164 clock_settime 227 clock_adjtime 305 adjtimex 159 sethostname 170 setdomainname 171 iopl 172 ioperm 173
modify_ldt 154 uselib 134 open_by_handle_at 304 name_to_handle_at 303 syslog 103 nfsservctl 180 lookup_dcookie 212
vhangup 153 fanotify_init 300 mknod 133 mknodat 259
"""
_NUMBERS_AARCH64 = """
ptrace 117 process_vm_readv 270 process_vm_writev 271 process_madvise 440 pidfd_getfd 438 kcmp 272 mount 40 umount2 39
move_mount 429 open_tree 428 fsopen 430 fsmount 432 fsconfig 431 fspick 433 mount_setattr 442 pivot_root 41 chroot 51
unshare 97 setns 268 keyctl 219 add_key 217 request_key 218 bpf 280 perf_event_open 241 io_uring_setup 425
io_uring_enter 426 io_uring_register 427 userfaultfd 282 init_module 105 finit_module 273 delete_module 106
kexec_load 104 kexec_file_load 294 reboot 142 swapon 224 swapoff 225 acct 89 quotactl 60 quotactl_fd 443
settimeofday 170 clock_settime 112 clock_adjtime 266 adjtimex 171 sethostname 161 setdomainname 162
open_by_handle_at 265 name_to_handle_at 264 syslog 116 nfsservctl 42 lookup_dcookie 18 vhangup 58 fanotify_init 262
mknodat 33
"""
_NETWORK = {
    "x86_64": "socket 41 connect 42 bind 49 listen 50 accept 43 accept4 288",
    "aarch64": "socket 198 connect 203 bind 200 listen 201 accept 202 accept4 242",
}
_PROCESSES = {
    # Changing rights and owners is not Landlock's: without these, a file elsewhere could be opened to others.
    "x86_64": """execve 59 execveat 322 fork 57 vfork 58 pidfd_send_signal 424 tkill 200 chmod 90 fchmodat 268
        fchmodat2 452 chown 92 lchown 94 fchownat 260 setxattr 188 lsetxattr 189 removexattr 197 lremovexattr 198""",
    "aarch64": """execve 221 execveat 281 pidfd_send_signal 424 tkill 130 fchmodat 53 fchmodat2 452 fchownat 54
        setxattr 5 lsetxattr 6 removexattr 14 lremovexattr 15""",
}
_ALWAYS = {"x86_64": _NUMBERS_X86_64, "aarch64": _NUMBERS_AARCH64}
_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Calls that are looked at more closely: clone, clone3, socketpair, kill, tgkill, ioctl.
_CLOSER = {"x86_64": (56, 435, 53, 62, 234, 16), "aarch64": (220, 435, 199, 129, 131, 29)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _ANSWER = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_AT_NUMBER, _AT_MACHINE = 0, 4
_FIRST, _SECOND = 16, 24
"""Where the lower half of an argument lies (both machines keep it first)."""
_X32 = 0x40000000
_THREAD, _NAMESPACES = 0x00010000, 0x7E020080
_UNIX, _STREAM, _PACKETS, _KIND = 1, 1, 5, 0xF
_TYPE_AHEAD = 0x5412  # TIOCSTI

_SET_SECCOMP, _BY_FILTER = 22, 2

_Step = tuple[int, int, int, int]


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Instruction)))


def can_filter_calls() -> bool:
    """Tell whether the kernel does it."""
    # A filter at address 0 is refused as such (EFAULT) only by a kernel that knows filters.
    return IS_LINUX and prctl(_SET_SECCOMP, _BY_FILTER, 0) != 0 and ctypes.get_errno() == errno.EFAULT


def filter_calls(*, network: bool, processes: bool) -> bool:
    """Shut what is not needed, for good, here and in all that is started. Needs `no_new_privileges` before.

    Args:
        network: whether sockets may be made; pairs of sockets within one program always may.
        processes: whether programs and processes may be started, and others' rights and signals be touched.

    Returns:
        whether the kernel does it.

    """
    if not IS_LINUX:
        return False
    steps = _steps(platform.machine(), network=network, processes=processes)
    array = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    return prctl(_SET_SECCOMP, _BY_FILTER, _Program(len(steps), array)) == 0


def _steps(machine: str, *, network: bool, processes: bool) -> list[_Step]:
    refused = _numbers(_ALWAYS[machine])
    if not network:
        refused += _numbers(_NETWORK[machine])
    if not processes:
        refused += _numbers(_PROCESSES[machine])
    clone, clone3, pair, kill, thread_kill, ioctl = _CLOSER[machine]
    steps: list[_Step] = [
        (_LOAD, 0, 0, _AT_MACHINE),
        (_EQUAL, 1, 0, _MACHINE[machine]),
        _no(errno.ENOSYS),  # calls of a 32-bit program have other numbers
        (_LOAD, 0, 0, _AT_NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _no(errno.ENOSYS),
    ]
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), _no(errno.EPERM)]
    # Its flags lie in memory, which no filter reads; libraries fall back to clone.
    steps += [(_EQUAL, 0, 1, clone3), _no(errno.ENOSYS)]
    steps += _look(ioctl, _SECOND, [(_EQUAL, 0, 1, _TYPE_AHEAD), _no(errno.EPERM), _yes()])
    if processes:
        steps += _look(clone, _FIRST, [(_ANY_BIT, 0, 1, _NAMESPACES), _no(errno.EPERM), _yes()])
    else:
        steps += _look(clone, _FIRST, [(_ANY_BIT, 1, 0, _THREAD), _no(errno.EPERM), _yes()])
        for number in (kill, thread_kill):
            steps += _look(number, _FIRST, [(_EQUAL, 1, 0, os.getpid()), _no(errno.EPERM), _yes()])
    if not network:
        # A pair for single messages could be sent on to somebody else's address.
        kinds = [(_AND, 0, 0, _KIND), (_EQUAL, 2, 0, _STREAM), (_EQUAL, 1, 0, _PACKETS), _no(errno.EPERM), _yes()]
        steps += _look(pair, _FIRST, [(_EQUAL, 1, 0, _UNIX), _no(errno.EPERM), (_LOAD, 0, 0, _SECOND), *kinds])
    return [*steps, _yes()]


def _numbers(table: str) -> list[int]:
    return [int(word) for word in table.split() if word.isdigit()]


def _look(number: int, at: int, steps: Sequence[_Step]) -> list[_Step]:
    """Look at an argument of one call; other calls go past all of it."""
    return [(_EQUAL, 0, len(steps) + 1, number), (_LOAD, 0, 0, at), *steps]


def _yes() -> _Step:
    return (_ANSWER, 0, 0, _ALLOW)


def _no(number: int) -> _Step:
    return (_ANSWER, 0, 0, _ERRNO | number)
