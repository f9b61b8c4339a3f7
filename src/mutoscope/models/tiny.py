"""A seeded little network for tests: no file, a few thousand parameters, the same interface."""

from collections.abc import Iterator

import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv

__all__ = ["Tiny"]


class Tiny(Backbone):
    """Three convolutions at strides 1, 2, 2; taps "block0" … "block2"; ten classes that mean nothing."""

    name = "tiny"
    num_classes = 10
    layers = ("block0", "block1", "block2")

    def __init__(self) -> None:
        super().__init__([0.5] * 3, [0.5] * 3)
        self.convs = nn.ModuleList([Conv(3, 8, 3), Conv(8, 12, 3, 2), Conv(12, 16, 3, 2)])
        self.fc = nn.Linear(16, self.num_classes)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = x_NCHW
        for name, conv in zip(self.layers, self.convs, strict=True):
            x = nnf.leaky_relu(conv(x), 0.1)
            yield name, x

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        scores: Tensor = self.fc(deepest_NFHW.mean((2, 3)))
        return scores
