"""Noise on latents: another one on each frame, or one that wanders. It depends on seed and time only."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["Draws", "held_noise", "noise_of"]

Draws = Callable[[int, str], torch.Generator]
"""Makes the generator of a number and a purpose, as `Context.generator` does."""

_PURPOSE = "latent noise"


def noise_of(chance: Draws, pts: int, seconds: float, hold_s: float, num: int) -> Tensor:
    """Draw normal noise for a frame.

    Args:
        chance: the run's.
        pts: the frame's time stamp.
        seconds: its time.
        hold_s: seconds in which the noise changes into another one; 0: another on each frame.
        num: how many numbers.

    """
    if hold_s > 0:
        return held_noise(chance, seconds / hold_s, num)
    return torch.randn(num, generator=chance(pts, _PURPOSE))


def held_noise(chance: Draws, place: float, num: int) -> Tensor:
    """Give noise that wanders smoothly through one draw after the other, one for each whole number.

    Its variance is 1 everywhere: the weights of the four draws around a place, a cubic B-spline's, are divided by the
    root of the sum of their squares.
    """
    first = math.floor(place)
    u = place - first
    weights = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    length = math.sqrt(sum(weight * weight for weight in weights))
    draws = [torch.randn(num, generator=chance(first + i, f"{_PURPOSE}, held")) for i in (-1, 0, 1, 2)]
    return torch.stack([draw * (weight / length) for draw, weight in zip(draws, weights, strict=True)]).sum(0)
