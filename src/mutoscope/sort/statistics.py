"""Numbers of a whole picture by which blur and exposure can be told.

Detail beyond the noise, its direction, its loss from scale to scale, and how the light is spread.
"""

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.ops.primaries import srgb_to_linear

__all__ = ["NUM_STATISTICS", "statistics"]

_LUMA = (0.2126, 0.7152, 0.0722)
_TILES = (9, 16)
_LEVELS = 3
_SHARES = (0.1, 0.5, 0.9)
_LIGHT_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_SMALL = 1e-7
_SAMPLE = 15_000
_NOISE_IN_ENERGY = 0.375
"""Energy of both Sobel gradients (divided by 8) of white noise with variance 1."""

NUM_STATISTICS = _LEVELS * (4 + 1 + 3 + 4) + (_LEVELS - 1) * 5 + 1 + 18


def statistics(x_3HW: Tensor) -> Tensor:
    """Measure one picture.

    Noise is estimated by Immerkaer's operator (1996) on the calmest tiles and its share taken off all energies: it
    must not read as sharpness.

    Args:
        x_3HW: sRGB 0..1, any size from 16 x 16 px.

    Returns:
        float32 of length NUM_STATISTICS.

    """
    y_11HW = (x_3HW * torch.tensor(_LUMA).view(3, 1, 1)).sum(0)[None, None]
    noise = _noise(y_11HW)
    found, tiles_before = [noise.clamp_min(1e-4).log()[None]], None
    level, variance = y_11HW, float(noise) ** 2
    for _ in range(_LEVELS):
        numbers, energy_tiles = _detail(level, variance)
        found.append(numbers)
        if tiles_before is not None:
            found.append(_loss(tiles_before, energy_tiles))
        tiles_before = energy_tiles
        level, variance = _halved(level), variance * 0.14  # of white noise, what the low-pass and the pooling leave
    found.append(_light(x_3HW))
    return torch.cat(found)


def _noise(y_11HW: Tensor) -> Tensor:
    """Estimate the standard deviation of noise, 0..1, on the calmest fifth of the tiles (Immerkaer 1996)."""
    mask = torch.tensor([[1.0, -2, 1], [-2, 4, -2], [1, -2, 1]])[None, None]
    raw = nnf.conv2d(y_11HW, mask).abs()
    calm: Tensor = nnf.adaptive_avg_pool2d(raw, _TILES).flatten().quantile(0.2)
    return calm * (math.sqrt(math.pi / 2) / 6)


def _detail(y_11HW: Tensor, variance: float) -> tuple[Tensor, Tensor]:
    """Give energies of gradients over tiles, their directions, and the energy of each tile."""
    padded = nnf.pad(y_11HW, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 2:] - padded[..., :-2]
    down = padded[..., 2:, :] - padded[..., :-2, :]
    gx = (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 8
    gy = (down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]) / 8
    xx, yy, xy = (nnf.adaptive_avg_pool2d(p, _TILES).flatten() for p in (gx * gx, gy * gy, gx * gy))
    energy = (xx + yy - _NOISE_IN_ENERGY * variance).clamp_min(0)
    spread = ((xx - yy) ** 2 + 4 * xy * xy).sqrt()
    directed = spread / (xx + yy + _SMALL)
    weights = energy / (energy.sum() + _SMALL)
    overall = ((xx - yy).sum() ** 2 + 4 * xy.sum() ** 2).sqrt() / ((xx + yy).sum() + _SMALL)
    quantiles = energy.quantile(torch.tensor(_SHARES))
    slopes = torch.stack([xx.sum(), yy.sum(), (xx + yy + 2 * xy).sum() / 2, (xx + yy - 2 * xy).sum() / 2])
    numbers = torch.cat(
        [
            (quantiles + _SMALL).log(),
            (energy.mean() + _SMALL).log()[None],
            overall[None],
            directed.quantile(torch.tensor(_SHARES)) * 0.5 + (directed * weights).sum() * 0.5,
            ((slopes / len(xx)).clamp_min(0) + _SMALL).log(),
        ]
    )
    return numbers, energy


def _loss(fine_K: Tensor, coarse_K: Tensor) -> Tensor:
    """Tell how much more energy a coarser scale has: blur takes it from the fine one."""
    ratio = ((fine_K + _SMALL) / (coarse_K + _SMALL)).log()
    weights = coarse_K / (coarse_K.sum() + _SMALL)
    overall = ((fine_K.mean() + _SMALL) / (coarse_K.mean() + _SMALL)).log()
    return torch.cat([ratio.quantile(torch.tensor(_SHARES)), overall[None], (ratio * weights).sum()[None]])


def _halved(y_11HW: Tensor) -> Tensor:
    low = nnf.avg_pool2d(nnf.pad(y_11HW, (0, 1, 0, 1), mode="replicate"), 2, stride=1)
    if min(low.shape[2:]) < 16:
        return low
    return nnf.avg_pool2d(low, 2, ceil_mode=True, count_include_pad=False)


def _light(x_3HW: Tensor) -> Tensor:
    every = max(1, round((x_3HW[0].numel() / _SAMPLE) ** 0.5))
    x_3HW = x_3HW[:, ::every, ::every]  # how light is spread is seen in a sample as well
    y_HW = (x_3HW * torch.tensor(_LUMA).view(3, 1, 1)).sum(0)
    flat = y_HW.flatten()
    tiles = nnf.adaptive_avg_pool2d(y_HW[None, None], _TILES).flatten()
    most, least = x_3HW.amax(0), x_3HW.amin(0)
    return torch.cat(
        [
            flat.quantile(torch.tensor(_LIGHT_SHARES)),
            tiles.quantile(torch.tensor(_SHARES)),
            torch.stack(
                [
                    flat.std(),
                    (srgb_to_linear(flat) + 1e-3).log2().mean(),
                    (srgb_to_linear(x_3HW).mean() + 1e-3).log2(),
                    (flat <= 4 / 255).float().mean().sqrt(),
                    (flat >= 251 / 255).float().mean().sqrt(),
                    (most >= 251 / 255).float().mean().sqrt(),
                    (least >= 251 / 255).float().mean().sqrt(),
                    (most - least).mean(),
                ]
            ),
        ]
    )
