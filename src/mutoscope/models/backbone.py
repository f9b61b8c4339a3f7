"""What a backbone is: a frozen network that gives named layers out of one forward pass."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

__all__ = ["Backbone", "Conv", "fold_batch_norm"]


class Backbone(nn.Module):
    """A pretrained network, frozen, in evaluation mode.

    Input is always N,3,H,W float 0..1 sRGB, RGB order; range and normalisation that the weights want are
    applied inside. Subclasses name their taps in `layers`, in order of depth, and yield them in `_walk`.
    """

    name: str
    layers: tuple[str, ...]
    num_classes: int

    def features(self, x_NCHW: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Give the wanted layers' outputs; the pass stops behind the deepest of them.

        Args:
            x_NCHW: 0..1 sRGB; gradients flow back to it.
            layers: names out of `self.layers`.

        Returns:
            per name N,F,H',W' float32.

        Raises:
            KeyError: a name is not a layer of this backbone.
        """
        missing = set(layers) - set(self.layers)
        if missing:
            raise KeyError(f"{self.name} has no layer {sorted(missing)[0]!r}; it has {', '.join(self.layers)}")
        wanted, found = set(layers), {}
        for name, value in self._walk(x_NCHW):
            if name in wanted:
                found[name] = value.float()
                if len(found) == len(wanted):
                    break
        return {name: found[name] for name in layers}

    def logits(self, x_NCHW: Tensor) -> Tensor:
        """Give the class scores before softmax, N,num_classes."""
        *_, (_, deepest) = self._walk(x_NCHW)
        return self._classify(deepest)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        raise NotImplementedError

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        raise NotImplementedError

    def freeze(self) -> "Backbone":
        """Fix weights, set evaluation mode, and lay memory out channels last (a sixth faster on CPUs)."""
        self.eval().requires_grad_(False)
        return self.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return] # stubs lack it


class Conv(nn.Conv2d):
    """A convolution that keeps the size (at stride 1), as all our backbones use it."""

    def __init__(self, fan_in: int, fan_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(fan_in, fan_out, kernel, stride, kernel // 2, groups=groups)


def fold_batch_norm(
    weight: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Merge a batch norm into the convolution before it; the sum is the same, a third of the work goes.

    Returns:
        weight and bias of one convolution.
    """
    gain = gamma / torch.sqrt(variance + epsilon)
    return weight * gain.view(-1, 1, 1, 1), beta - mean * gain
