"""Seeded patterns that stand for a while: which one a frame shows follows from its time alone."""

import math
from fractions import Fraction

import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context

__all__ = ["draw", "pattern_number", "wander"]


def pattern_number(frame: Clip, rate: float) -> int:
    """Number of the pattern that a frame shows: `rate` patterns a second, counted from time 0; rate 0: always 0."""
    return math.floor(frame.pts_T[0] * frame.time_base * Fraction(rate))


def draw(frame: Clip, ctx: Context, rate: float, purpose: str) -> torch.Generator:
    """Make the generator of the pattern that a frame shows.

    Args:
        frame: one frame.
        ctx: lends the seed.
        rate: patterns a second.
        purpose: keeps two uses of chance apart.

    """
    return ctx.generator(pattern_number(frame, rate), f"pattern of {purpose}")


def wander(frame: Clip, ctx: Context, rate: float, purpose: str, count: int) -> list[float]:
    """Draw `count` numbers in -1..1 that move smoothly from one pattern's to the next's (value noise)."""
    number = pattern_number(frame, rate)
    share = float(frame.pts_T[0] * frame.time_base * Fraction(rate) - number)
    here, there = (
        torch.rand(count, generator=ctx.generator(at, f"pattern of {purpose}")) * 2 - 1 for at in (number, number + 1)
    )
    eased = share * share * (3 - 2 * share)
    return [a * (1 - eased) + b * eased for a, b in zip(here.tolist(), there.tolist(), strict=True)]
