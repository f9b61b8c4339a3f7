"""What a frame looks like in 64 bits: near-duplicate takes are found by them."""

import numpy as np
import numpy.typing as npt

from mutoscope.sort.tiles import tile_means

__all__ = ["NUM_BITS", "distance", "far_between", "signature"]

_SIDE = 32
_LOW = 8
NUM_BITS = _LOW * _LOW - 1
_DEAD = 1e-6
"""Rounding must not decide about the bits of a flat frame."""


def signature(grey_HW: npt.NDArray[np.uint8]) -> np.uint64:
    """Hash a frame by its coarse layout of light and dark (pHash: Zauner 2010, section 3.2.1).

    The frame is averaged to 32 x 32; of its cosine transform the 8 x 8 slowest waves without the constant are held
    against their median. Size, brightness, contrast, noise and mild blur hardly change a bit.

    Args:
        grey_HW: uint8, any size; a frame narrower than 32 px is repeated to that size.

    """
    height, width = grey_HW.shape
    grey_HW = np.repeat(np.repeat(grey_HW, -(-_SIDE // height), 0), -(-_SIDE // width), 1)
    small_SS = tile_means(grey_HW, _SIDE, _SIDE).astype(np.float64)
    waves = (_COSINES @ small_SS @ _COSINES.T).ravel()[1:]
    bits = waves > np.median(waves) + _DEAD
    return np.uint64(int("".join("1" if bit else "0" for bit in bits), 2))


def distance(a: np.uint64, b: np.uint64) -> int:
    """Count differing bits: 0 for the same frame, about 10 for another take, about 31 for another scene."""
    return int(np.bitwise_count(a ^ b))


def far_between(a_K: npt.NDArray[np.uint64], b_L: npt.NDArray[np.uint64]) -> float:
    """Tell how far two clips are apart: the mean over all frames of the distance to the other's most alike one.

    Returns:
        bits; infinity where a clip has no signature.

    """
    if not len(a_K) or not len(b_L):
        return float("inf")
    bits_KL = np.bitwise_count(a_K[:, None] ^ b_L[None])
    return float((bits_KL.min(1).mean() + bits_KL.min(0).mean()) / 2)


_COSINES = np.cos(np.pi / _SIDE * (np.arange(_SIDE)[None] + 0.5) * np.arange(_LOW)[:, None])
