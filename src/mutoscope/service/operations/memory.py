"""How much memory this process and its children use. Linux tells; elsewhere it is 0."""

import os
from pathlib import Path

__all__ = ["available_memory", "rss_of_children", "rss_of_server"]

_PROC = Path("/proc")
_PARENT = 1  # place of the parent's number in /proc/PID/stat, after the name in brackets


def rss_of_server() -> int:
    """Give the resident memory of this process in bytes."""
    return _rss(os.getpid())


def rss_of_children() -> int:
    """Give the resident memory of all processes below this one in bytes; what they share counts for each."""
    parents: dict[int, list[int]] = {}
    for entry in _PROC.glob("[0-9]*/stat"):
        try:
            told = entry.read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended in between
            continue
        parent = int(told.rpartition(")")[2].split()[_PARENT])
        parents.setdefault(parent, []).append(int(entry.parent.name))
    total, waiting = 0, list(parents.get(os.getpid(), ()))
    while waiting:
        pid = waiting.pop()
        total += _rss(pid)
        waiting += parents.get(pid, ())
    return total


def available_memory() -> int | None:
    """Give the memory that is free for new work in bytes, or None where the system does not tell."""
    try:
        lines = (_PROC / "meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    told = found.get("MemAvailable", "").split()
    return int(told[0]) * 1024 if told else None


def _rss(pid: int) -> int:
    try:
        told = (_PROC / str(pid) / "statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(told[1]) * os.sysconf("SC_PAGE_SIZE")
