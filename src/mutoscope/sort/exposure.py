"""How a frame is exposed: how many stops it is off, and what is clipped."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Exposure", "exposure_of"]

Series = npt.NDArray[np.float64]

_LOWEST, _HIGHEST = 2, 253
"""Levels of 255 that are taken for black and white: coding moves them by one or two."""
_FLOOR_STOPS = -11.0
"""Black as a luminance: below it there is only noise."""
_MOST_STOPS = 6.0
_SOFT_STOPS = 0.25


@dataclass(frozen=True)
class Exposure:
    """Exposure of a frame.

    Attributes:
        error: stops, -6..6: how much less (positive) or more (negative) light it should have had.
        clipped_low: per cent of its pixels in black.
        clipped_high: per cent of its pixels with a channel in white.
        brightness: log2 of the log-average of its linear luminance (Reinhard et al. 2002, eq. 1): 0 is white.

    """

    error: float
    clipped_low: float
    clipped_high: float
    brightness: float


def exposure_of(grey_HW: npt.NDArray[np.uint8], rgb_HWC: npt.NDArray[np.uint8]) -> Exposure:
    """Judge the exposure of a frame by its luminances.

    A frame is too dark only as far as its lights leave room for more: lamps at night and the sky behind a silhouette
    say that the dark is meant. It is too bright only as far as it is clipped: snow is bright and has its shades.
    """
    counts_L = np.bincount(grey_HW[::2, ::2].ravel(), minlength=256).astype(np.float64)
    share_L = counts_L / counts_L.sum()
    brightness = float(share_L @ _STOPS_L)
    white = float(_has_white(rgb_HWC).mean())
    return Exposure(
        error=_error(np.cumsum(share_L), brightness, white),
        clipped_low=100 * float(share_L[: _LOWEST + 1].sum()),
        clipped_high=100 * white,
        brightness=brightness,
    )


def _error(below_L: Series, brightness: float, white: float) -> float:
    # The numbers were fitted to brackets of -3..3 stops of 107 photographs, none of those that come with this package,
    # and to nights, silhouettes and snow made from them.
    dim, middle, light, lightest = (float(np.interp(q, below_L, _STOPS_L)) for q in (0.25, 0.5, 0.95, 0.999))
    over = 1.35 * brightness + 0.15 * middle - 0.36 * dim + 2.93
    if over > 0:
        return min(_least(over, 5.8 * white**0.64), _MOST_STOPS)
    under = max(-(0.37 * brightness + 0.63 * middle + 2.31), 0.0)
    room = max(-0.29 - 0.85 * lightest - 0.14 * light, 0.05)
    return max(-_least(3.0 * under, room), -_MOST_STOPS) if under > 0 else 0.0


def _least(a: float, b: float) -> float:
    """Give the lesser of two numbers, rounded where they meet, at least 0."""
    return max(-_SOFT_STOPS * float(np.logaddexp(-a / _SOFT_STOPS, -b / _SOFT_STOPS)), 0.0)


def _has_white(rgb_HWC: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    # Channel by channel: NumPy's maximum along three is twenty times slower.
    red_HW, green_HW, blue_HW = (rgb_HWC[:, :, i] >= _HIGHEST for i in range(3))
    return np.asarray(red_HW | green_HW | blue_HW)


def _stops_of_levels() -> Series:
    coded_L = np.arange(256) / 255
    linear_L = np.where(coded_L <= 0.04045, coded_L / 12.92, ((coded_L + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.log2(np.maximum(linear_L, 2.0**_FLOOR_STOPS)))


_STOPS_L = _stops_of_levels()
