"""How much the camera shakes; a pan, a tilt or a zoom is no shake."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mutoscope.sort.over_time import Seconds, Series, smoothed, windowed_mean
from mutoscope.sort.tiles import Floats

__all__ = ["CameraPath", "CameraSteps", "camera_path"]

_SMOOTH_S = 0.25
_HALF_S = 0.5
_RADIUS = 0.3
"""Distance from the middle, in widths, at which a roll and a zoom are turned into a shift."""
_MIN_KNOWN = 0.5


@dataclass(frozen=True)
class CameraSteps:
    """The camera's motion from each frame's predecessor to it; the first of a shot does not matter.

    Attributes:
        dx_T: shift to the right, share of the width.
        dy_T: shift down, share of the width.
        roll_T: degrees.
        scale_T: growth, 1 without zoom.
        known_T: whether it was found.

    """

    dx_T: Series
    dy_T: Series
    roll_T: Series
    scale_T: Series
    known_T: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class CameraPath:
    """Columns of a table; NaN where the camera cannot be followed.

    Attributes:
        path_x_T: % of the width, from the first frame of the shot.
        path_y_T: likewise.
        turn_T: degrees, likewise.
        speed_T: % of the width per second.
        shake_T: % of the width.

    """

    path_x_T: Floats
    path_y_T: Floats
    turn_T: Floats
    speed_T: Floats
    shake_T: Floats


def camera_path(steps: CameraSteps, seconds_T: Seconds, shots: Sequence[tuple[int, int]]) -> CameraPath:
    """Add up the steps of each shot and part the path into a smooth motion and a shake.

    The smooth motion is a parabola fitted to the path around each moment under a Gaussian of 0.25 s, so that a pan may
    start and stop; it holds what is slower than about 1.2 Hz. Shake is the root mean square, within half a second to
    each side, of what is left: shift, and roll and zoom as the shift they make at 0.3 of the width from the middle.
    """
    num = len(seconds_T)
    columns = np.full((5, num), np.nan)
    for first, end in shots:
        columns[:, first:end] = _shot(steps, seconds_T, slice(first, end))
    return CameraPath(*columns.astype(np.float32))


def _shot(steps: CameraSteps, seconds_T: Seconds, run: slice) -> Series:
    at_T, known_T = seconds_T[run], steps.known_T[run].copy()
    known_T[:1] = True
    rates = (steps.dx_T[run], steps.dy_T[run], np.radians(steps.roll_T[run]), np.log(steps.scale_T[run]))
    paths_4T = np.stack([_summed(rate_T, known_T) for rate_T in rates])
    smooth_4T = smoothed(paths_4T, at_T, _SMOOTH_S, degree=2)
    left_4T = (paths_4T - smooth_4T) * np.array([1, 1, _RADIUS, _RADIUS])[:, None]
    shake_T = 100 * np.sqrt(np.maximum(windowed_mean((left_4T**2).sum(0), at_T, _HALF_S), 0))
    speed_T = 100 * np.hypot(*(_slope(smooth_T, at_T) for smooth_T in smooth_4T[:2]))
    unsure_T = windowed_mean(known_T.astype(np.float64), at_T, _HALF_S) < _MIN_KNOWN
    shake_T[unsure_T] = np.nan
    speed_T[unsure_T] = np.nan
    return np.stack([100 * paths_4T[0], 100 * paths_4T[1], np.degrees(paths_4T[2]), speed_T, shake_T])


def _summed(steps_T: Series, known_T: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Series:
    own_T = np.where(known_T, steps_T, 0.0)
    own_T[:1] = 0
    return np.cumsum(own_T)


def _slope(path_T: Series, seconds_T: Seconds) -> Series:
    return np.asarray(np.gradient(path_T, seconds_T)) if len(path_T) > 1 else np.zeros(len(path_T))
