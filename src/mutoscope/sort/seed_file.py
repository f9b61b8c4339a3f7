"""The seed's classifiers in a file: one network for blur, one for exposure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.models.backbones import load_backbone
from mutoscope.models.state_dict import read_state
from mutoscope.sort.about import read_about, write_sorter
from mutoscope.sort.dataset import Task
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import scaled
from mutoscope.sort.seed_network import CLASSES, LARGEST_PX, SeedNetwork, crops_of

__all__ = ["SEED_KIND", "SeedClassifier", "load_seed", "save_seed"]

SEED_KIND = "mutoscope seed sorter 1"


class SeedClassifier:
    """One network or two, looking at a fixed grid of crops.

    Args:
        networks: by task.
        crop: side of the crops, px.

    """

    def __init__(self, networks: Mapping[Task, SeedNetwork], crop: int) -> None:
        self.networks, self.crop = dict(networks), crop

    def logits(self, x_1CHW: Tensor) -> Tensor:
        """Give log-odds by OUTPUTS of the mean over crops; NaN for what no network was taught."""
        # Differs from the seed, which looks at one random crop of a frame, 2.4 % of it, another one each time.
        crops = crops_of(scaled(x_1CHW, LARGEST_PX), self.crop)
        p = torch.full((len(OUTPUTS),), float("nan"))
        for task, network in self.networks.items():
            p_C = network(crops).softmax(1).mean(0)
            for name, value in zip(CLASSES[task], p_C.unbind(), strict=True):
                if name in OUTPUTS:
                    p[OUTPUTS.index(name)] = value
        return torch.logit(p, eps=1e-6)


def save_seed(
    classifier: SeedClassifier,
    backbone: str,
    path: Path,
    calibration: Mapping[str, tuple[float, float]] | None = None,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Write what was learned: the heads, and backbones that were learned too.

    Raises:
        OutputError: the place cannot be written.

    """
    tensors = {
        f"{task}/{name}": value
        for task, network in classifier.networks.items()
        for name, value in network.state_dict().items()
        if network.get_parameter(name).requires_grad
    }
    about = {
        "kind": SEED_KIND,
        "backbone": backbone,
        "crop": classifier.crop,
        "tasks": {task: CLASSES[task] for task in classifier.networks},
        "calibration": dict(calibration or dict.fromkeys(OUTPUTS, (1.0, 0.0))),
        "record": dict(record or {}),
    }
    write_sorter(tensors, about, path)


def load_seed(
    path: Path, backbone_weights: Path | None = None
) -> tuple[SeedClassifier, dict[str, tuple[float, float]]]:
    """Read what `save_seed` wrote, with its calibration.

    Raises:
        WeightsError: it is missing or damaged, or the backbone's weights are not to be had.

    """
    about, state = read_about(path), read_state(path)
    try:
        calibration = {name: (float(a), float(b)) for name, (a, b) in about["calibration"].items()}
        networks: dict[Task, SeedNetwork] = {}
        for task, classes in about["tasks"].items():
            if tuple(classes) != CLASSES.get(task):
                raise ValueError(f"the classes of {task} are others")
            network = SeedNetwork(load_backbone(about["backbone"], weights=backbone_weights), len(classes))
            learned = {k.removeprefix(f"{task}/"): v for k, v in state.items() if k.startswith(f"{task}/")}
            missing = [k for k in ("hidden.weight", "hidden.bias", "out.weight", "out.bias") if k not in learned]
            if missing:
                raise ValueError(f"{missing[0]} of {task} is missing")
            network.load_state_dict(learned, strict=False)
            networks[task] = network.eval().requires_grad_(False)
        return SeedClassifier(networks, int(about["crop"])), calibration
    except (KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(f"{path} is no whole sorter ({reason}); train it again or give none.") from None
