"""Which runtime plays a network on this machine: by processor feature, or as `doctor --tune` has measured. Torch-free.

Never chosen by a race at the start of a run: the same machine must give the same bytes.
"""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from mutoscope.core.machine import cpu_features, processor_name
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import cache_folder, make_folder

__all__ = ["RUNTIMES", "Choice", "Precision", "Runtime", "choose", "frames_per_second", "store", "stored"]

Runtime = Literal["openvino", "onnxruntime", "torch"]
Precision = Literal["float32", "bfloat16"]

_FILE = "runtimes.json"


class Choice(NamedTuple):
    """A runtime and the precision of its arithmetic."""

    runtime: Runtime
    precision: Precision


RUNTIMES: tuple[Choice, ...] = (
    Choice("openvino", "bfloat16"),
    Choice("openvino", "float32"),
    Choice("onnxruntime", "float32"),
    Choice("torch", "bfloat16"),
    Choice("torch", "float32"),
)


def choose(device: str = "cpu") -> Choice:
    """Say what plays a network here: the measured choice of this processor, else what its features suggest."""
    if device != "cpu":
        return Choice("torch", "bfloat16")
    return stored() or _by_features(cpu_features())


def _by_features(features: tuple[str, ...]) -> Choice:
    if {"avx512_bf16", "amx_bf16"} & set(features):
        return Choice("openvino", "bfloat16")  # twice as fast as float32 there; elsewhere it is emulated
    return Choice("openvino", "float32")


def stored() -> Choice | None:
    """Read what `doctor --tune` has found on this processor; None where it has not run."""
    try:
        table = json.loads(_path().read_text(encoding="utf-8"))
        runtime, precision = table[_key()]["runtime"], table[_key()]["precision"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if runtime not in get_args(Runtime) or precision not in get_args(Precision):
        return None
    return Choice(runtime, precision)


def frames_per_second() -> float | None:
    """Say how many frames of 640x360 a second the network makes, as `doctor --tune` has measured it here."""
    choice = stored()
    if choice is None:
        return None
    try:
        table = json.loads(_path().read_text(encoding="utf-8"))
        return 1000 / float(table[_key()]["milliseconds"][" ".join(choice)])
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None


def store(choice: Choice, milliseconds: Mapping[str, float]) -> Path:
    """Keep what was found on this processor, beside what was found on others.

    Raises:
        OutputError: the cache folder cannot be written.

    """
    path = _path()
    make_folder(path.parent)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        table = {}
    if not isinstance(table, dict):
        table = {}
    table[_key()] = {**choice._asdict(), "milliseconds": dict(milliseconds)}
    with atomic_path(path) as temp:
        temp.write_text(json.dumps(table, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _path() -> Path:
    return cache_folder() / _FILE


def _key() -> str:
    # A cache folder may be shared by machines.
    return " ".join([platform.machine(), processor_name(), *cpu_features()])
