"""Technical faults: black, frozen, repeated and missing frames."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mutoscope.sort.over_time import Seconds, Series
from mutoscope.sort.tiles import Floats, tile_grid, tile_means

__all__ = ["dropped_frames", "is_black", "repeats", "standing_frames", "tile_change"]

_BLACK = 24
_BLACK_SHARE = 0.995
_SAME = 0.6
"""Levels of 255, mean over a tile: what coding changes in a picture that stands; the least motion changes more."""
_NEARLY_SAME = 2.0
"""A coder mends a standing picture now and then: by less than this, in half of the frames at most."""
_FROZEN_S = 0.5
_NEAR_S = 0.5
_MOVES = 4.0
"""A film moves where its frames usually differ by as many times what counts as the same."""
_GAP = 1.7


def is_black(grey_HW: npt.NDArray[np.uint8]) -> bool:
    """Tell whether nothing is to be seen: 99.5 % of the pixels at most 24 of 255 (as ffmpeg's blackdetect, stricter).

    A night with one lamp is not black.
    """
    return bool((grey_HW[::2, ::2] <= _BLACK).mean() >= _BLACK_SHARE)


def tile_change(before_HW: npt.NDArray[np.uint8], now_HW: npt.NDArray[np.uint8]) -> float:
    """Give the mean absolute difference in the tile that changed most, levels of 255.

    The most changed tile, as in a locked-off interview only the mouth moves.
    """
    rows, columns = tile_grid(*now_HW.shape)
    difference_HW = np.abs(np.subtract(now_HW, before_HW, dtype=np.int16))
    return float(tile_means(difference_HW, rows, columns).max())


def repeats(change_T: Series) -> npt.NDArray[np.bool_]:
    """Tell for each frame whether it repeats the one before; the first of a shot has NaN and does not."""
    return np.asarray(change_T < _SAME)


def standing_frames(change_T: Series, seconds_T: Seconds, shots: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Find frozen and duplicated frames.

    Args:
        change_T: `tile_change` of each frame against the one before.
        seconds_T: times.
        shots: first frame and end of each.

    Returns:
        frozen: 1 where the picture stands for half a second and more, from its first frame on; duplicated: 1 where a
        frame repeats the one before while the film around moves.

    """
    same_T, nearly_T = repeats(change_T), np.asarray(change_T < _NEARLY_SAME)
    frozen_T, duplicated_T = np.zeros(len(change_T), np.float32), np.zeros(len(change_T), np.float32)
    step_s = float(np.median(np.diff(seconds_T))) if len(seconds_T) > 1 else 0.0
    for first, end in shots:
        for start, stop in _runs(nearly_T, first + 1, end):
            shown_s = seconds_T[stop - 1] - seconds_T[start - 1] + step_s
            if shown_s >= _FROZEN_S - 1e-6 and same_T[start:stop].mean() >= 0.5:
                frozen_T[start - 1 : stop] = 1
        for start, stop in _runs(same_T & (frozen_T == 0), first + 1, end):
            if _moves_around(change_T, seconds_T, (start, stop), (first + 1, end)):
                duplicated_T[start:stop] = 1
    return frozen_T, duplicated_T


def dropped_frames(seconds_T: Seconds) -> Floats:
    """Mark each frame before which one is missing: a step of more than 1.7 times the usual one within a second."""
    steps = np.diff(seconds_T)
    out_T = np.zeros(len(seconds_T), np.float32)
    starts, ends = np.searchsorted(seconds_T, seconds_T - 1.0), np.searchsorted(seconds_T, seconds_T + 1.0)
    for i in np.flatnonzero(steps > _GAP * np.median(steps)) if len(steps) else ():
        near = steps[max(0, starts[i] - 2) : max(ends[i + 1], i + 3)]
        out_T[i + 1] = steps[i] > _GAP * np.median(near)
    return out_T


def _runs(flags_T: npt.NDArray[np.bool_], first: int, end: int) -> list[tuple[int, int]]:
    padded = np.concatenate([[False], flags_T[first:end], [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded)) + first
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _moves_around(change_T: Series, seconds_T: Seconds, run: tuple[int, int], shot: tuple[int, int]) -> bool:
    start, stop = run
    low = max(shot[0], int(np.searchsorted(seconds_T, seconds_T[start] - _NEAR_S)))
    high = min(shot[1], int(np.searchsorted(seconds_T, seconds_T[stop - 1] + _NEAR_S)))
    around = np.concatenate([change_T[low:start], change_T[stop:high]])
    around = around[np.isfinite(around)]
    return bool(len(around) >= 2 and np.median(around) > _MOVES * _SAME)
