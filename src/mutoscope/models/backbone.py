"""What a backbone is: a frozen network that gives named layers out of one forward pass."""

import functools
import platform
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.core.errors import ParameterError

__all__ = ["Backbone", "Conv"]


class Backbone(nn.Module, ABC):
    """A pretrained network, frozen, in evaluation mode.

    Input is always N,3,H,W float32 0..1 sRGB, RGB order; the range and normalisation that the weights want
    are applied inside, and so is the precision of the arithmetic. Subclasses name their taps in `layers`, in
    order of depth, and yield them in `_walk`.

    Args:
        mean: of each channel, in units of 0..1, taken off the input.
        std: of each channel, in units of 0..1, which the input is divided by.

    """

    name: str
    layers: tuple[str, ...]
    num_classes: int
    _scale: Tensor
    _shift: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        # On the CPU even where the weights are made without storage: these two are not loaded.
        mean_311 = torch.tensor(mean, device="cpu").view(3, 1, 1)
        std_311 = torch.tensor(std, device="cpu").view(3, 1, 1)
        self.register_buffer("_scale", 1 / std_311, persistent=False)
        self.register_buffer("_shift", -mean_311 / std_311, persistent=False)

    def features(self, x_NCHW: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Give the wanted layers' outputs; the pass stops behind the deepest of them.

        Args:
            x_NCHW: 0..1 sRGB; gradients flow back to it.
            layers: names out of `self.layers`.

        Returns:
            per name N,F,H',W' float32, in the order of `layers`.

        Raises:
            ParameterError: a name is not a layer of this backbone.

        """
        unknown = [name for name in layers if name not in self.layers]
        if unknown:
            raise ParameterError(f"{self.name} has no layer {unknown[0]!r}; it has {', '.join(self.layers)}.")
        wanted, found = set(layers), dict[str, Tensor]()
        walk = iter(self._walk(self._enter(x_NCHW)))
        while len(found) < len(wanted):
            name, value = next(walk)
            if name in wanted:
                found[name] = value.float()
        return {name: found[name] for name in layers}

    def logits(self, x_NCHW: Tensor) -> Tensor:
        """Give the class scores before softmax, N,num_classes float32."""
        *_, (_, deepest) = self._walk(self._enter(x_NCHW))
        return self._classify(deepest).float()

    def translate(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Turn the published state dict into the one of this module, batch norms folded.

        Raises:
            KeyError: a tensor is missing.

        """
        return dict(state)

    def freeze(self, dtype: torch.dtype = torch.float32, *, channels_last: bool = True) -> Self:
        """Fix the weights, set evaluation mode, and choose precision and memory layout of the arithmetic."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        for parameter in self.parameters():
            values = parameter.data.to(dtype)
            parameter.data = values.contiguous(memory_format=layout) if values.ndim == 4 else values
        return self.eval().requires_grad_(False)

    def _enter(self, x_NCHW: Tensor) -> Tensor:
        first = next(self.parameters())
        x = torch.addcmul(self._shift, x_NCHW, self._scale)  # float32: 8 bits of bfloat16 lose shades
        x = x.to(first.dtype)
        # A weight with three channels in is never ambiguous about its layout.
        last = first.is_contiguous(memory_format=torch.channels_last)
        return x.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)

    @abstractmethod
    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]: ...

    @abstractmethod
    def _classify(self, deepest_NFHW: Tensor) -> Tensor: ...


class Conv(nn.Conv2d):
    """A convolution with a bias that keeps the size (at stride 1), as all our backbones use it.

    On x86 its bytes do not depend on the number of threads, and those of EfficientNet-Lite0's gradients are
    the same with 1, 2, 4, 8 and 16 (with 3 or 6, and in networks with few channels, oneDNN may round gradients
    in another order). Left alone, torch 2.13 computes small pictures, and with one thread every 1×1
    convolution, as a plain matrix product, whose rounding changes with the threads and which takes twice as
    long (AMD EPYC). So the input is given a shape that makes torch choose oneDNN.
    """

    def __init__(self, fan_in: int, fan_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(fan_in, fan_out, kernel, stride, kernel // 2, groups=groups)
        # To a single tap a dilation means nothing, but it is no plain matrix product to torch any more.
        self._dilation = 2 if kernel == 1 and stride == 1 else 1
        self._can_be_small = groups == 1 and kernel <= 3

    def forward(self, x: Tensor) -> Tensor:
        """Convolve N,C,H,W."""
        if not _has_onednn(x.device.type):
            return super().forward(x)
        is_small = self._can_be_small and len(x) == 1 and x.numel() <= _SMALL
        if is_small:
            x = nnf.pad(x, (0, 0, 0, 0, 0, 0, 0, 1))  # a second picture makes a batch, which is never small
        y = nnf.conv2d(x, self.weight, self.bias, self.stride, self.padding, self._dilation, self.groups)
        return y[:1] if is_small else y


_SMALL = 20480
"""Elements up to which torch takes one picture for small (`use_mkldnn` in its Convolution.cpp)."""


@functools.cache
def _has_onednn(device_type: str) -> bool:
    on_x86 = platform.machine().lower() in ("x86_64", "amd64")  # on ARM a dilation has no fast kernel
    return device_type == "cpu" and on_x86 and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call] # torch leaves it untyped
