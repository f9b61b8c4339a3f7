"""The feed-forward network of a filter (Johnson et al. 2016), with conditional instance norm (Dumoulin et al. 2017).

One network holds many styles: a style is the gain and offset of every norm and the last convolution, about
three thousand numbers. Differs from both papers: the frame is folded into 4x4 blocks instead of being
strided down (one convolution sees a whole neighbourhood, and all others run at a quarter of the size: half
the time of sixteen channels at full size), the edge is replicated instead of reflected, and the last layers
unfold in two steps, so that the blocks leave no grid.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

__all__ = [
    "BLOCK_PX",
    "PROFILES",
    "FilterNetwork",
    "Normalise",
    "Profile",
    "Style",
    "empty_network",
    "fold_sides",
    "mix_styles",
    "new_network",
]

Style = Mapping[str, Tensor]
"""What one style owns: "norm.gain" and "norm.offset" (K), "out.weight" (12,C,3,3), "out.bias" (12).

What else a file may hold, such as moments, is not looked at."""

Normalise = Callable[[int, Tensor], Tensor]

BLOCK_PX = 4
"""The network sees a frame in blocks of this size; sides are padded to a multiple and cropped again."""


@dataclass(frozen=True)
class Profile:
    """Sizes of a network.

    Attributes:
        width: channels at a quarter of the size.
        blocks: residual blocks.
        head: channels at half the size.

    """

    width: int
    blocks: int
    head: int


PROFILES = {
    "cpu": Profile(48, 5, 16),
    "gpu": Profile(96, 7, 32),
    "tiny": Profile(8, 1, 4),
}
"""`cpu` is for two cores, `gpu` for a graphics card, `tiny` for tests."""


class FilterNetwork(nn.Module):
    """Turns frames into painted frames.

    Args:
        profile: its sizes.

    """

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.profile = profile
        width, head = profile.width, profile.head
        self.stem = _conv(3 * BLOCK_PX**2, width)
        self.blocks = nn.ModuleList(
            nn.ModuleList([_conv(width, width), _conv(width, width)]) for _ in range(profile.blocks)
        )
        self.widen = _conv(width, 4 * head)
        self.norm_sizes = [width] * (1 + 2 * profile.blocks) + [4 * head]

    @property
    def pairs(self) -> list[tuple[nn.Conv2d, nn.Conv2d]]:
        """The two convolutions of each residual block."""
        return [cast("tuple[nn.Conv2d, nn.Conv2d]", tuple(cast("nn.ModuleList", block))) for block in self.blocks]

    def new_style(self, generator: torch.Generator) -> dict[str, Tensor]:
        """Make a style that has seen nothing: plain norms, a last convolution of small noise."""
        size, head = sum(self.norm_sizes), self.profile.head
        weight = torch.randn(12, head, 3, 3, generator=generator) * (1 / (9 * head)) ** 0.5
        return {
            "norm.gain": torch.ones(size),
            "norm.offset": torch.zeros(size),
            "out.weight": weight,
            "out.bias": torch.zeros(12),
        }

    def forward(self, x_NCHW: Tensor, style: Style, normalise: Normalise | None = None) -> Tensor:
        """Paint frames.

        Args:
            x_NCHW: 0..1, sides a multiple of 4 (see `fold_sides`).
            style: of one style, or with a leading dimension N, one for each frame.
            normalise: takes the number of a norm and its input, gives mean 0 and variance 1; each frame's own by
                default (instance norm).

        Returns:
            N,3,H,W, 0..1.

        """
        gains = torch.split(style["norm.gain"], self.norm_sizes, -1)
        offsets = torch.split(style["norm.offset"], self.norm_sizes, -1)
        norms = iter(range(len(self.norm_sizes)))

        def norm(x: Tensor) -> Tensor:
            i = next(norms)
            normed = nnf.instance_norm(x) if normalise is None else normalise(i, x)
            shape = (-1, x.shape[1], 1, 1)
            return torch.addcmul(offsets[i].view(shape), normed, gains[i].view(shape))

        h = torch.relu(norm(self.stem(nnf.pixel_unshuffle(x_NCHW - 0.5, BLOCK_PX))))
        for first, second in self.pairs:
            h = h + norm(second(torch.relu(norm(first(h)))))
        h = nnf.pixel_shuffle(torch.relu(norm(self.widen(h))), 2)
        return torch.sigmoid(nnf.pixel_shuffle(_out(h, style["out.weight"], style["out.bias"]), 2))


def empty_network(profile: Profile) -> FilterNetwork:
    """Make a network without numbers, to load some into; no chance is asked for."""
    with torch.device("meta"):
        network = FilterNetwork(profile)
    return network.to_empty(device="cpu")


def new_network(profile: Profile, generator: torch.Generator) -> FilterNetwork:
    """Make a network of seeded noise (He et al. 2015)."""
    network = empty_network(profile)
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.kaiming_uniform_(parameter, a=5**0.5, generator=generator)
        else:
            nn.init.zeros_(parameter)
    return network


def fold_sides(x_NCHW: Tensor) -> Tensor:
    """Replicate the right and the lower edge until both sides are multiples of 4."""
    height, width = x_NCHW.shape[2:]
    pad = (0, -width % BLOCK_PX, 0, -height % BLOCK_PX)
    return nnf.pad(x_NCHW, pad, mode="replicate") if any(pad) else x_NCHW


def mix_styles(styles: Mapping[str, Style], shares: Mapping[str, float]) -> dict[str, Tensor]:
    """Mix styles by mixing their numbers.

    Args:
        styles: by name, of one network.
        shares: of each name; taken in relation to their sum.

    """
    total = sum(shares.values())
    names = ("norm.gain", "norm.offset", "out.weight", "out.bias")
    return {key: sum_scaled([(styles[n][key], share / total) for n, share in shares.items()]) for key in names}


def sum_scaled(parts: list[tuple[Tensor, float]]) -> Tensor:
    """Add tensors, each times its share."""
    return torch.stack([tensor * share for tensor, share in parts]).sum(0)


def _conv(fan_in: int, fan_out: int) -> nn.Conv2d:
    return nn.Conv2d(fan_in, fan_out, 3, padding=1, padding_mode="replicate")


def _out(x_NCHW: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    padded = nnf.pad(x_NCHW, (1, 1, 1, 1), mode="replicate")
    if weight.ndim == 4:
        return nnf.conv2d(padded, weight, bias)
    # One convolution for each frame: groups of channels side by side.
    num = len(weight)
    wide = nnf.conv2d(padded.flatten(0, 1)[None], weight.flatten(0, 1), bias.flatten(), groups=num)
    painted: Tensor = wide.view(num, -1, *wide.shape[2:])
    return painted
