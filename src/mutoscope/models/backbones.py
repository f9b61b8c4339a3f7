"""Backbones by name."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.core.progress import Listener, ignore
from mutoscope.models.backbone import Backbone
from mutoscope.models.efficientnet_lite import EfficientNetLite0
from mutoscope.models.resnet import ResNet18, ResNeXt50
from mutoscope.models.tiny import Tiny
from mutoscope.models.vgg import VGG19
from mutoscope.models.weights import locate, read_state

__all__ = ["BACKBONES", "Backbone", "load_backbone"]

BACKBONES: dict[str, Callable[[], Backbone]] = {
    "efficientnet_lite0": EfficientNetLite0,
    "vgg19": VGG19,
    "resnet18": ResNet18,
    "resnext50_32x4d": ResNeXt50,
    "tiny": Tiny,
}


def load_backbone(
    name: str,
    *,
    weights: Path | None = None,
    device: str = "cpu",
    random_seed: int | None = None,
    report: Listener = ignore,
) -> Backbone:
    """Make a backbone with its weights, frozen.

    Args:
        name: a key of `BACKBONES`.
        weights: file to take instead of the embedded, cached or official one.
        device: torch device.
        random_seed: fill with seeded noise instead of weights (benchmarks: the cost is the same).
        report: takes the progress of a download.

    Raises:
        ParameterError: there is no such backbone.
        WeightsError: the weights are not to be had, or are not the expected ones.
    """
    if name not in BACKBONES:
        raise ParameterError(f"there is no backbone {name!r}; there are: {', '.join(BACKBONES)}.")
    backbone = BACKBONES[name]()
    if random_seed is not None or name == "tiny":
        _fill_with_noise(backbone, random_seed or 0)
    else:
        path = locate(name, weights, report)
        _fill_from_state(backbone, read_state(path), path)
    return backbone.freeze().to(device)


def _fill_from_state(backbone: Backbone, state: dict[str, Tensor], path: Path) -> None:
    try:
        if isinstance(backbone, EfficientNetLite0):
            backbone.load_package_state(state)
        elif isinstance(backbone, VGG19):
            backbone.load_torchvision_state(state)
        else:
            backbone.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise WeightsError(f"{path} does not hold weights of {backbone.name}: {reason}") from None


def _fill_with_noise(backbone: nn.Module, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in backbone.named_parameters():
        if parameter.ndim > 1:
            # Kaiming (He et al. 2015), but with a generator of our own: no global seed is touched.
            spread = (2 / parameter[0].numel()) ** 0.5
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * spread)
        elif name.endswith("bias"):
            parameter.data.zero_()
