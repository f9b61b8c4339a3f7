"""Gradient descent on the pixels of one frame."""

from collections.abc import Callable

import torch
from torch import Tensor

from mutoscope.stylize.objective import Objective

__all__ = ["Schedule", "constant", "descend", "falling"]

Schedule = Callable[[int, int], float]
"""Learning rate at step i of n."""


def constant(rate: float) -> Schedule:
    """Keep one learning rate."""
    return lambda _step, _steps: rate


def falling(rate: float) -> Schedule:
    """Fall in a straight line to a tenth.

    A frame that starts from the previous result is nearly right: a step that stays large only shakes it.
    """
    return lambda step, steps: rate * (1 - 0.9 * step / max(1, steps - 1))


def descend(
    start_1CHW: Tensor,
    objective: Objective,
    steps: int,
    rate: Schedule,
    generator: torch.Generator,
    after_step: Callable[[], None] = lambda: None,
    *,
    num_shifts: int | None = None,
) -> Tensor:
    """Minimise the objective over the pixels with Adam, betas (0.9, 0.99), clamped to 0..1 after each step.

    Args:
        start_1CHW: first guess, 0..1; not changed.
        objective: the loss.
        steps: iterations.
        rate: learning rate by step, in units of pixel value.
        generator: draws the shifts.
        after_step: called after each iteration, for progress.
        num_shifts: different shifts that are used; content features are computed once for each. None: one a step.

    Returns:
        1,C,H,W, 0..1.

    """
    x = start_1CHW.detach().clone().requires_grad_(True)
    adam = torch.optim.Adam([x], lr=rate(0, steps), betas=(0.9, 0.99))
    for step, shift_yx in enumerate(_draw_shifts(steps, num_shifts or steps, objective.params.jitter, generator)):
        adam.param_groups[0]["lr"] = rate(step, steps)
        adam.zero_grad(set_to_none=True)
        loss: Tensor = objective(x, shift_yx)
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves backward untyped
        adam.step()
        with torch.no_grad():
            x.clamp_(0, 1)
        after_step()
    return x.detach()


def _draw_shifts(steps: int, num_shifts: int, most: int, generator: torch.Generator) -> list[tuple[int, int]]:
    """Draw (y, x) shifts of 0..most px for each step; the drawn ones are used in turn."""
    drawn = torch.randint(0, most + 1, (num_shifts, 2), generator=generator).tolist()
    return [(drawn[i % num_shifts][0], drawn[i % num_shifts][1]) for i in range(steps)]
