"""What a process that meets strangers' bytes may do: read and write a few folders, no network, bounded memory."""

import os
import resource
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import mutoscope
from mutoscope.service.sandbox.kernel import IS_LINUX, drop_capabilities, no_new_privileges
from mutoscope.service.sandbox.landlock import landlock_version, restrict_files
from mutoscope.service.sandbox.seccomp import can_filter_calls, filter_calls

__all__ = ["Jail", "capabilities"]

_SYSTEM = """
/usr /lib /lib64 /bin /etc/ssl /etc/pki /etc/ca-certificates /etc/localtime /etc/fonts /etc/ld.so.cache
/etc/ld.so.conf /etc/ld.so.conf.d /etc/mime.types /proc/self /proc/cpuinfo /proc/meminfo /proc/stat /proc/sys/vm
/proc/filesystems /sys/devices/system /sys/fs/cgroup /dev/urandom /dev/random /dev/zero
"""
"""What Python and the libraries read of a machine; nothing that tells of its people."""
_NETWORK = (
    "/etc/resolv.conf /etc/hosts /etc/nsswitch.conf /etc/host.conf /etc/gai.conf /etc/services /run/systemd/resolve"
)
_ACCELERATOR_READS = "/sys /proc/driver /proc/devices /opt/rocm"


@dataclass(frozen=True)
class Jail:
    """Bounds of one process. Each holds where the system can hold it; `capabilities` tells which do.

    Attributes:
        reads: files and folders that may be read, besides Python, its packages and the system's libraries.
        writes: files and folders that may be changed; a private folder for what is temporary comes by itself.
        network: whether it may make sockets.
        memory_bytes: address space beyond what the process has at the start; 0: no bound.
        cpu_seconds: of computing, all threads together; 0: no bound.
        file_bytes: longest file that it may write; 0: no bound.
        open_files: files open at once; 0: as many as this system allows.
        processes: whether it may start programs and processes of its own; they lie under the same bounds.
        accelerator: whether it may use the machine's accelerator.
        cores: processors that it may use; decoders want memory for each. 0: all.

    """

    reads: Sequence[Path] = ()
    writes: Sequence[Path] = ()
    network: bool = False
    memory_bytes: int = 0
    cpu_seconds: int = 0
    file_bytes: int = 0
    open_files: int = 0
    processes: bool = False
    accelerator: bool = False
    cores: int = 0

    def as_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {**asdict(self), "reads": [str(one) for one in self.reads], "writes": [str(one) for one in self.writes]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave."""
        paths = {name: tuple(Path(one) for one in plain[name]) for name in ("reads", "writes")}
        return cls(**{**plain, **paths})

    def close_in(self) -> list[str]:
        """Close this process in, for good. Called before it has threads.

        Returns:
            what does not hold on this system, in words.

        """
        lacking = _limit(self)
        if not no_new_privileges():
            return [*lacking, "no bounds of files and calls: this system is not Linux on x86_64 or aarch64"]
        drop_capabilities()
        reads, devices = self.places(), [Path("/dev/null")]
        if self.accelerator:
            devices += [*Path("/dev").glob("nvidia*"), Path("/dev/dri"), Path("/dev/kfd"), Path("/dev/shm")]  # noqa: S108
        if not restrict_files(reads, self.writes, devices, network=self.network, executes=self.processes):
            lacking.append("files are not bounded: the kernel has no Landlock")
        if not filter_calls(network=self.network, processes=self.processes):
            lacking.append("the network and calls of the kernel are not bounded: it has no seccomp")
        return lacking

    def places(self) -> list[Path]:
        """Name all that may be read: what was given, Python, and the system's libraries."""
        found = [*_python(), *_listed(_SYSTEM), *self.reads]
        if self.network:
            found += _listed(_NETWORK)
        if self.accelerator:
            found += _listed(_ACCELERATOR_READS)
        return found


def capabilities() -> dict[str, str]:
    """Tell which bounds this system can hold; for `serve --check` and the log."""
    version = landlock_version()
    return {
        "files": f"Landlock {version}" if version else "not bounded: no Landlock",
        "network": "seccomp" if can_filter_calls() else "not bounded: no seccomp",
        "memory": "rlimits" if IS_LINUX else "not bounded",
    }


def _limit(jail: Jail) -> list[str]:
    """Set the bounds that every Unix knows."""
    if jail.cores and IS_LINUX:
        here = sorted(os.sched_getaffinity(0))
        first = os.getpid() % len(here)  # others begin elsewhere
        os.sched_setaffinity(0, (here[first:] + here[:first])[: jail.cores])
    wanted = {resource.RLIMIT_CORE: 0}
    if jail.memory_bytes and IS_LINUX:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + jail.memory_bytes
    if jail.cpu_seconds:
        wanted[resource.RLIMIT_CPU] = jail.cpu_seconds
    if jail.file_bytes:
        wanted[resource.RLIMIT_FSIZE] = jail.file_bytes
    if jail.open_files:
        wanted[resource.RLIMIT_NOFILE] = jail.open_files
    lacking = []
    for kind, value in wanted.items():
        most = resource.getrlimit(kind)[1]
        bound = value if most == resource.RLIM_INFINITY else min(value, most)
        # Who goes on after the signal at the end of its time is killed a second later.
        grace = int(kind == resource.RLIMIT_CPU and bound != most)
        try:
            resource.setrlimit(kind, (bound, bound + grace))
        except (ValueError, OSError):
            lacking.append(f"bound {kind} of resources was not accepted")
    return lacking


def _listed(names: str) -> list[Path]:
    return [Path(name) for name in names.split()]


def _python() -> list[Path]:
    """Name where Python and what is installed lie."""
    places = {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path}
    places.add(str(Path(mutoscope.__file__).parent))
    return [Path(place) for place in sorted(places) if place and place != "/"]
