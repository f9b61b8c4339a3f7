"""The gradients of a frame, tile by tile and at three scales: what sharpness and the kind of blur are read from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.sort.noise import noise_level
from mutoscope.sort.tiles import Floats, tile_grid, tile_means

__all__ = ["Texture", "texture_of"]

_SCALES = 3
_NOISE_SPREAD = 1.05
"""Noise is subtracted with a little more than its expected energy: too much sharpness is the worse mistake."""
_MIN_ENERGY = 1.5
"""Squared levels per px, at the second scale, below which a tile is flat: rounding to bytes makes a third of it."""
_NOISE_FACTOR = 12.0
"""A tile must also hold as many times the variance of the noise."""


@dataclass(frozen=True)
class Texture:
    """Gradient energy of a frame's tiles, beyond what noise makes.

    Attributes:
        tensors_S3N: at each scale, the means of gx², gy² and gx·gy over each tile, in squared levels of 255 per px
            of that scale, flattened row by row.
        has_say_N: whether a tile has anything to judge: sky and walls have not.
        rows: of tiles.
        columns: of tiles.
        noise: deviation in levels of 255.

    """

    tensors_S3N: Floats
    has_say_N: npt.NDArray[np.bool_]
    rows: int
    columns: int
    noise: float

    def energy_N(self, scale: int) -> Floats:  # noqa: N802 (dimensions in capitals)
        """Give the energy of the gradients at a scale, 0 being the finest."""
        return np.asarray(self.tensors_S3N[scale, :2].sum(0), np.float32)


def texture_of(grey_HW: npt.NDArray[np.uint8]) -> Texture:
    """Measure the gradients of a frame, uint8, at its own size, a half and a quarter of it.

    Noise of deviation s adds 2 s² to each squared difference of neighbours, four times less after each halving.
    """
    noise = noise_level(grey_HW)
    rows, columns = tile_grid(grey_HW.shape[0] // 4, grey_HW.shape[1] // 4)
    rows, columns = max(rows, 1), max(columns, 1)
    picture_HW = grey_HW.astype(np.float32)
    tensors = []
    for scale in range(_SCALES):
        tensors.append(_tensor(picture_HW, rows, columns, noise / 2**scale))
        picture_HW = _halved(picture_HW)
    tensors_S3N = np.stack(tensors)
    floor = max(_MIN_ENERGY, _NOISE_FACTOR * (noise / 2) ** 2)
    return Texture(tensors_S3N, tensors_S3N[1, :2].sum(0) >= floor, rows, columns, noise)


def _tensor(x_HW: Floats, rows: int, columns: int, noise: float) -> Floats:
    if min(x_HW.shape) < 2 or x_HW.shape[0] <= rows or x_HW.shape[1] <= columns:
        return np.zeros((3, rows * columns), np.float32)
    across_HW = x_HW[:-1, 1:] - x_HW[:-1, :-1]
    down_HW = x_HW[1:, :-1] - x_HW[:-1, :-1]
    products = (across_HW * across_HW, down_HW * down_HW, across_HW * down_HW)
    tensor_3N = np.stack([tile_means(product_HW, rows, columns).ravel() for product_HW in products])
    # The two differences share a pixel: noise makes them correlate, by half its part in their squares.
    made_by_noise = np.float32(_NOISE_SPREAD * noise**2) * np.array([2, 2, 1], np.float32)
    tensor_3N -= made_by_noise[:, None]
    np.maximum(tensor_3N[:2], 0, out=tensor_3N[:2])
    return tensor_3N


def _halved(x_HW: Floats) -> Floats:
    height, width = x_HW.shape[0] // 2 * 2, x_HW.shape[1] // 2 * 2
    rows_HW = x_HW[0:height:2, :width] + x_HW[1:height:2, :width]
    return np.asarray((rows_HW[:, ::2] + rows_HW[:, 1::2]) * np.float32(0.25), np.float32)
