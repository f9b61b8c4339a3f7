"""How steady the camera's path is from moment to moment, and whether it is the camera's at all."""

import numpy as np
import numpy.typing as npt

from mutoscope.sort.model import FrameTable
from mutoscope.sort.over_time import smoothed, windowed_mean

__all__ = ["interpolated", "known", "local_shake", "trust_in_path", "turns"]

Floats = npt.NDArray[np.float64]

_LOCAL_S = 0.28
_HIGH_PASS_S = 0.25
_TURN_S = 0.1
_MOVING_PERCENT = 28.0
"""Share of the picture that moves by itself, up to which the ground is surely followed."""


def known(table: FrameTable, column: str) -> Floats:
    """Give a column with its gaps filled within each shot; NaN where a shot has no value at all."""
    value_T = table.column(column).astype(np.float64)
    seconds_T = table.seconds()
    for first, end in table.shots():
        value_T[first:end] = interpolated(seconds_T[first:end], value_T[first:end])
    return value_T


def interpolated(seconds_T: Floats, value_T: Floats) -> Floats:
    """Fill gaps between known values with straight lines, ends with the nearest; all NaN stays so."""
    known_T = np.isfinite(value_T)
    if known_T.all() or not known_T.any():
        return np.where(known_T, value_T, np.nan)
    return np.interp(seconds_T, seconds_T[known_T], value_T[known_T])


def local_shake(table: FrameTable) -> Floats:
    """Give the camera path's deviation from its smooth course within 0.28 s, % of width; NaN where unknown."""
    out_T = np.full(len(table), np.nan)
    seconds_T = table.seconds()
    path_T2 = np.stack([known(table, "path_x"), known(table, "path_y")], 1)
    for first, end in table.shots():
        shot_T2, at_T = path_T2[first:end], seconds_T[first:end]
        if end - first < 3 or not np.isfinite(shot_T2).all():
            continue
        smooth_T2 = np.stack([smoothed(axis_T, at_T, _HIGH_PASS_S) for axis_T in shot_T2.T], 1)
        power_T = ((shot_T2 - smooth_T2) ** 2).sum(1)
        out_T[first:end] = np.sqrt(np.maximum(windowed_mean(power_T, at_T, _LOCAL_S / 2), 0))
    return out_T


def turns(table: FrameTable) -> Floats:
    """Give how far the path leaves a straight line within 0.1 s to each side, on average over 0.2 s; % of width."""
    out_T = np.full(len(table), np.nan)
    seconds_T = table.seconds()
    path_T2 = np.stack([known(table, "path_x"), known(table, "path_y")], 1)
    for first, end in table.shots():
        shot_T2, at_T = path_T2[first:end], seconds_T[first:end]
        if end - first < 3 or not np.isfinite(shot_T2).all():
            continue
        reach = min(_TURN_S, (at_T[-1] - at_T[0]) / 2)
        middle_T = np.clip(at_T, at_T[0] + reach, at_T[-1] - reach)
        power_T = np.zeros(end - first)
        for axis_T in shot_T2.T:
            before, now, after = (np.interp(middle_T + shift, at_T, axis_T) for shift in (-reach, 0.0, reach))
            power_T += (before - 2 * now + after) ** 2
        out_T[first:end] = np.sqrt(np.maximum(windowed_mean(power_T, at_T, _TURN_S), 0))
    return out_T


def trust_in_path(table: FrameTable) -> Floats:
    """Give 1 where the ground is followed, down to 0.25 where so much passes by that it may have been that."""
    moving_T = np.nan_to_num(known(table, "moving_share"))
    trust_T = np.clip(2 - moving_T / _MOVING_PERCENT, 0.25, 1)
    seconds_T = table.seconds()
    for first, end in table.shots():
        trust_T[first:end] = windowed_mean(trust_T[first:end], seconds_T[first:end], 0.5)
    return trust_T
