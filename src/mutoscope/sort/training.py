"""A training of a classifier, epoch by epoch: best checkpoint, early stop, log, and going on after a kill."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.models.metadata import read_metadata
from mutoscope.models.state_dict import read_state
from mutoscope.models.tensors import save_tensors
from mutoscope.storage.atomic import atomic_path

__all__ = ["CHECKPOINT", "LOG", "Fitted", "Row", "Trainable", "fit"]

CHECKPOINT = "state.safetensors"
LOG = "log.csv"
Row = dict[str, float]


class Trainable(Protocol):
    """Something that learns in epochs."""

    def epoch(self, number: int) -> float:
        """Learn from every example once; give the mean loss. All chance follows from a seed and the number."""
        ...

    def judge(self) -> tuple[float, float]:
        """Give loss and accuracy (0..1) on the pictures that nothing is learned from."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Give everything that the next epoch needs; names of what is kept of the best begin with "net/"."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state; one with "net/" names alone sets what is kept of the best."""
        ...


@dataclass
class Fitted:
    """How a training went.

    Attributes:
        rows: per epoch: number, loss, loss and accuracy on pictures not learned from.
        best: number of the best epoch.
        stopped_early: nothing became better any more.
        notices: what the person should know.

    """

    rows: list[Row] = field(default_factory=list)
    best: int = -1
    stopped_early: bool = False
    notices: list[str] = field(default_factory=list)

    @property
    def best_loss(self) -> float:
        """Least loss on pictures not learned from."""
        return min((row["validation_loss"] for row in self.rows), default=float("inf"))


def fit(model: Trainable, folder: Path, identity: str, epochs: int, patience: int, report: Listener = ignore) -> Fitted:
    """Train until nothing becomes better, and leave the model at its best epoch.

    Args:
        model: what learns.
        folder: for checkpoint and log; a training of the same identity goes on there.
        identity: digest of data and parameters; another one begins anew and moves the old checkpoint aside.
        epochs: at most.
        patience: epochs without a better one after which it ends.
        report: takes progress.

    Raises:
        OutputError: the folder cannot be written.
        WeightsError: the training has gone astray: its loss is not finite.

    """
    fitted, best = _resume(model, folder, identity)
    while len(fitted.rows) < epochs and not _is_over(fitted, patience):
        number = len(fitted.rows)
        loss = model.epoch(number)
        validation_loss, accuracy = model.judge()
        if not torch.isfinite(torch.tensor([loss, validation_loss])).all():
            raise WeightsError(
                f"the training went astray in epoch {number}: its loss is not finite. "
                f"What was kept before is in {folder}; train again with a smaller -o rate."
            )
        is_better = validation_loss < fitted.best_loss
        fitted.rows.append(
            {"epoch": number, "loss": loss, "validation_loss": validation_loss, "validation_accuracy": accuracy}
        )
        if is_better or not best:
            fitted.best = number
            best = {k: v.detach().clone() for k, v in model.state().items() if k.startswith("net/")}
        _keep(model, folder, identity, fitted, best)
        report(Progress("train", number + 1, epochs, "epochs"))
    fitted.stopped_early = len(fitted.rows) < epochs
    model.restore(best)
    return fitted


def _is_over(fitted: Fitted, patience: int) -> bool:
    return len(fitted.rows) - 1 - fitted.best >= patience and fitted.best >= 0


def _keep(model: Trainable, folder: Path, identity: str, fitted: Fitted, best: Mapping[str, Tensor]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(fitted.rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in fitted.rows)
    with atomic_path(folder / LOG) as temp:
        temp.write_text(text.getvalue(), encoding="utf-8")
    about = {"identity": identity, "rows": json.dumps(fitted.rows), "best": str(fitted.best)}
    with atomic_path(folder / CHECKPOINT) as temp:
        save_tensors({**model.state(), **{f"best/{k}": v for k, v in best.items()}}, temp, about)


def _resume(model: Trainable, folder: Path, identity: str) -> tuple[Fitted, dict[str, Tensor]]:
    path = folder / CHECKPOINT
    if not path.is_file():
        return Fitted(), {}
    try:
        about = read_metadata(path)
        if about.get("identity") == identity:
            tensors = read_state(path)
            fitted = Fitted(json.loads(about["rows"]), int(about["best"]))
            model.restore({k: v for k, v in tensors.items() if not k.startswith("best/")})
            return fitted, {k.removeprefix("best/"): v for k, v in tensors.items() if k.startswith("best/")}
        reason = "had other pictures or parameters"
    except (WeightsError, KeyError, ValueError) as error:
        about, reason = {}, f"is damaged ({' '.join(str(error).split())[:80]})"
    aside = path.with_name(f"before-{about.get('identity', 'unknown')[:8]}.safetensors")
    path.replace(aside)
    return Fitted(notices=[f"an earlier training in {folder} {reason}; it was moved to {aside.name}."]), {}
