"""Signs of faults: each meter held against its threshold, frame by frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.sort.model import COLUMNS, FrameTable
from mutoscope.sort.over_time import swing_within, windowed_mean
from mutoscope.sort.params import SortParams
from mutoscope.sort.steadiness import known, local_shake, trust_in_path, turns

__all__ = ["SIGNS", "Sign", "read_signs"]

Floats = npt.NDArray[np.float64]

MOST = 3.0
"""Signs are cut at 8 times the threshold: beyond it more is not worse."""
_PROBABILITY_STEP = 3.0
"""Odds of 8 to 1 say as much as a meter at twice its threshold."""
_SMALL = 1e-4
_LOCAL_OVER_WINDOW = 1.2
"""The path's own deviation within 0.28 s swings about the one within a second; by this much it may be less."""
_TURNS_OVER_WINDOW = 1.5
"""A large throw leaks through any smoothing for half a second; how the path turns within 0.1 s ends with it. Of
trembling at 1.5 to 7 Hz it shows 0.8 times as much and more."""
_DROPPED_WITHIN_S = 1.0
_BACK_S = 0.6
_LOCAL_SWING_S, _LOCAL_SWING = 0.16, 2.5
"""A swing of 1 Hz does at least 0.4 of itself within 0.32 s, but for its turning points."""


@dataclass(frozen=True)
class Sign:
    """One measure of a fault beside its threshold.

    Attributes:
        column: of the table, whose value a person is told.
        unit: of the value.
        threshold: what it is held against, in that unit.
        value_T: measured; NaN where unknown.
        excess_T: log2 of how many times the threshold is reached, -3..3; 0 at the threshold, NaN where unknown.

    """

    column: str
    unit: str
    threshold: float
    value_T: Floats
    excess_T: Floats


def read_signs(table: FrameTable, params: SortParams) -> dict[str, Sign]:
    """Hold every measure against its threshold.

    Args:
        table: columns may be missing or NaN.
        params: the thresholds.

    Returns:
        by the names of SIGNS.

    """
    return {name: make(table, params) for name, make in SIGNS.items()}


def _above(column: str, field: str, sign: float = 1.0) -> Callable[[FrameTable, SortParams], Sign]:
    """Make a sign that more of `sign` times the column is worse."""

    def make(table: FrameTable, params: SortParams) -> Sign:
        value_T, threshold = known(table, column), float(getattr(params, field))
        ratio_T = np.maximum(sign * value_T, _SMALL) / threshold
        return _sign(column, sign * threshold, value_T, np.log2(ratio_T))

    return make


def _below(column: str, field: str) -> Callable[[FrameTable, SortParams], Sign]:
    """Make a sign that less of the column is worse."""

    def make(table: FrameTable, params: SortParams) -> Sign:
        value_T, threshold = known(table, column), float(getattr(params, field))
        return _sign(column, threshold, value_T, np.log2(threshold / np.maximum(value_T, _SMALL)))

    return make


def _likely(column: str, field: str) -> Callable[[FrameTable, SortParams], Sign]:
    """Make a sign from a probability: its odds beside the threshold's."""

    def make(table: FrameTable, params: SortParams) -> Sign:
        value_T, threshold = known(table, column), float(getattr(params, field))
        p_T = np.clip(value_T, _SMALL, 1 - _SMALL)
        odds_T = np.log2(p_T / (1 - p_T)) - np.log2(threshold / (1 - threshold))
        return _sign(column, threshold, value_T, odds_T / _PROBABILITY_STEP)

    return make


def _flag(column: str) -> Callable[[FrameTable, SortParams], Sign]:
    """Make a sign from a column of 0 and 1."""

    def make(table: FrameTable, params: SortParams) -> Sign:
        del params
        value_T = table.column(column).astype(np.float64)
        return _sign(column, 1.0, value_T, np.where(np.isnan(value_T), np.nan, np.where(value_T > 0.5, MOST, -MOST)))

    return make


def _relative(table: FrameTable, params: SortParams) -> Sign:
    """Hold the sharpest part of each frame against the best of its shot: nothing absolute is needed."""
    best_T = known(table, "sharpness_best")
    value_T = np.full(len(table), np.nan)
    for first, end in table.shots():
        shot_T = best_T[first:end]
        if np.isfinite(shot_T).any():
            value_T[first:end] = 100 * np.minimum(shot_T / max(float(np.nanquantile(shot_T, 0.9)), _SMALL), 1)
    excess_T = np.log2(params.relative_percent / np.maximum(value_T, 100 * _SMALL))
    return _sign("sharpness_relative", params.relative_percent, value_T, excess_T)


