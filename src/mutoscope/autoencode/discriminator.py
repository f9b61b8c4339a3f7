"""The discriminator: tells frames of the film from made ones, and how alike two frames feel.

Sizes as Broad and Grierson (2017): convolutions of stride 2, twice as many channels at each, one score for a frame.
Differs from them: spectral norm (Miyato et al. 2018) instead of batch norm, so that a frame does not depend on its
batch and the scores cannot grow without bound.
"""

from itertools import pairwise

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.autoencode.layers import SpectralConv2d, SpectralLinear, initialise
from mutoscope.autoencode.profiles import Profile

__all__ = ["Discriminator", "empty_discriminator", "new_discriminator"]

_LEVELS = 4


class Discriminator(nn.Module):
    """Judges frames.

    Args:
        profile: sizes of the networks.

    """

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        channels = [3, *((profile.critic or profile.base) * 2**level for level in range(_LEVELS))]
        kernel = 4 if profile.kernel == 3 else profile.kernel
        self.layers = nn.ModuleList(
            SpectralConv2d(fan_in, fan_out, kernel, 2) for fan_in, fan_out in pairwise(channels)
        )
        height, width = _last_size(profile, kernel)
        self.score = SpectralLinear(channels[-1] * height * width, 1)

    def forward(self, x_N3HW: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge frames of the profile's size, 0..1.

        Returns:
            score_N, float32, above 0 for the film's own frames (the logit of one probability for each), and the
            features N,C,H,W that each level gave, for the learned similarity.

        """
        h = x_N3HW * 2 - 1
        features = []
        for layer in self.layers:
            h = nnf.leaky_relu(layer(h), 0.2)
            features.append(h)
        return self.score(h.flatten(1)).float()[:, 0], features


def empty_discriminator(profile: Profile) -> Discriminator:
    """Make one without numbers, to load some into."""
    with torch.device("meta"):
        discriminator = Discriminator(profile)
    return discriminator.to_empty(device="cpu")


def new_discriminator(profile: Profile, chance: torch.Generator) -> Discriminator:
    """Make one of seeded noise."""
    discriminator = empty_discriminator(profile)
    initialise(discriminator, chance)
    return discriminator


def _last_size(profile: Profile, kernel: int) -> tuple[int, int]:
    height, width = profile.height, profile.width
    for _ in range(_LEVELS):
        height, width = ((side + 2 * ((kernel - 1) // 2) - kernel) // 2 + 1 for side in (height, width))
    return height, width
