"""Runs of frames: when something begins and ends, and what is too short to count.

Every function here is increasing: with more frames marked going in, no frame fewer comes out. So a stricter threshold
never marks less.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["drop_short", "fill_short", "frame_edges", "hold", "lasting", "runs"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_TOLERANCE_S = 1e-6


def frame_edges(seconds_T: Floats) -> Floats:
    """Give T+1 times between which frames are shown; the last stays as long as frames usually do, a lone one 0.04 s."""
    usual = float(np.median(np.diff(seconds_T))) if len(seconds_T) > 1 else 0.04
    return np.append(seconds_T, seconds_T[-1] + usual)


def runs(mask_T: Mask) -> Iterator[tuple[int, int]]:
    """Yield first frame and end of each run of marked frames."""
    steps = np.diff(np.concatenate([[0], mask_T.astype(np.int8), [0]]))
    yield from zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True)


def hold(excess_T: Floats, enter: float, leave: float) -> Mask:
    """Mark each run in which a value stays at `leave` or more, if it reaches `enter` somewhere (Canny 1986)."""
    held_T = np.zeros(len(excess_T), np.bool_)
    for first, end in runs(excess_T >= min(enter, leave)):
        held_T[first:end] = excess_T[first:end].max() >= enter
    return held_T


def drop_short(mask_T: Mask, edges_T: Floats, seconds: float) -> Mask:
    """Unmark runs shorter than that."""
    kept_T = mask_T.copy()
    for first, end in runs(mask_T):
        if edges_T[end] - edges_T[first] < seconds - _TOLERANCE_S:
            kept_T[first:end] = False
    return kept_T


def fill_short(mask_T: Mask, edges_T: Floats, seconds: float, *, ends: bool = False) -> Mask:
    """Mark gaps between two runs that are shorter than that; with `ends`, also before the first and after the last."""
    filled_T = mask_T.copy()
    if not mask_T.any():
        return filled_T
    for first, end in runs(~mask_T):
        is_end = first == 0 or end == len(mask_T)
        if is_end == ends and edges_T[end] - edges_T[first] < seconds - _TOLERANCE_S:
            filled_T[first:end] = True
    return filled_T


def lasting(mask_T: Mask, edges_T: Floats, shortest: float) -> Mask:
    """Make runs and gaps last at least `shortest` seconds each.

    Pauses are filled, then what is still too short is dropped. A stretch that is shorter by itself goes by majority.
    """
    durations_T = np.diff(edges_T)
    if durations_T.sum() < shortest - _TOLERANCE_S:
        return np.full(len(mask_T), bool(2 * durations_T[mask_T].sum() > durations_T.sum()))
    dropped_T = drop_short(fill_short(mask_T, edges_T, shortest), edges_T, shortest)
    return fill_short(dropped_T, edges_T, shortest, ends=True)
