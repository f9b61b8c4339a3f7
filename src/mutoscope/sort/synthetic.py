"""Examples made of sharp photographs: a part of one, spoiled by chance, and what was done to it."""

import torch
from torch import Tensor

from mutoscope.core.random import generator
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.sort.degrade import Degradation, degrade, draw

__all__ = ["ROOM_PX", "drawn", "example", "part_of"]

ROOM_PX = (288, 480)
"""Long sides that examples are scaled to."""


def example(photograph_3HW: Tensor, seed: int, number: int) -> tuple[Tensor, Degradation]:
    """Make one example; the same for the same photograph, seed and number.

    Args:
        photograph_3HW: sharp and well exposed, sRGB 0..1.
        seed: of the whole set.
        number: of the example within it.

    Returns:
        the picture, 3,H,W, and what was done to it.

    """
    how = drawn(seed, number)
    return degrade(part_of(photograph_3HW, seed, number), how), how


def drawn(seed: int, number: int) -> Degradation:
    """Tell what is done to an example, without making it."""
    return draw(int(torch.randint(2**62, (), generator=generator(seed, number, "degradation"))))


def part_of(photograph_3HW: Tensor, seed: int, number: int) -> Tensor:
    """Take a part, turned over left to right every second time, and scale it down to what is judged."""
    u = torch.rand(5, generator=generator(seed, number, "part")).tolist()
    height, width = photograph_3HW.shape[1:]
    share = 0.6 + 0.4 * u[0]
    h, w = max(1, round(height * share)), max(1, round(width * share))
    top, left = round(u[1] * (height - h)), round(u[2] * (width - w))
    part = photograph_3HW[None, :, top : top + h, left : left + w]
    low, high = ROOM_PX
    # Never enlarged: that would look like blur, and would be called sharp.
    side = min(max(h, w), round(low + (high - low) * u[3]))
    part = resize(part, *fit_long_side(h, w, side))
    return (part.flip(3) if u[4] < 0.5 else part)[0]
