"""What the processor can do."""

import functools
import platform
import sys
from pathlib import Path

__all__ = ["cpu_features", "processor_name"]

_FEATURES = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "bf16", "i8mm")


@functools.cache
def cpu_features() -> tuple[str, ...]:
    """Name the features that decide about speed; none where the system does not tell."""
    flags = _field("flags", "features").split()
    return tuple(feature for feature in _FEATURES if feature in flags)


@functools.cache
def processor_name() -> str:
    """Name the model of the processor."""
    return _field("model name") or platform.processor() or platform.machine()


def _field(*names: str) -> str:
    if sys.platform != "linux":
        return ""
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    line = next((line for line in lines if line.lower().startswith(names)), "")
    return line.partition(":")[2].strip()
