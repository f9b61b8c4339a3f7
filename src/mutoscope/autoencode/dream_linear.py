"""How latents move on by a linear rule: the part of a dream that needs no training."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["fit_linear", "linear_step"]

_FOLDS = 5
_RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e3, 1e6)
"""Weights of the pull towards plain damped motion, in units of the mean square of what it is fitted to."""


@dataclass(frozen=True)
class _Sums:
    """Sums over frames that all errors follow from: x'x, x'y and y'y."""

    xx: Tensor
    xy: Tensor
    yy: Tensor
    num: int

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy, self.num + other.num)

    def error(self, rule: Tensor) -> float:
        """Sum of squared errors of y = x @ rule."""
        return float((rule * (self.xx @ rule - 2 * self.xy)).sum() + self.yy)


def linear_step(rule_FK: Tensor, w_NK: Tensor, v_NK: Tensor) -> Tensor:
    """Predict the next difference from the place and the last difference, N,K."""
    num = w_NK.shape[-1]
    return w_NK @ rule_FK[:num] + v_NK @ rule_FK[num : 2 * num] + rule_FK[2 * num]


def fit_linear(runs: Sequence[Tensor]) -> Tensor:
    """Fit d[t+1] = w[t] A + d[t] B + c by ridge regression towards damped motion (A, c = 0, B = a multiple of 1).

    How strongly it is held there is decided by cross-validation over stretches of the film; A and B each for itself.

    Args:
        runs: sequences T,K that follow each other without a cut; those of less than three frames say nothing.

    Returns:
        float64, (2K+1),K: the rows of A, of B, and c. Zeros where there is too little to learn from.

    """
    num = runs[0].shape[1]
    folds = [_sums(part, num) for part in _stretches(runs)]
    whole = sum(folds[1:], folds[0])
    if whole.num == 0:
        return torch.zeros(2 * num + 1, num, dtype=torch.float64)
    damped = _damped(whole, num)
    if whole.num < 2 * _FOLDS:
        return damped
    error, ridge_place, ridge_motion = min(
        (_cross_validated(folds, whole, one, other, num), one, other) for one in _RIDGES for other in _RIDGES
    )
    del error
    return _ridge(whole, damped, ridge_place, ridge_motion, num)


def _stretches(runs: Sequence[Tensor]) -> list[list[Tensor]]:
    """Deal stretches of the film to folds: whole runs, long ones in parts."""
    folds: list[list[Tensor]] = [[] for _ in range(_FOLDS)]
    longest = max(3, sum(len(run) for run in runs) // (2 * _FOLDS))
    parts = [run[start : start + longest] for run in runs for start in range(0, len(run), longest)]
    for number, part in enumerate(parts):
        folds[number % _FOLDS].append(part)
    return folds


def _sums(runs: Sequence[Tensor], num: int) -> _Sums:
    xx = torch.zeros(2 * num + 1, 2 * num + 1, dtype=torch.float64)
    xy = torch.zeros(2 * num + 1, num, dtype=torch.float64)
    yy, count = torch.zeros((), dtype=torch.float64), 0
    for run in runs:
        if len(run) < 3:
            continue
        w = run.double()
        d = w[1:] - w[:-1]
        x = torch.cat([w[1:-1], d[:-1], torch.ones(len(d) - 1, 1, dtype=torch.float64)], 1)
        xx, xy, yy, count = xx + x.T @ x, xy + x.T @ d[1:], yy + d[1:].square().sum(), count + len(x)
    return _Sums(xx, xy, yy, count)


def _damped(sums: _Sums, num: int) -> Tensor:
    """Give the rule that goes on with a share of the last difference, the same share for all."""
    motion = slice(num, 2 * num)
    total = float(sums.xx[motion, motion].trace())
    share = float(sums.xy[motion].trace()) / total if total > 0 else 0.0
    rule = torch.zeros_like(sums.xy)
    rule[motion] = torch.eye(num, dtype=torch.float64) * min(max(share, -0.5), 1.0)
    return rule


def _ridge(sums: _Sums, towards: Tensor, place: float, motion: float, num: int) -> Tensor:
    mean = sums.xx.diagonal()
    weights = torch.cat([
        (place * mean[:num].mean()).expand(num),
        (motion * mean[num : 2 * num].mean()).expand(num),
        (place * mean[-1:]),
    ]) + 1e-9 * (1 + mean.max())  # fmt: skip
    return towards + torch.linalg.solve(sums.xx + torch.diag(weights), sums.xy - sums.xx @ towards)


def _cross_validated(folds: Sequence[_Sums], whole: _Sums, place: float, motion: float, num: int) -> float:
    error = 0.0
    for fold in folds:
        if fold.num == 0 or fold.num == whole.num:
            continue
        rest = _Sums(whole.xx - fold.xx, whole.xy - fold.xy, whole.yy - fold.yy, whole.num - fold.num)
        error += fold.error(_ridge(rest, _damped(rest, num), place, motion, num))
    return error