def _drift(field: str, learned: str, sign: float) -> Callable[[FrameTable, SortParams], Sign]:
    """Make a sign from how far a frame leaves the usual exposure of its shot: dark scenes are dark throughout.

    It needs the learned part as a third: of two, it would outvote the stops in a film that is dark throughout.
    """

    def make(table: FrameTable, params: SortParams) -> Sign:
        stops_T, threshold = known(table, "exposure"), float(getattr(params, field))
        value_T = np.full(len(table), np.nan)
        for first, end in table.shots():
            known_T = np.isfinite(stops_T[first:end]) & np.isfinite(table.column(learned)[first:end])
            if known_T.any():
                value_T[first:end] = stops_T[first:end] - np.nanmedian(stops_T[first:end])
        return _sign("exposure", sign * threshold, stops_T, np.log2(np.maximum(sign * value_T, _SMALL) / threshold))

    return make


def _shake(table: FrameTable, params: SortParams) -> Sign:
    """Take the shake within a second, but end it where the path itself grows calm."""
    value_T = known(table, "shake")
    held_T = np.fmin(value_T, _LOCAL_OVER_WINDOW * local_shake(table))
    held_T = np.fmin(held_T, _TURNS_OVER_WINDOW * turns(table)) * trust_in_path(table)
    return _sign("shake", params.shake_percent, value_T, np.log2(np.maximum(held_T, _SMALL) / params.shake_percent))


def _pumping(table: FrameTable, params: SortParams) -> Sign:
    """Take the swing within a second where the light goes both up and down: one step or ramp is no pumping."""
    value_T = known(table, "pumping")
    held_T = np.fmin(value_T, _there_and_back(table))
    held_T = np.fmin(held_T, _LOCAL_SWING * _local_swing(table))
    return _sign("pumping", params.pumping_stops, value_T, np.log2(np.maximum(held_T, _SMALL) / params.pumping_stops))


def _local_swing(table: FrameTable) -> Floats:
    """Give how much the brightness changes within 0.16 s to each side."""
    light_T, seconds_T = known(table, "brightness"), table.seconds()
    out_T = np.full(len(table), np.nan)
    for first, end in table.shots():
        if np.isfinite(light_T[first:end]).all():
            out_T[first:end] = swing_within(light_T[first:end], seconds_T[first:end], _LOCAL_SWING_S)
    return out_T


def _there_and_back(table: FrameTable) -> Floats:
    """Give the lesser of the largest rise and the largest fall of the brightness within 0.6 s of each frame."""
    light_T, seconds_T = known(table, "brightness"), table.seconds()
    out_T = np.full(len(table), np.nan)
    for first, end in table.shots():
        shot_T, at_T = light_T[first:end], seconds_T[first:end]
        if not np.isfinite(shot_T).all():
            continue
        starts = np.searchsorted(at_T, at_T - _BACK_S)
        ends = np.searchsorted(at_T, at_T + _BACK_S, side="right")
        for i, (low, high) in enumerate(zip(starts, ends, strict=True)):
            near = shot_T[low:high]
            rise = float((near - np.minimum.accumulate(near)).max())
            fall = float((np.maximum.accumulate(near) - near).max())
            out_T[first + i] = min(rise, fall)
    return out_T


def _dropped(table: FrameTable, params: SortParams) -> Sign:
    """Count what is missing or repeated within a second about each frame, in per cent of its frames."""
    lost_T = np.fmax(table.column("dropped"), table.column("duplicated")).astype(np.float64)
    value_T = np.full(len(table), np.nan)
    seconds_T = table.seconds()
    for first, end in table.shots():
        shot_T = lost_T[first:end]
        if np.isfinite(shot_T).any():
            value_T[first:end] = 100 * windowed_mean(np.nan_to_num(shot_T), seconds_T[first:end], _DROPPED_WITHIN_S / 2)
    excess_T = np.log2(np.maximum(value_T, _SMALL) / params.dropped_percent)
    return _sign("dropped", params.dropped_percent, value_T, excess_T)


SIGNS: Mapping[str, Callable[[FrameTable, SortParams], Sign]] = {
    "sharpness": _below("sharpness_best", "sharpness"),
    "relative": _relative,
    "p_blurred": _likely("p_blurred", "blur_probability"),
    "under": _above("exposure", "under_stops", -1.0),
    "under_drift": _drift("under_stops", "p_under", -1.0),
    "p_under": _likely("p_under", "under_probability"),
    "over": _above("exposure", "over_stops"),
    "over_drift": _drift("over_stops", "p_over", 1.0),
    "p_over": _likely("p_over", "over_probability"),
    "pumping": _pumping,
    "shake": _shake,
    "noise": _above("noise", "noise_levels"),
    "dropped": _dropped,
    "black": _flag("black"),
    "frozen": _flag("frozen"),
}
"""Every measure that a fault is read from, by name."""

_UNITS = {"dropped": "%", "p_blurred": "probability", "p_under": "probability", "p_over": "probability"}


def _sign(column: str, threshold: float, value_T: Floats, excess_T: Floats) -> Sign:
    unit = _UNITS.get(column, COLUMNS[column].unit)
    return Sign(column, unit, threshold, value_T, np.clip(excess_T, -MOST, MOST))
