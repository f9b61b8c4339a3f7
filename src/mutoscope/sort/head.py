"""The small network that turns a picture's numbers into probabilities, and its file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mutoscope.core.errors import WeightsError
from mutoscope.models.state_dict import read_state
from mutoscope.sort.about import read_about, write_sorter
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import DEFAULT_VIEW, View

__all__ = ["HEAD_KIND", "Head", "HeadFile", "load_head", "merged", "new_head", "save_head", "shipped_head"]

HEAD_KIND = "mutoscope sorter 1"
_FARTHEST = 6.0
"""A number that lies farther from the mean, in deviations, says no more than one that lies here."""


class Head(nn.Module):
    """Two layers over standardised numbers; one logit for each of OUTPUTS.

    Args:
        num_features: of a picture.
        width: of the hidden layer.
        dropout: share of hidden units that are silent in training.

    """

    mean_F: Tensor
    scale_F: Tensor

    def __init__(self, num_features: int, width: int = 48, dropout: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("mean_F", torch.zeros(num_features))
        self.register_buffer("scale_F", torch.ones(num_features))
        self.hidden = nn.Linear(num_features, width)
        self.out = nn.Linear(width, len(OUTPUTS))
        self.dropout = dropout

    def forward(self, features_NF: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """Give logits N,5. With a generator, hidden units fall silent by chance, as in training."""
        x_NF = ((features_NF - self.mean_F) * self.scale_F).clamp(-_FARTHEST, _FARTHEST)
        h_NK = torch.relu(self.hidden(x_NF))
        if chance is not None:
            kept = torch.rand(h_NK.shape, generator=chance) >= self.dropout
            h_NK = h_NK * kept / (1 - self.dropout)
        logits: Tensor = self.out(h_NK)
        return logits


@dataclass(frozen=True)
class HeadFile:
    """A trained head, and all that is needed to use it.

    Attributes:
        head: in evaluation mode.
        backbone: by name.
        view: how pictures are looked at.
        calibration: slope and offset of each output's logit (Platt 1999), by name.
        record: of the training: pictures, licences, seed, losses.

    """

    head: Head
    backbone: str
    view: View = DEFAULT_VIEW
    calibration: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict.fromkeys(OUTPUTS, (1.0, 0.0)))
    record: Mapping[str, Any] = field(default_factory=dict)


def new_head(features_NF: Tensor, seed: int, width: int = 48) -> Head:
    """Make a head that knows the spread of its numbers and nothing else."""
    head = Head(features_NF.shape[1], width)
    chance = torch.Generator().manual_seed(seed)
    for layer in (head.hidden, head.out):
        nn.init.normal_(layer.weight, 0, (1 / layer.weight.shape[1]) ** 0.5, generator=chance)
        nn.init.zeros_(layer.bias)
    head.mean_F.copy_(features_NF.mean(0))
    head.scale_F.copy_(1 / features_NF.std(0).clamp_min(1e-4))
    return head


def merged(heads: Sequence[Head]) -> Head:
    """Make one head that gives the mean of the logits of several, which share how they standardise."""
    first = heads[0]
    head = Head(len(first.mean_F), sum(len(one.hidden.bias) for one in heads))
    state = {
        "mean_F": first.mean_F,
        "scale_F": first.scale_F,
        "hidden.weight": torch.cat([one.hidden.weight for one in heads]),
        "hidden.bias": torch.cat([one.hidden.bias for one in heads]),
        "out.weight": torch.cat([one.out.weight for one in heads], 1) / len(heads),
        "out.bias": torch.stack([one.out.bias for one in heads]).mean(0),
    }
    head.load_state_dict(state)
    return head.eval().requires_grad_(False)


def save_head(file: HeadFile, path: Path) -> None:
    """Write a head as safetensors.

    Raises:
        OutputError: the place cannot be written.

    """
    about = {
        "kind": HEAD_KIND,
        "backbone": file.backbone,
        "view": asdict(file.view),
        "outputs": OUTPUTS,
        "calibration": dict(file.calibration),
        "record": dict(file.record),
    }
    write_sorter(file.head.state_dict(), about, path)


def load_head(path: Path) -> HeadFile:
    """Read what `save_head` wrote.

    Raises:
        WeightsError: it is missing, damaged, or holds something else.

    """
    about = read_about(path)
    if about.get("kind") != HEAD_KIND:
        raise WeightsError(
            f"{path} holds no sorter of this kind; give a file that `mutoscope train sorter` made, or none."
        )
    state = read_state(path)
    try:
        view = about["view"]
        calibration = {name: _pair(pair) for name, pair in about["calibration"].items()}
        if tuple(about["outputs"]) != OUTPUTS or set(calibration) != set(OUTPUTS):
            raise ValueError("it has other outputs")
        head = Head(state["hidden.weight"].shape[1], state["hidden.weight"].shape[0])
        head.load_state_dict(state)
        if not all(bool(torch.isfinite(value).all()) for value in state.values()):
            raise ValueError("some of its numbers are not finite")
        return HeadFile(
            head.eval().requires_grad_(False),
            about["backbone"],
            View(tuple(view["layers"]), int(view["long_side_px"])),
            calibration,
            about.get("record", {}),
        )
    except (KeyError, ValueError, TypeError, RuntimeError, IndexError, AttributeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(f"{path} is no whole sorter ({reason}); train it again or give none.") from None


def shipped_head() -> HeadFile:
    """Load the head that comes with the package."""
    with as_file(files("mutoscope.data") / "sorters" / "default.safetensors") as path:
        return load_head(path)


def _pair(values: Sequence[float]) -> tuple[float, float]:
    slope, offset = values
    return float(slope), float(offset)
