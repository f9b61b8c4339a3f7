"""Measure one clip, as a task: its numbers are kept under the digest of its bytes, and taken from there next time."""

import functools
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from mutoscope.core.errors import InputError
from mutoscope.engine.device import torch_threads
from mutoscope.engine.fingerprint import code_digest, versions
from mutoscope.engine.tasks import Desk, Task
from mutoscope.sort.learned import Learned
from mutoscope.sort.model import FrameTable
from mutoscope.sort.pack import measure_clip
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.info import probe

__all__ = ["Measured", "clip_task", "load_measured", "measure"]

_FORMAT = "mutoscope.sort/1"


@dataclass(frozen=True)
class Measured:
    """The numbers of a clip, and what a person should know of them."""

    table: FrameTable
    notices: tuple[str, ...]


def clip_task(path: Path, sha256: str, num_frames: int, *, quick: bool, sorter: Path | None) -> Task:
    """Make the task that measures a clip.

    Args:
        path: of the film.
        sha256: digest of its bytes.
        num_frames: for progress.
        quick: key frames only.
        sorter: a head of one's own, as of `mutoscope train sorter`.

    """
    return Task(
        key=hash_json([_FORMAT, sha256, quick, _learned(sorter).digest, code_digest(), versions()]),
        work="mutoscope.engine.sort_clip:measure",
        spec={"path": str(path), "sha256": sha256, "quick": quick, "sorter": None if sorter is None else str(sorter)},
        size=max(1, num_frames),
        title=f"the numbers of {path.name}",
    )


def measure(task: Task, desk: Desk) -> None:
    """Measure a clip and keep its numbers.

    Raises:
        InputError: nothing of it could be decoded, or it has changed meanwhile.

    """
    path, sorter = Path(task.spec["path"]), task.spec["sorter"]
    notices: list[str] = []
    # One thread: clips are measured beside each other, and sums must not hang on how many there are.
    with torch_threads(1):
        table = measure_clip(
            path,
            probe(path),
            quick=task.spec["quick"],
            learned=_learned(None if sorter is None else Path(sorter)).classify,
            report=lambda progress: desk.tick(progress.done),
            notices=notices,
        )
    if hash_file(path) != task.spec["sha256"]:
        raise InputError(f"{path} has changed while it was measured; run again.")
    desk.store.keep(task.key, functools.partial(_save, Measured(table, tuple(dict.fromkeys(notices)))), ".npz")


def load_measured(path: Path) -> Measured:
    """Read what `measure` kept."""
    with np.load(path, allow_pickle=False) as arrays:
        told = json.loads(str(arrays["told"]))
        columns = {name.removeprefix("c_"): arrays[name] for name in arrays.files if name.startswith("c_")}
        table = FrameTable(
            arrays["pts"], Fraction(told["time_base"]), columns, tuple(told["cuts"]), tuple(told["signatures"])
        )
    return Measured(table, tuple(told["notices"]))


def _save(measured: Measured, path: Path) -> None:
    table = measured.table
    told = {
        "time_base": str(table.time_base),
        "cuts": list(table.cuts),
        "signatures": [int(one) for one in table.signatures],
        "notices": list(measured.notices),
    }
    columns = {f"c_{name}": column for name, column in table.columns.items()}
    with path.open("wb") as file:
        np.savez_compressed(file, pts=table.pts_T, told=np.array(json.dumps(told)), **columns)  # type: ignore[arg-type] # the stub takes the names for options


@functools.lru_cache(maxsize=2)
def _learned(sorter: Path | None) -> Learned:
    return Learned.load(sorter)
