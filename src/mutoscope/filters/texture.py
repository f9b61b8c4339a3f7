"""Textures out of a style picture, of any size: texture networks (Ulyanov et al. 2016).

A filter's network learns to turn noise into the texture: no content, only style. Noise of several grain sizes is
its input, so each seed gives another piece of the same stuff. Differs from the paper: the network is ours, and
means and covariances are matched instead of Gram matrices.
"""

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.random import generator
from mutoscope.filters.content import Pictures
from mutoscope.filters.network import BLOCK_PX, FilterNetwork, Style
from mutoscope.filters.objective import Weights

__all__ = ["TEXTURE_WEIGHTS", "NoisePictures", "noise", "weave"]

TEXTURE_WEIGHTS = Weights(content=0.0, style=4.0, lightness=0.0, consistency=0.0, total_variation=0.5)

_GRAINS_PX = (4, 8, 16, 32, 64)


class NoisePictures(Pictures):
    """Noise instead of photographs."""

    def batch(self, num: int, size: int, seed: int, step: int) -> Tensor:
        """Draw noise: N,3,size,size."""
        chance = generator(seed, step, "noise")
        return torch.cat([noise(size, size, chance) for _ in range(num)])


def noise(height: int, width: int, chance: torch.Generator) -> Tensor:
    """Sum noise of several grain sizes: 1,3,height,width, 0..1; its edges fit each other like a tile's."""
    total = torch.zeros(1, 3, height, width)
    for grain in _GRAINS_PX:
        rows, columns = max(1, round(height / grain)), max(1, round(width / grain))
        coarse = torch.rand(1, 3, rows, columns, generator=chance) - 0.5
        total = total + _stretched(coarse, height, width)
    return (0.5 + total / (1.2 * math.sqrt(len(_GRAINS_PX)))).clamp(0, 1)


def _stretched(coarse: Tensor, height: int, width: int) -> Tensor:
    """Enlarge with wrapping edges."""
    rows, columns = coarse.shape[2:]
    wrapped = (
        nnf.pad(coarse, (2, 2, 2, 2), mode="circular")
        if min(rows, columns) >= 2
        else nnf.pad(coarse, (2,) * 4, mode="replicate")
    )
    y = (torch.arange(height) + 0.5) * rows / height + 2 - 0.5
    x = (torch.arange(width) + 0.5) * columns / width + 2 - 0.5
    grid_y, grid_x = torch.meshgrid(2 * y / (rows + 3) - 1, 2 * x / (columns + 3) - 1, indexing="ij")
    return nnf.grid_sample(wrapped, torch.stack([grid_x, grid_y], -1)[None], align_corners=True, mode="bilinear")


def weave(network: FilterNetwork, style: Style, height: int, width: int, seed: int, *, tileable: bool) -> Tensor:
    """Make a texture out of noise.

    Args:
        network: trained on noise.
        style: likewise.
        height: in px.
        width: in px.
        seed: another seed, another piece.
        tileable: whether opposite edges shall fit each other; the size must be a multiple of 4 then.

    Returns:
        1,3,height,width.

    """
    folded = [-(-side // BLOCK_PX) * BLOCK_PX for side in (height, width)]
    x = noise(folded[0], folded[1], generator(seed, 0, "texture"))
    margin = 0
    if tileable:
        # The network sees around the edge what it will see beyond it.
        margin = min(BLOCK_PX * (3 + 2 * network.profile.blocks), *folded)
        x = nnf.pad(x, (margin,) * 4, mode="circular")
    with torch.inference_mode():
        woven: Tensor = network(x, style)
    return woven[:, :, margin : margin + height, margin : margin + width].clone()
