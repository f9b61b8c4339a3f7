"""Exposure pumping: the automatic exposure hunts."""

from collections.abc import Sequence

import numpy as np

from mutoscope.sort.over_time import Seconds, Series, per_shot, smoothed, swing_within
from mutoscope.sort.tiles import Floats

__all__ = ["pumping_of"]

_SMOOTH_S = 0.75
_HALF_S = 0.5
_DARKEST = -6.5
"""Below this many stops under white there is nothing to be seen: a fade to black must not swing without bound."""


def pumping_of(brightness_T: Series, seconds_T: Seconds, shots: Sequence[tuple[int, int]]) -> Floats:
    """Give the largest swing of the brightness, stops, within half a second to each side of each frame.

    A slow change, as of a pan from shade to light, is taken away first: a line under a Gaussian of 0.75 s. Shots are
    looked at one by one, so that a cut is no swing.
    """

    def swing(values_T: Series, at_T: Seconds) -> Series:
        seen_T = np.maximum(values_T, _DARKEST)
        return swing_within(seen_T - smoothed(seen_T, at_T, _SMOOTH_S), at_T, _HALF_S)

    return per_shot(swing, brightness_T, seconds_T, shots).astype(np.float32)
