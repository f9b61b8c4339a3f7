"""What is learned when, as shares of the budget."""

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["Moment", "Phase", "moment_at"]

Phase = Literal["variational", "finish", "larsen"]

_LEAST = 0.05
"""Share of the highest learning rate at the end of a phase."""
_LEAST_FIRST = 0.1
"""Share of the budget that the first phase has at the least: a frozen encoder must have learned something."""
_FINISH_RATE = 0.3
"""Highest learning rate of the finish, as a share of the first phase's."""
_RAMP = 0.2
"""Share of the finish over which the push grows."""


@dataclass(frozen=True)
class Moment:
    """Where a training stands.

    Attributes:
        phase: what is learned.
        within: share of the phase that is over, 0..1.
        rate: factor of the highest learning rate.
        push: factor of the discriminator's push, 0..1.

    """

    phase: Phase
    within: float
    rate: float
    push: float


def moment_at(progress: float, finish: float, *, is_larsen: bool = False) -> Moment:
    """Tell what is learned at a share of the budget.

    Args:
        progress: share of the budget that is spent, 0..1.
        finish: share of the budget that is the finish.
        is_larsen: all three networks learn together from beginning to end (Larsen et al. 2015).

    """
    progress = min(1.0, max(0.0, progress))
    if is_larsen:
        return Moment("larsen", progress, _cosine(progress), 1.0)
    begin = max(_LEAST_FIRST, 1 - finish)
    if progress < begin or finish == 0:
        within = progress / begin
        return Moment("variational", within, _cosine(within), 0.0)
    within = (progress - begin) / (1 - begin)
    return Moment("finish", within, _FINISH_RATE * _cosine(within), min(1.0, within / _RAMP))


def _cosine(within: float) -> float:
    return _LEAST + (1 - _LEAST) * 0.5 * (1 + math.cos(math.pi * within))
