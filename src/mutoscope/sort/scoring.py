"""How good probabilities are: ranking, right answers at a threshold, calibration, and how sure one can be of that."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import default_rng

__all__ = ["Interval", "auc", "bootstrap", "calibration_error", "fit_platt", "logit", "wilson"]

Floats = npt.NDArray[np.float64]
_NUM_DRAWS = 1000


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def auc(scores_N: Floats, is_true_N: npt.NDArray[np.bool_]) -> float:
    """Give the share of pairs, one true and one false, that are ranked rightly; ties count half. NaN without pairs."""
    num_true, num_false = int(is_true_N.sum()), int((~is_true_N).sum())
    if not num_true or not num_false:
        return float("nan")
    _, inverse, counts = np.unique(scores_N, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    return float((ranks[is_true_N].sum() - num_true * (num_true + 1) / 2) / (num_true * num_false))


def calibration_error(p_N: Floats, is_true_N: npt.NDArray[np.bool_], num_bins: int = 10) -> float:
    """Give the expected calibration error over bins of equal width (Guo et al. 2017, equation 3)."""
    bins = np.minimum((p_N * num_bins).astype(int), num_bins - 1)
    total = 0.0
    for b in range(num_bins):
        inside = bins == b
        if inside.any():
            total += inside.mean() * abs(p_N[inside].mean() - is_true_N[inside].mean())
    return float(total)


def wilson(num_right: int, num: int) -> Interval:
    """Give a share with Wilson's score interval (1927), 95 %."""
    if num == 0:
        return Interval(float("nan"), 0.0, 1.0)
    z, share = 1.959964, num_right / num
    middle = (share + z * z / (2 * num)) / (1 + z * z / num)
    half = z / (1 + z * z / num) * (share * (1 - share) / num + z * z / (4 * num * num)) ** 0.5
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(scores_N: Floats, is_true_N: npt.NDArray[np.bool_], groups_N: npt.NDArray[np.int64]) -> Interval:
    """Give the AUC with a 95 % interval over draws of whole groups, as pictures made from one are not independent."""
    chance = default_rng(0)
    names = np.unique(groups_N)
    members = [np.flatnonzero(groups_N == name) for name in names]
    draws = []
    for _ in range(_NUM_DRAWS):
        rows = np.concatenate([members[i] for i in chance.integers(0, len(names), len(names))])
        value = auc(scores_N[rows], is_true_N[rows])
        if not np.isnan(value):
            draws.append(value)
    value = auc(scores_N, is_true_N)
    if not draws:
        return Interval(value, 0.0, 1.0)
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def logit(p_N: Floats) -> Floats:
    """Undo the sigmoid; probabilities of 0 and 1 are taken for nearly so."""
    p = np.clip(p_N, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def fit_platt(logits_N: Floats, targets_N: Floats, trust: float = 1.0) -> tuple[float, float]:
    """Fit the slope and offset that make a sigmoid fit targets best (Platt 1999), by Newton's method.

    Args:
        logits_N: of what is to be calibrated.
        targets_N: 0..1.
        trust: how many examples the wish to stay at slope 1 and offset 0 is worth; it keeps few decisions, or ones
            that a threshold parts perfectly, from making every probability 0 or 1.

    Returns:
        slope, at least 0.05, and offset.

    """
    slope, offset = 1.0, 0.0
    rows_N2 = np.stack([logits_N, np.ones_like(logits_N)], 1)
    for _ in range(100):
        p_N = 1 / (1 + np.exp(-np.clip(slope * logits_N + offset, -40, 40)))
        gradient = rows_N2.T @ (p_N - targets_N) + trust * np.array([slope - 1, 0.1 * offset])
        curvature = (rows_N2 * (p_N * (1 - p_N))[:, None]).T @ rows_N2 + trust * np.diag([1.0, 0.1])
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        step *= min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        slope, offset = slope - step[0], offset - step[1]
        if float(np.abs(step).max()) < 1e-9:
            break
    return max(0.05, float(slope)), float(offset)
