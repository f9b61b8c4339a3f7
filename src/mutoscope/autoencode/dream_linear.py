"""How latents move on by a linear rule: the part of a dream that needs no training."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

__all__ = ["fit_linear", "linear_step"]

_KNOWN = 0.7
"""Share of each shot that the rule is fitted to when it is judged by how it foretells the rest."""
_AHEAD = 10
"""Frames that it must foretell."""
_MOST_STARTS = 400
_RIDGES = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e6)
"""Weights of the pull towards plain damped motion, in units of the mean square of what it is fitted to."""
_DAMPINGS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class _Sums:
    """Sums over frames that a fit follows from: x'x and x'y."""

    xx: Tensor
    xy: Tensor
    num: int


def linear_step(rule_FK: Tensor, w_NK: Tensor, v_NK: Tensor) -> Tensor:
    """Predict the next difference from the place and the last difference, N,K."""
    num = w_NK.shape[-1]
    return w_NK @ rule_FK[:num] + v_NK @ rule_FK[num : 2 * num] + rule_FK[2 * num]


def fit_linear(runs: Sequence[Tensor], scale_K: Tensor) -> Tensor:
    """Fit d[t+1] = w[t] A + d[t] B + c by ridge regression towards damped motion (A, c = 0, B = a multiple of 1).

    How strongly it is held there, A and B each for itself, is decided by how well a rule that was fitted to the first
    part of each shot foretells ten frames of the rest, step by step.

    Args:
        runs: sequences T,K that follow each other without a cut; those of less than three frames say nothing.
        scale_K: how much each component counts.

    Returns:
        float64, (2K+1),K: the rows of A, of B, and c. Zeros where there is too little to learn from.

    """
    num = runs[0].shape[1]
    whole = _sums(runs, num)
    if whole.num == 0:
        return torch.zeros(2 * num + 1, num, dtype=torch.float64)
    known = _sums([run[: max(3, int(_KNOWN * len(run)))] for run in runs], num)
    starts, coming = _questions(runs)
    if not len(starts):
        return _ridge(whole, 0.5, 1e6, 1e6, num)
    errors = []
    for choice in product(_DAMPINGS, _RIDGES, _RIDGES):
        rule = _ridge(known, *choice, num)
        errors.append((_foretold(rule, starts, coming, scale_K.double()), choice))
    # Of those that are nearly as good the stiffest: chance decides between them, and it is wrong elsewhere.
    good = min(errors)[0] * 1.01 + 1e-12
    _, choice = max((error, choice) for error, choice in errors if error <= good)
    return _ridge(whole, *choice, num)


def _sums(runs: Sequence[Tensor], num: int) -> _Sums:
    xx = torch.zeros(2 * num + 1, 2 * num + 1, dtype=torch.float64)
    xy = torch.zeros(2 * num + 1, num, dtype=torch.float64)
    count = 0
    for run in runs:
        if len(run) < 3:
            continue
        w = run.double()
        d = w[1:] - w[:-1]
        x = torch.cat([w[1:-1], d[:-1], torch.ones(len(d) - 1, 1, dtype=torch.float64)], 1)
        xx, xy, count = xx + x.T @ x, xy + x.T @ d[1:], count + len(x)
    return _Sums(xx, xy, count)


def _questions(runs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Give places with the one before them, N,2,K, in the later parts of shots, and what follows, N,10,K."""
    found = []
    for run in runs:
        first = max(3, int(_KNOWN * len(run)))
        found += [run[at - 1 : at + 1 + _AHEAD] for at in range(first, len(run) - _AHEAD)]
    if not found:
        return torch.empty(0, 2, runs[0].shape[1]), torch.empty(0, _AHEAD, runs[0].shape[1])
    kept = torch.linspace(0, len(found) - 1, min(len(found), _MOST_STARTS)).round().long().tolist()
    asked = torch.stack([found[number] for number in kept]).double()
    return asked[:, :2], asked[:, 2:]


def _foretold(rule_FK: Tensor, starts_N2K: Tensor, coming_NTK: Tensor, scale_K: Tensor) -> float:
    w, v = starts_N2K[:, 1], starts_N2K[:, 1] - starts_N2K[:, 0]
    error = 0.0
    for step in range(coming_NTK.shape[1]):
        v = linear_step(rule_FK, w, v)
        w = w + v
        error += float(((w - coming_NTK[:, step]) * scale_K).square().sum())
    return min(float("inf"), error)


def _ridge(sums: _Sums, damping: float, place: float, motion: float, num: int) -> Tensor:
    mean = sums.xx.diagonal()
    moved = slice(num, 2 * num)
    total = float(mean[moved].sum())
    share = float(sums.xy[moved].trace()) / total if total > 0 else 0.0
    towards = torch.zeros_like(sums.xy)
    towards[moved] = torch.eye(num, dtype=torch.float64) * (damping * min(max(share, -0.5), 1.0))
    weights = [place * mean[:num].mean(), motion * mean[moved].mean(), place * mean[-1]]
    stiffness = torch.cat([weight.expand(size) for weight, size in zip(weights, (num, num, 1), strict=True)])
    stiffness = stiffness + 1e-9 * (1 + mean.max())
    found: Tensor = torch.linalg.solve(sums.xx + torch.diag(stiffness), sums.xy - sums.xx @ towards)
    return towards + found
