"""How noisy a frame is."""

import numpy as np
import numpy.typing as npt

from mutoscope.sort.tiles import Floats, tile_grid, tile_means

__all__ = ["noise_level"]

_FLATTEST = 0.15
"""Share of the tiles that is taken for flat: their second differences are noise alone."""
_DARKEST, _LIGHTEST = 6, 249
"""Means of tiles, of 255, beyond which noise is cut off by black or white."""


def noise_level(grey_HW: npt.NDArray[np.uint8]) -> float:
    """Estimate the deviation of a frame's noise (Immerkaer, Fast Noise Variance Estimation, CVIU 64(2), 1996).

    Differs from the paper: it is taken tile by tile and the flattest tiles count, as texture in the others reads as
    noise; tiles in black or white, where noise is cut off, have no say.

    Args:
        grey_HW: uint8, at the size it is judged at: shrinking a film takes its noise away, as it does for an eye.

    Returns:
        levels of 255; 0 where nothing can be said.

    """
    height, width = grey_HW.shape
    if min(height, width) < 3:
        return 0.0
    x_HW = grey_HW.astype(np.int16)
    across_HW = x_HW[:, 2:] + x_HW[:, :-2] - 2 * x_HW[:, 1:-1]
    both_HW = across_HW[2:] + across_HW[:-2] - 2 * across_HW[1:-1]
    rows, columns = tile_grid(*both_HW.shape)
    level_N = tile_means(grey_HW[1:-1, 1:-1], rows, columns).ravel()
    # For Gaussian noise the mean of |mask * image| is 6 sigma sqrt(2/pi): eq. 6.
    sigma_N = tile_means(np.abs(both_HW), rows, columns).ravel() * np.float32(np.sqrt(np.pi / 2) / 6)
    tile_pixels = both_HW.size / len(sigma_N)
    return _flattest(sigma_N[(level_N > _DARKEST) & (level_N < _LIGHTEST)], tile_pixels)


def _flattest(sigma_N: Floats, tile_pixels: float) -> float:
    if not len(sigma_N):
        return 0.0
    # Among tiles of nothing but noise too, the lowest have less than the mean: by this much, found by trial.
    short = max(1 - 1.25 / tile_pixels**0.5, 0.5)
    return float(np.quantile(sigma_N, _FLATTEST) / short)
