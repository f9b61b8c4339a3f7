"""What the meters share that look at a shot as a whole: windows of time over uneven time stamps."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Seconds", "Series", "per_shot", "smoothed", "swing_within", "windowed_mean"]

Seconds = npt.NDArray[np.float64]
Series = npt.NDArray[np.float64]

_REACH = 3.0
"""Deviations after which a Gaussian is cut off."""


def per_shot(
    measure: Callable[[Series, Seconds], Series], values_T: Series, seconds_T: Seconds, shots: Sequence[tuple[int, int]]
) -> Series:
    """Apply a function of values and times to each shot by itself."""
    out_T = np.full(len(values_T), np.nan)
    for first, end in shots:
        out_T[first:end] = measure(values_T[first:end], seconds_T[first:end])
    return out_T


def smoothed(values_KT: Series, seconds_T: Seconds, sigma_s: float, degree: int = 1) -> Series:
    """Smooth curves: a polynomial is fitted around each moment under Gaussian weights (Cleveland 1979).

    With uneven time stamps and at both ends a plain average would lag behind a steady motion; this does not.

    Args:
        values_KT: K curves over T moments, finite; or one, T.
        seconds_T: increasing.
        sigma_s: deviation of the weights.
        degree: of the polynomial: 0 is a weighted average, 1 leaves straight lines as they are, 2 parabolas too.

    """
    num = len(seconds_T)
    if num == 0:
        return values_KT.copy()
    reach, here = _REACH * sigma_s, np.arange(num)
    starts = np.searchsorted(seconds_T, seconds_T - reach)
    ends = np.searchsorted(seconds_T, seconds_T + reach, side="right")
    moments_PT = np.zeros((2 * degree + 1, num))
    sums_DKT = np.zeros((degree + 1, *values_KT.shape))
    # Offset by offset: a matrix of all pairs would grow with the square of a shot's length.
    for offset in range(-int((here - starts).max()), int((ends - here).max())):
        at = here[max(0, -offset) : min(num, num - offset)]
        at = at[(at + offset >= starts[at]) & (at + offset < ends[at])]
        away = (seconds_T[at + offset] - seconds_T[at]) / sigma_s
        weight = np.exp(-0.5 * away**2)
        for power in range(2 * degree + 1):
            moments_PT[power, at] += weight
            if power <= degree:
                sums_DKT[power][..., at] += weight * values_KT[..., at + offset]
            weight = weight * away
    system_TDD = np.stack([moments_PT[i : i + degree + 1] for i in range(degree + 1)]).transpose(2, 0, 1)
    # The first row of the inverse gives the polynomial's value in its middle.
    ridge = np.diag([0.0] + [1e-9] * degree)
    row_TD = np.linalg.inv(system_TDD + ridge)[:, 0]
    return np.asarray(np.einsum("td,d...t->...t", row_TD, sums_DKT))


def windowed_mean(values_T: Series, seconds_T: Seconds, half_s: float) -> Series:
    """Average over all frames within `half_s` of each."""
    starts, ends = _window(seconds_T, half_s)
    total = np.concatenate([[0.0], np.cumsum(values_T)])
    return np.asarray((total[ends] - total[starts]) / (ends - starts))


def swing_within(values_T: Series, seconds_T: Seconds, half_s: float) -> Series:
    """Give the difference of the largest and the least value within `half_s` of each frame."""
    starts, ends = _window(seconds_T, half_s)
    return np.array([np.ptp(values_T[a:b]) for a, b in zip(starts, ends, strict=True)])


def _window(seconds_T: Seconds, half_s: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    slack = half_s + 1e-6
    return np.searchsorted(seconds_T, seconds_T - slack), np.searchsorted(seconds_T, seconds_T + slack, side="right")
