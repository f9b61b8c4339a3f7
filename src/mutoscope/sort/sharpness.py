"""How sharp a frame is, whatever it shows, how strong its contrast is and how noisy it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.sort.texture import Texture
from mutoscope.sort.tiles import Floats, weighted_quantile

__all__ = ["Sharpness", "relative_sharpness", "sharpness_of", "tile_sharpness"]

_SMOOTH = 0.25
"""What a picture without detail keeps of its gradient energy at the finer of two scales: its slopes are halved."""
_MIN_TILES = 0.04
_NEAR_S = 2.0
_BEST = 0.95


@dataclass(frozen=True)
class Sharpness:
    """How sharp a frame is: 0 where it has no fine detail, about 0.6 for a crisp photograph, rarely above 1.

    Attributes:
        median: over the tiles that have something to show: the frame. NaN where none has.
        best: the 90th percentile of them: whether anything in it is sharp.

    """

    median: float
    best: float


def sharpness_of(texture: Texture) -> Sharpness:
    """Judge a frame by the share of its gradient energy that the finest scale holds.

    Sharp photographs have as much energy in each octave (Field 1987, J. Opt. Soc. Am. A 4), blurred ones lose the
    finest: re-blur without a second blur (Crete et al. 2007). As a ratio it does not depend on contrast, and the
    noise is subtracted first.
    """
    value_N = tile_sharpness(texture)
    known_N = texture.has_say_N
    if known_N.mean() < _MIN_TILES:
        return Sharpness(float("nan"), float("nan"))
    weight_N = texture.energy_N(1)[known_N]
    return Sharpness(*(weighted_quantile(value_N[known_N], weight_N, share) for share in (0.5, 0.9)))


def tile_sharpness(texture: Texture) -> Floats:
    """Give the sharpness of each tile, 0 and more; meaningless where a tile has no say."""
    ratio_N = texture.energy_N(0) / np.maximum(texture.energy_N(1), 1e-6)
    return np.asarray(np.maximum(ratio_N - _SMOOTH, 0) / (1 - _SMOOTH), np.float32)


def relative_sharpness(
    sharpness_T: Floats, seconds_T: npt.NDArray[np.float64], shots: Sequence[tuple[int, int]]
) -> Floats:
    """Give each frame's sharpness beside the best (95th percentile) within 2 s of it in its shot, per cent.

    So a blink of blur shows in a soft film too. NaN where the sharpness is unknown; a best of 0 gives 100.
    """
    out_T = np.full(len(sharpness_T), np.nan, np.float32)
    for first, end in shots:
        at, value = seconds_T[first:end], sharpness_T[first:end]
        starts, ends = np.searchsorted(at, at - _NEAR_S), np.searchsorted(at, at + _NEAR_S, side="right")
        for i in np.flatnonzero(np.isfinite(value)):
            near = value[starts[i] : ends[i]]
            ordered = np.sort(near[np.isfinite(near)])
            best = ordered[round(_BEST * (len(ordered) - 1))]
            out_T[first + i] = 100 * min(1.0, value[i] / best) if best > 0 else 100
    return out_T
