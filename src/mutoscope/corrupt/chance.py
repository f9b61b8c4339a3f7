"""Chance within kernels: splitmix64 (Steele et al. 2014) of a seed and a number, so that no draw waits for another."""

import numpy as np
import torch

from mutoscope.corrupt.jit import kernel

__all__ = ["draw_seed", "mixed", "share"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


def draw_seed(generator: torch.Generator) -> np.uint64:
    """Draw the seed of one frame's kernels from that frame's generator."""
    return np.uint64(int(torch.randint(1 << 62, (1,), generator=generator)))


@kernel
def mixed(seed: np.uint64, number: int) -> np.uint64:
    """Mix a seed and a number >= 0 into 64 random bits."""
    x = seed + (np.uint64(number) + np.uint64(1)) * _GOLDEN
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return x ^ (x >> _31)


@kernel
def share(seed: np.uint64, number: int) -> float:
    """Mix a seed and a number >= 0 into a number from 0 up to, and not, 1."""
    return np.float64(mixed(seed, number) >> _11) * _UNIT
