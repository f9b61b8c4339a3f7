"""ResNet18 (He et al. 2016) and ResNeXt50 32x4d (Xie et al. 2017); load torchvision's state dicts."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv
from mutoscope.models.folding import fold_state
from mutoscope.models.imagenet import MEAN, STD

__all__ = ["ResNeXt50", "ResNet18"]

_EPSILON = 1e-5


def _relu(x: Tensor) -> Tensor:
    return nnf.relu(x, inplace=True)


class _Basic(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    expansion = 1

    def __init__(self, fan_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = Conv(fan_in, width, 3, stride)
        self.conv2 = Conv(width, width, 3)
        self.downsample = _shortcut(fan_in, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(_relu(self.conv1(x)))
        return _relu(y + self.downsample(x))


class _Grouped(nn.Module):
    """1x1, 3x3 in 32 groups, 1x1, and a shortcut (Xie et al. 2017, figure 3c)."""

    expansion = 4

    def __init__(self, fan_in: int, width: int, stride: int) -> None:
        super().__init__()
        inner = width * 2  # 32 groups × 4 channels × width / 64
        self.conv1 = Conv(fan_in, inner, 1)
        self.conv2 = Conv(inner, inner, 3, stride, groups=32)
        self.conv3 = Conv(inner, width * 4, 1)
        self.downsample = _shortcut(fan_in, width * 4, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = _relu(self.conv2(_relu(self.conv1(x))))
        return _relu(self.conv3(y) + self.downsample(x))


def _shortcut(fan_in: int, fan_out: int, stride: int) -> nn.Module:
    return nn.Identity() if stride == 1 and fan_in == fan_out else Conv(fan_in, fan_out, 1, stride)


class _ResNet(Backbone):
    """Taps "stem" (before the pooling), then every block: "layer1.0" … ."""

    num_classes = 1000
    block: ClassVar[type[_Basic | _Grouped]]
    repeats: ClassVar[tuple[int, ...]]

    def __init__(self) -> None:
        super().__init__(MEAN, STD)
        self.conv1 = Conv(3, 64, 7, 2)
        fan_in, names = 64, ["stem"]
        for stage, count in enumerate(self.repeats, start=1):
            width, blocks = 64 * 2 ** (stage - 1), []
            for i in range(count):
                blocks.append(self.block(fan_in, width, 2 if stage > 1 and i == 0 else 1))
                fan_in = width * self.block.expansion
                names.append(f"layer{stage}.{i}")
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(fan_in, self.num_classes)
        self.layers = tuple(names)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = _relu(self.conv1(x_NCHW))
        yield "stem", x
        x = nnf.max_pool2d(x, 3, 2, 1)
        for name in self.layers[1:]:
            x = self.get_submodule(name)(x)
            yield name, x

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        scores: Tensor = self.fc(deepest_NFHW.mean((2, 3)))
        return scores

    def translate(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Take torchvision's state dict, batch norms folded.

        Raises:
            KeyError: a tensor is missing.

        """
        convs = []
        for name, module in self.named_modules():
            if not isinstance(module, Conv):
                continue
            shortcut = name.endswith("downsample")
            theirs = (f"{name}.0", f"{name}.1") if shortcut else (name, name.replace("conv", "bn"))
            convs.append((name, *theirs))
        return fold_state(state, convs, _EPSILON)


class ResNet18(_ResNet):
    """11.7 M parameters, 1,000 ImageNet classes. Taps "stem", "layer1.0" … "layer4.1"."""

    name = "resnet18"
    block = _Basic
    repeats = (2, 2, 2, 2)


class ResNeXt50(_ResNet):
    """25.0 M parameters, 1,000 ImageNet classes. Taps "stem", "layer1.0" … "layer4.2"."""

    name = "resnext50_32x4d"
    block = _Grouped
    repeats = (3, 4, 6, 3)
