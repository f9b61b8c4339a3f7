"""Backbones by name."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.core.progress import Listener, ignore
from mutoscope.models.backbone import Backbone
from mutoscope.models.efficientnet_lite import EfficientNetLite0
from mutoscope.models.memory import keep_freed_memory
from mutoscope.models.resnet import ResNet18, ResNeXt50
from mutoscope.models.squeezenet import SqueezeNet
from mutoscope.models.state_dict import read_state
from mutoscope.models.tiny import Tiny
from mutoscope.models.vgg import VGG19, Pooling
from mutoscope.models.weights import locate

__all__ = ["BACKBONES", "Backbone", "load_backbone"]

BACKBONES: dict[str, Callable[[], Backbone]] = {
    "efficientnet_lite0": EfficientNetLite0,
    "squeezenet1_1": SqueezeNet,
    "vgg19": VGG19,
    "resnet18": ResNet18,
    "resnext50_32x4d": ResNeXt50,
    "tiny": Tiny,
}


def load_backbone(
    name: str,
    *,
    weights: Path | None = None,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
    channels_last: bool = True,
    pooling: Pooling = "max",
    random_seed: int | None = None,
    report: Listener = ignore,
) -> Backbone:
    """Make a backbone with its weights, frozen. On a CPU the process keeps freed memory from then on.

    Args:
        name: a key of `BACKBONES`.
        weights: file to take instead of the embedded, cached or official one.
        device: torch device.
        dtype: precision of the arithmetic inside; features are float32 always.
        channels_last: memory layout of the arithmetic.
        pooling: of VGG19 only.
        random_seed: fill with seeded noise instead of weights (benchmarks: the cost is the same).
        report: takes the progress of a download.

    Raises:
        ParameterError: there is no such backbone, or it has no such option.
        WeightsError: the weights are not to be had, or are not the expected ones.

    """
    if name not in BACKBONES:
        raise ParameterError(f"there is no backbone {name!r}; there are: {', '.join(BACKBONES)}.")
    if pooling != "max" and name != "vgg19":
        raise ParameterError(f"{name} has no choice of pooling; only vgg19 has.")
    if weights is not None and name == "tiny":
        raise ParameterError("tiny takes no weights file; it is made of seeded noise, for tests.")
    if torch.device(device).type == "cpu":
        keep_freed_memory()
    # Without storage: to fill 144 million values by chance takes seconds and moves torch's global seed.
    with torch.device("meta"):
        backbone = VGG19(pooling) if name == "vgg19" else BACKBONES[name]()
    if random_seed is not None or name == "tiny":
        _fill_with_noise(backbone, random_seed or 0)
    else:
        path = locate(name, weights, report)
        _fill_from_state(backbone, read_state(path), path)
    return backbone.freeze(dtype, channels_last=channels_last).to(device)


def _fill_from_state(backbone: Backbone, state: dict[str, Tensor], path: Path) -> None:
    try:
        backbone.load_state_dict(backbone.translate(state), assign=True)
    except KeyError as error:
        raise WeightsError(
            f"{path} does not hold weights of {backbone.name}: it has no tensor {error}; "
            "give a file of that network, or none to take the official one."
        ) from None
    except RuntimeError as error:
        reason = " ".join(str(error).split(":", 1)[-1].split())
        raise WeightsError(
            f"{path} does not hold weights of {backbone.name}: {reason[:160]}; "
            "give a file of that network, or none to take the official one."
        ) from None


def _fill_with_noise(backbone: Backbone, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, empty in backbone.state_dict().items():
        state[name] = torch.zeros(empty.shape)
        if empty.ndim > 1:
            # Kaiming (He et al. 2015), but with a generator of our own: no global seed is touched.
            nn.init.normal_(state[name], 0, (2 / empty[0].numel()) ** 0.5, generator=generator)
    backbone.load_state_dict(state, assign=True)
