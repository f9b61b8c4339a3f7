"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360; the variant 1.1 of its authors).

Weights: their Caffe model, by its names, carried by this package (see NOTICE.md).
"""

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv

__all__ = ["SqueezeNet"]

_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""(channels squeezed to, channels of each expansion) of fire2 … fire9."""
_POOLED_BEFORE = ("fire2", "fire4", "fire6")
_BLUE_GREEN_RED = (103.939, 116.779, 123.68)
_MEAN = [mean / 255 for mean in reversed(_BLUE_GREEN_RED)]


class _Fire(nn.Module):
    """Squeeze 1x1, then expand by 1x1 and by 3x3 side by side."""

    def __init__(self, fan_in: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1 = Conv(fan_in, squeezed, 1)
        self.expand1x1 = Conv(squeezed, expanded, 1)
        self.expand3x3 = Conv(squeezed, expanded, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = nnf.relu(self.squeeze1x1(x), inplace=True)
        return nnf.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1), inplace=True)


class SqueezeNet(Backbone):
    """1.2 M parameters, 1,000 ImageNet classes. Taps "conv1" (stride 2), "fire2" … "fire9" (4, 4, 8, 8, 16 …)."""

    name = "squeezenet1_1"
    num_classes = 1000
    layers = ("conv1", *(f"fire{i}" for i in range(2, 10)))

    def __init__(self) -> None:
        # The weights want 0..255 without a scale, that is 0..1 divided by 1/255.
        super().__init__(_MEAN, [1 / 255] * 3)
        # Differs from the Caffe model: padded by one pixel, so that every size halves and small ones are left.
        self.conv1 = Conv(3, 64, 3, 2)
        fan_in = 64
        for number, (squeezed, expanded) in enumerate(_FIRES, start=2):
            self.add_module(f"fire{number}", _Fire(fan_in, squeezed, expanded))
            fan_in = 2 * expanded
        self.conv10 = Conv(fan_in, self.num_classes, 1)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = nnf.relu(self.conv1(x_NCHW), inplace=True)
        yield "conv1", x
        for name in self.layers[1:]:
            if name in _POOLED_BEFORE:
                x = _halve(x)
            x = self.get_submodule(name)(x)
            yield name, x

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        scores: Tensor = nnf.relu(self.conv10(deepest_NFHW)).mean((2, 3))
        return scores

    def translate(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take the Caffe model's tensors; its first convolution reads blue first, ours red first.

        Raises:
            KeyError: a tensor is missing.

        """
        renamed = {name.replace("/", "."): value for name, value in state.items()}
        renamed["conv1.weight"] = renamed["conv1.weight"].flip(1)
        return renamed


def _halve(x: Tensor) -> Tensor:
    # Windows that reach over the edge count, as in Caffe; less than two pixels hold none.
    return x if min(x.shape[2:]) < 2 else nnf.max_pool2d(x, 3, 2, ceil_mode=True)
