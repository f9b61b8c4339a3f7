"""ResNet18 (He et al. 2016) and ResNeXt50 32x4d (Xie et al. 2017), with torchvision's state-dict names."""

from collections.abc import Iterator

import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone
from mutoscope.models.imagenet import normalise

__all__ = ["ResNet", "ResNeXt50", "ResNet18"]  # noqa: RUF022 # the parent first


def _conv(fan_in: int, fan_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(fan_in, fan_out, kernel, stride, kernel // 2, groups=groups, bias=False)


class _BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, fan_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(fan_in, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = _conv(width, width, 3), nn.BatchNorm2d(width)
        self.downsample = _shortcut(fan_in, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = nnf.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return nnf.relu(y + (x if self.downsample is None else self.downsample(x)))


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, fan_in: int, width: int, stride: int) -> None:
        super().__init__()
        inner, groups = width * 2, 32  # 32 groups of 4 × width / 64 channels
        self.conv1, self.bn1 = _conv(fan_in, inner, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = _conv(inner, inner, 3, stride, groups), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = _conv(inner, width * 4, 1), nn.BatchNorm2d(width * 4)
        self.downsample = _shortcut(fan_in, width * 4, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = nnf.relu(self.bn1(self.conv1(x)))
        y = nnf.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return nnf.relu(y + (x if self.downsample is None else self.downsample(x)))


def _shortcut(fan_in: int, fan_out: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and fan_in == fan_out:
        return None
    return nn.Sequential(_conv(fan_in, fan_out, 1, stride), nn.BatchNorm2d(fan_out))


class ResNet(Backbone):
    """Taps "stem", then every block: "layer1.0" … "layer4.2"."""

    num_classes = 1000

    def __init__(self, name: str, block: type[_BasicBlock | _Bottleneck], repeats: tuple[int, ...]) -> None:
        super().__init__()
        self.name = name
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        fan_in, names = 64, ["stem"]
        for stage, count in enumerate(repeats, start=1):
            width, blocks = 64 * 2 ** (stage - 1), []
            for i in range(count):
                blocks.append(block(fan_in, width, 2 if stage > 1 and i == 0 else 1))
                fan_in = width * block.expansion
                names.append(f"layer{stage}.{i}")
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(fan_in, self.num_classes)
        self.layers = tuple(names)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = nnf.relu(self.bn1(self.conv1(normalise(x_NCHW))))
        yield "stem", x
        x = nnf.max_pool2d(x, 3, 2, 1)
        for name in self.layers[1:]:
            x = self.get_submodule(name)(x)
            yield name, x

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        scores: Tensor = self.fc(deepest_NFHW.mean((2, 3)))
        return scores


def ResNet18() -> ResNet:  # noqa: N802 # named like the class that it makes
    """Make an empty ResNet18."""
    return ResNet("resnet18", _BasicBlock, (2, 2, 2, 2))


def ResNeXt50() -> ResNet:  # noqa: N802 # named like the class that it makes
    """Make an empty ResNeXt50 32x4d."""
    return ResNet("resnext50_32x4d", _Bottleneck, (3, 4, 6, 3))
