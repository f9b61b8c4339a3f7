"""The state of a training on disk: whole or not there, and of this training or set aside."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import mutoscope
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.phases import Phase
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.training import Training, part_of
from mutoscope.autoencode.watch import Watch
from mutoscope.core.errors import WeightsError
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.hashing import hash_json

__all__ = ["Kept", "load_kept", "print_of", "save_kept"]

_MOST_ROWS = 800
"""The header of a file has room for so many; then every second one is left out."""

_FREE = {"minutes", "steps", "epochs", "dream", "device", "devices", "threads"}
"""What may change from one sitting to the next: a longer time is no other training."""


@dataclass
class Kept:
    """What a training remembers beside its tensors.

    Attributes:
        spent: seconds.
        phase: in which it is.
        steps: of each phase.
        rows: what was seen at each look.

    """

    spent: float = 0.0
    phase: Phase | None = None
    steps: dict[str, int] = field(default_factory=dict)
    rows: list[dict[str, float]] = field(default_factory=list)

    def add_row(self, row: Mapping[str, float]) -> None:
        """Remember one more look."""
        self.rows.append(dict(row))
        if len(self.rows) > _MOST_ROWS:
            self.rows = self.rows[::2]


def print_of(store: FrameStore, params: TrainAutoencoderParams) -> str:
    """Digest what makes two trainings the same one."""
    films = [film.model_dump(mode="json") for film in store.films]
    frames = [len(store), store.width, store.height, store.pts_N.tolist(), store.shot_N.tolist()]
    return hash_json([films, frames, params.model_dump(mode="json", exclude=_FREE), mutoscope.__version__])


def save_kept(path: Path, kept: Kept, training: Training, watch: Watch, print_: str) -> None:
    """Write everything that the next step needs, in one file.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.

    """
    tensors = {f"training/{name}": value for name, value in training.state().items()}
    tensors |= {f"before/{name}": value for name, value in watch.kept_before.items()}
    tensors |= {f"best/{name}": value for name, value in watch.kept_best.items()}
    about = {"print": print_, "kept": json.dumps(asdict(kept)), "watch": json.dumps(watch.numbers())}
    with atomic_path(path) as temp:
        save_tensors(tensors, temp, about)


def load_kept(path: Path, training: Training, watch: Watch, print_: str) -> Kept | str:
    """Go on from a checkpoint.

    Returns:
        what the training remembers; or, where it must begin anew, why; empty without a checkpoint.

    """
    if not path.is_file():
        return ""
    try:
        about = read_metadata(path)
    except WeightsError:
        return _aside(path, "broken", "the checkpoint of an earlier training is broken")
    if about.get("print") != print_:
        name = about.get("print", "unknown")[:8]
        return _aside(path, name, "an earlier training in this folder had other parameters or films")
    tensors = load_tensors(path)
    device = training.fabric.device
    training.restore({name: value.to(device) for name, value in part_of(tensors, "training").items()})
    watch.recall(json.loads(about["watch"]))
    watch.kept_before = {name: value.to(device) for name, value in part_of(tensors, "before").items()}
    watch.kept_best = {name: value.to(device) for name, value in part_of(tensors, "best").items()}
    return Kept(**json.loads(about["kept"]))


def _aside(path: Path, name: str, why: str) -> str:
    aside = path.with_name(f"before-{name}.safetensors")
    path.replace(aside)
    return f"{why}; it was moved to {aside} and this one began anew."
