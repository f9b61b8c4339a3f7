"""Gradient descent on the pixels of one frame."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from mutoscope.stylize.params import OptimiseParams

__all__ = ["Judge", "Schedule", "constant", "descend", "falling", "settling"]

Schedule = Callable[[int, int], float]
"""Learning rate at step i of n."""

_BAND_ROWS = 512

_ROUND = 10
"""Steps of L-BFGS with one shift and one history: what it learns of the curvature holds for one loss only."""


class Judge(Protocol):
    """A loss that can be descended."""

    @property
    def params(self) -> OptimiseParams:
        """Weights, optimiser and jitter."""
        ...

    def gradient(self, x_1CHW: Tensor, shift_yx: tuple[int, int], seed: int = 0) -> tuple[float, Tensor]:
        """Give the loss of x and its gradient."""
        ...


def constant(rate: float) -> Schedule:
    """Keep one learning rate."""
    return lambda _step, _steps: rate


def settling(rate: float) -> Schedule:
    """Keep one learning rate for two thirds of the steps, then fall to a tenth.

    Large steps to the last leave a grain of their own size on the picture, which later frames would wear off.
    """
    return lambda step, steps: rate * min(1.0, 1 - 0.9 * (3 * step / max(1, steps - 1) - 2))


def falling(rate: float) -> Schedule:
    """Fall in a straight line to a tenth.

    A frame that starts from the previous result is nearly right: a step that stays large only shakes it.
    """
    return lambda step, steps: rate * (1 - 0.9 * step / max(1, steps - 1))


def descend(
    start_1CHW: Tensor,
    objective: Judge,
    steps: int,
    rate: Schedule,
    generator: torch.Generator,
    after_step: Callable[[], None] = lambda: None,
    *,
    num_shifts: int | None = None,
    in_place: bool = False,
) -> Tensor:
    """Minimise the objective over the pixels, clamped to 0..1.

    Args:
        start_1CHW: first guess, 0..1; not changed, unless `in_place`.
        objective: the loss; its parameters say which optimiser.
        steps: iterations.
        rate: learning rate by step, in units of pixel value; L-BFGS finds its own.
        generator: draws the shifts, and the directions of sliced Wasserstein.
        after_step: called after each iteration, for progress.
        num_shifts: different shifts that are used; content features are computed once for each. None: one a step.
        in_place: whether the start may be painted over, which saves its memory.

    Returns:
        1,C,H,W, 0..1.

    """
    params = objective.params
    shifts = _draw_shifts(steps, num_shifts or steps, params.jitter, generator)
    seeds = [i % (num_shifts or steps) for i in range(steps)]
    if params.statistics == "sliced_wasserstein":
        seeds = torch.randint(0, 2**31, (steps,), generator=generator).tolist()
    x = start_1CHW.detach() if in_place else start_1CHW.detach().clone()
    if params.optimiser == "lbfgs":
        for first in range(0, steps, _ROUND):
            num = min(_ROUND, steps - first)
            x = _lbfgs_round(x, objective, num, shifts[first], seeds[first], after_step)
        return x
    return _adam(x, objective, rate, shifts, seeds, after_step)


def _adam(
    x: Tensor,
    objective: Judge,
    rate: Schedule,
    shifts: list[tuple[int, int]],
    seeds: list[int],
    after_step: Callable[[], None],
) -> Tensor:
    """Adam, betas (0.9, 0.99). With averaging, the mean of the iterates is the result (crowsonkb)."""
    steps, decay = len(shifts), objective.params.averaging
    mean = torch.zeros_like(x) if decay > 0 else None
    # In bands: Adam's intermediate results are as large as what it is given.
    bands = _bands(x)
    adam = torch.optim.Adam(bands, lr=rate(0, steps), betas=(0.9, 0.99))
    for step, (shift_yx, seed) in enumerate(zip(shifts, seeds, strict=True)):
        adam.param_groups[0]["lr"] = rate(step, steps)
        pulls = _bands(objective.gradient(x, shift_yx, seed)[1])
        for band in reversed(bands):
            band.grad = pulls.pop()
        adam.step()
        adam.zero_grad(set_to_none=True)
        x.clamp_(0, 1)
        if mean is not None:
            mean.lerp_(x, 1 - decay)
        after_step()
    # Early means lean towards the zeros they started from, as Adam's moments do (Kingma & Ba 2015, section 3).
    return x if mean is None else (mean / (1 - decay**steps)).clamp_(0, 1)


def _lbfgs_round(
    x: Tensor, objective: Judge, steps: int, shift_yx: tuple[int, int], seed: int, after_step: Callable[[], None]
) -> Tensor:
    """Take about `steps` looks at the loss with L-BFGS, the optimiser of Gatys et al. (2016)."""
    free = x.clone()
    optimiser = torch.optim.LBFGS(
        [free], max_iter=steps, max_eval=steps, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe"
    )
    best, best_loss, looks = x, float("inf"), 0

    def closure() -> float:
        nonlocal best, best_loss, looks
        # The loss of the clamped picture is a function of the free one, flat outside 0..1.
        seen = free.detach().clamp(0, 1)
        loss, gradient = objective.gradient(seen, shift_yx, seed)
        free.grad = gradient * (free == seen)
        if loss < best_loss:
            best, best_loss = seen, loss
        if looks < steps:
            after_step()
        looks += 1
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call] # torch leaves it untyped
    for _ in range(looks, steps):
        after_step()
    return best


def _draw_shifts(steps: int, num_shifts: int, most: int, generator: torch.Generator) -> list[tuple[int, int]]:
    """Draw (y, x) shifts of 0..most px for each step; the drawn ones are used in turn."""
    drawn = torch.randint(0, most + 1, (num_shifts, 2), generator=generator).tolist()
    return [(drawn[i % num_shifts][0], drawn[i % num_shifts][1]) for i in range(steps)]


def _bands(x_1CHW: Tensor) -> list[Tensor]:
    """Give views of the rows of a picture, some hundred each."""
    return [x_1CHW[:, :, top : top + _BAND_ROWS] for top in range(0, x_1CHW.shape[2], _BAND_ROWS)]
