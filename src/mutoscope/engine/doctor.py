"""What this machine has, and what about it should be mended."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version

import mutoscope
from mutoscope.core.machine import cpu_features
from mutoscope.filters.runtime_table import choose, stored
from mutoscope.models.weights import state
from mutoscope.storage.cache import Cache
from mutoscope.video.ffmpeg import known_bad, version_in_use

__all__ = ["Finding", "examine"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, how it is, and what is wrong with it, if anything."""

    what: str
    state: str
    problem: str | None = None


def examine() -> list[Finding]:
    """Look at versions, FFmpeg, processor, GPU, weights and the cache folder."""
    import torch

    packages = (
        "torch",
        "av",
        "numpy",
        "opencv-python-headless",
        "pillow",
        "pydantic",
        "scenedetect-headless",
        "onnxruntime",
        "openvino",
    )
    ffmpeg = version_in_use()
    cuda = torch.cuda.is_available()
    return [
        Finding("mutoscope", mutoscope.__version__),
        Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *(Finding(name, version(name)) for name in packages),
        Finding("FFmpeg in use", f"{ffmpeg.text}, not a known-bad one", known_bad(ffmpeg)),
        Finding("processor", f"{os.cpu_count()} cores, torch uses {torch.get_num_threads()}"),
        Finding("filters are played by", _runtime()),
        Finding("CPU features", " ".join(cpu_features()) or "unknown"),
        Finding("GPU", torch.cuda.get_device_name(0) if cuda else "none; work is done on the CPU"),
        *(Finding(f"weights {name}", text) for name, text in state().items()),
        _cache_finding(),
    ]


def _runtime() -> str:
    said = " ".join(choose())
    return f"{said}, measured here" if stored() else f"{said}, by CPU feature; 'mutoscope doctor --tune' measures it"


def _cache_finding() -> Finding:
    root = Cache().root
    nearest = next(p for p in (root, *root.parents) if p.exists())
    if os.access(nearest, os.W_OK):
        return Finding("cache folder", str(root))
    problem = f"{root} cannot be written; set MUTOSCOPE_CACHE to a folder that can"
    return Finding("cache folder", str(root), problem)
