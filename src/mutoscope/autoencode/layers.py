"""Pieces that the three networks are made of."""

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.autoencode.profiles import Profile

__all__ = ["ResidualBlock", "SpectralConv2d", "SpectralLinear", "halvings", "initialise"]


class ResidualBlock(nn.Module):
    """Two convolutions that correct what comes in (He et al. 2016).

    Differs from the paper: nothing is normalised, so that a frame depends on itself alone.

    Args:
        channels: in and out.

    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Correct features, N,C,H,W."""
        return nnf.silu(x_NCHW + self.second(nnf.silu(self.first(x_NCHW))))


def halvings(profile: Profile) -> list[tuple[int, int]]:
    """Give the height and width after none, one, two … halvings, rounded up."""
    sizes = [(profile.height, profile.width)]
    for _ in range(profile.levels):
        height, width = sizes[-1]
        sizes.append((-(-height // 2), -(-width // 2)))
    return sizes


def initialise(network: nn.Module, chance: torch.Generator) -> None:
    """Fill a network with seeded noise of the variance that keeps the size of what passes (He et al. 2015)."""
    for name, module in network.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim > 1:
            fan_in = weight[0].numel()
            if isinstance(module, nn.ConvTranspose2d):
                # Of its kernel, only every stride-th row and column meets an output.
                fan_in = weight.shape[0] * weight[0, 0].numel() // math.prod(module.stride)
            gain = 0.3 if name.endswith("second") else 1.0
            with torch.no_grad():
                weight.copy_(torch.randn(weight.shape, generator=chance) * gain * (2 / fan_in) ** 0.5)
        elif isinstance(weight, Tensor):
            nn.init.ones_(weight)
        bias = getattr(module, "bias", None)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
        if isinstance(module, (SpectralConv2d, SpectralLinear)):
            module.reset_direction(chance)


class _Spectral(nn.Module):
    """A weight over its largest singular value, found by power iteration (Miyato et al. 2018, algorithm 1)."""

    weight: nn.Parameter
    direction_F: Tensor

    def reset_direction(self, chance: torch.Generator) -> None:
        """Begin the power iteration anew."""
        with torch.no_grad():
            self.direction_F.copy_(torch.randn(self.direction_F.shape, generator=chance))
            for _ in range(10):
                self._iterate()

    def _iterate(self) -> Tensor:
        matrix = self.weight.flatten(1)
        other = nnf.normalize(matrix.mT @ self.direction_F, dim=0)
        self.direction_F.copy_(nnf.normalize(matrix @ other, dim=0))
        return other

    def normed_weight(self) -> Tensor:
        """Give the weight with a largest singular value of 1; in training the iteration goes on."""
        matrix = self.weight.flatten(1)
        with torch.no_grad(), torch.autocast(self.weight.device.type, enabled=False):
            other = self._iterate() if self.training else nnf.normalize(matrix.mT @ self.direction_F, dim=0)
            # A copy: the next forward pass writes into the buffer before this one goes backward.
            direction = self.direction_F.clone()
        with torch.autocast(self.weight.device.type, enabled=False):
            sigma = direction @ (matrix @ other)
            return self.weight / sigma.clamp_min(1e-12)


class SpectralConv2d(_Spectral):
    """A convolution that cannot make what passes larger.

    Args:
        fan_in: channels in.
        fan_out: channels out.
        kernel: side of the kernel.
        stride: step.

    """

    def __init__(self, fan_in: int, fan_out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.stride, self.padding = stride, (kernel - 1) // 2
        self.weight = nn.Parameter(torch.empty(fan_out, fan_in, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(fan_out))
        self.register_buffer("direction_F", torch.empty(fan_out))

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Convolve, N,C,H,W."""
        return nnf.conv2d(x_NCHW, self.normed_weight(), self.bias, self.stride, self.padding)


class SpectralLinear(_Spectral):
    """A linear layer that cannot make what passes larger.

    Args:
        fan_in: features in.
        fan_out: features out.

    """

    def __init__(self, fan_in: int, fan_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(fan_out, fan_in))
        self.bias = nn.Parameter(torch.empty(fan_out))
        self.register_buffer("direction_F", torch.empty(fan_out))

    def forward(self, x_NF: Tensor) -> Tensor:
        """Project, N,F."""
        return nnf.linear(x_NF, self.normed_weight(), self.bias)
