"""Frames by formula that the tests of the meters share."""

from functools import cache

import numpy as np
import torch
import torch.nn.functional as nnf

from mutoscope.testing.motion import smooth_noise


def detail(height: int = 135, width: int = 241, seed: int = 0) -> np.ndarray:
    """A grey picture with detail at every scale, hard edges too; float 0..255."""
    return _detail(height, width, seed).copy()


@cache
def _detail(height: int, width: int, seed: int) -> np.ndarray:
    soft_HW = smooth_noise(height, width, seed).mean(0)
    chance = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 1, height // 9 + 1, width // 9 + 1, generator=chance)
    blocks_HW = nnf.interpolate(coarse, (height, width), mode="nearest")[0, 0]
    fine = torch.rand(1, 1, height // 3 + 1, width // 3 + 1, generator=chance)
    small_HW = nnf.interpolate(fine, (height, width), mode="nearest")[0, 0]
    return ((0.35 * soft_HW + 0.4 * blocks_HW + 0.25 * small_HW) * 220 + 15).numpy()


def blurred(x_HW: np.ndarray, kernel_KK: np.ndarray) -> np.ndarray:
    """Convolve, edges mirrored."""
    half = kernel_KK.shape[0] // 2
    x = torch.from_numpy(x_HW.astype(np.float32))[None, None]
    kernel = torch.from_numpy(kernel_KK.astype(np.float32))[None, None]
    return nnf.conv2d(nnf.pad(x, (half,) * 4, mode="reflect"), kernel)[0, 0].numpy()


def disc(radius: float) -> np.ndarray:
    half = int(np.ceil(radius))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return kernel / kernel.sum()


def streak(length: float, degrees: float) -> np.ndarray:
    half = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * half + 1,) * 2)
    for t in np.linspace(-length / 2, length / 2, 200):
        x, y = half + t * np.cos(np.radians(degrees)), half + t * np.sin(np.radians(degrees))
        left, top = int(np.floor(x)), int(np.floor(y))
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            kernel[top + row, left + column] += (1 - abs(x - left - column)) * (1 - abs(y - top - row))
    return kernel / kernel.sum()


def grey(x_HW: np.ndarray, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Add noise and round to bytes."""
    noisy = x_HW + noise * np.random.default_rng(seed).standard_normal(x_HW.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def rgb(x_HW: np.ndarray) -> np.ndarray:
    return np.repeat(grey(x_HW)[:, :, None], 3, 2)


def shifted(canvas_HW: np.ndarray, x: float, y: float, height: int, width: int) -> np.ndarray:
    """Look at a part of a larger picture, at a place between pixels; bilinear."""
    left, top = int(np.floor(x)), int(np.floor(y))
    part = canvas_HW[top : top + height + 1, left : left + width + 1]
    across = part[:, :-1] * (1 - x + left) + part[:, 1:] * (x - left)
    return across[:-1] * (1 - y + top) + across[1:] * (y - top)
