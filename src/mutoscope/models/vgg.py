"""VGG19 (Simonyan & Zisserman 2015), configuration E without batch norm; loads torchvision's state dict."""

from collections.abc import Iterator, Mapping
from typing import Literal

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv
from mutoscope.models.imagenet import MEAN, STD

__all__ = ["VGG19", "Pooling"]

Pooling = Literal["max", "avg"]

_WIDTHS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
"""(channels, convolutions) of each stage; a pooling by two follows each."""


class VGG19(Backbone):
    """143.7 M parameters, 1,000 ImageNet classes. Taps "relu1_1" … "relu5_4".

    Args:
        pooling: "max" as trained, or "avg" (Gatys et al. 2016, section 2: "slightly more appealing").

    """

    name = "vgg19"
    num_classes = 1000

    def __init__(self, pooling: Pooling = "max") -> None:
        super().__init__(MEAN, STD)
        self._pool = nnf.max_pool2d if pooling == "max" else nnf.avg_pool2d
        self.layers = tuple(
            f"relu{stage}_{i}" for stage, (_, repeats) in enumerate(_WIDTHS, 1) for i in range(1, repeats + 1)
        )
        widths = [width for width, repeats in _WIDTHS for _ in range(repeats)]
        self.convs = nn.ModuleList(
            Conv(fan_in, fan_out, 3) for fan_in, fan_out in zip([3, *widths], widths, strict=False)
        )
        self.classifier = nn.Sequential(
            *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()),
            *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
            nn.Linear(4096, self.num_classes),
        )

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x, stage = x_NCHW, "1"
        for name, conv in zip(self.layers, self.convs, strict=True):
            if name[4] != stage:
                x, stage = self._halve(x), name[4]
            x = nnf.relu(conv(x), inplace=True)
            yield name, x

    def _halve(self, x: Tensor) -> Tensor:
        # A frame this small has nothing left to pool; torchvision raises.
        return x if min(x.shape[2:]) < 2 else self._pool(x, 2)

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        pooled = nnf.adaptive_avg_pool2d(self._halve(deepest_NFHW), 7)
        scores: Tensor = self.classifier(torch.flatten(pooled, 1))
        return scores

    def translate(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take torchvision's state dict, which numbers convolutions, activations and poolings through.

        Raises:
            KeyError: a tensor is missing.

        """
        renamed, rest, position = {}, dict(state), 0
        for i, name in enumerate(self.layers):
            if i and name.endswith("_1"):
                position += 1
            for part in ("weight", "bias"):
                renamed[f"convs.{i}.{part}"] = rest.pop(f"features.{position}.{part}")
            position += 2
        return renamed | rest
