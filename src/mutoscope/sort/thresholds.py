"""Faults from signs: one curve for each fault, which is above 0 where the fault is there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.sort.model import FrameTable
from mutoscope.sort.params import FaultGroup, SortParams
from mutoscope.sort.signs import Sign, read_signs

__all__ = ["GROUPS", "FaultCurve", "blur_kind", "fault_curves"]

Floats = npt.NDArray[np.float64]

GROUPS: Mapping[FaultGroup, tuple[str, ...]] = {
    "black": ("black",),
    "frozen": ("frozen",),
    "dropped": ("dropped",),
    "underexposed": ("under", "under_drift", "p_under"),
    "overexposed": ("over", "over_drift", "p_over"),
    "blurred": ("relative", "sharpness", "p_blurred"),
    "shaky": ("shake",),
    "pumping": ("pumping",),
    "noisy": ("noise",),
}
"""Which signs speak for a fault; of faults that are equally bad, the first gives its name."""

_LEAST = -3.0
_DIRECTED = 0.3
_AGREES_DEGREES = 30.0
_MOVES = 0.15
"""Camera motion between two frames, % of width, below which it has no direction to compare with."""
_KIND_MARGIN = 0.1


@dataclass(frozen=True)
class FaultCurve:
    """One fault over time.

    Attributes:
        excess_T: 0 at the threshold, 1 at twice and -1 at half of it; -3..3.
        signs: what it was read from; empty where nothing is known.

    """

    excess_T: Floats
    signs: tuple[Sign, ...]

    def at(self, frame: int) -> Sign | None:
        """Give the sign to tell of at a frame: the first beyond its threshold, or the loudest; None without any."""
        known = [sign for sign in self.signs if np.isfinite(sign.excess_T[frame])]
        beyond = [sign for sign in known if sign.excess_T[frame] >= 0]
        return beyond[0] if beyond else max(known, key=lambda sign: float(sign.excess_T[frame]), default=None)


def fault_curves(
    table: FrameTable, params: SortParams, signs: Mapping[str, Sign] | None = None
) -> dict[FaultGroup, FaultCurve]:
    """Join the signs of each fault: the median of what is known, so that one meter alone cannot condemn.

    Args:
        table: columns may be missing or NaN; a fault of which nothing is known never shows.
        params: thresholds, and faults to ignore.
        signs: as `read_signs` gave them, where they are known already.

    """
    signs = signs or read_signs(table, params)
    curves: dict[FaultGroup, FaultCurve] = {}
    for group, names in GROUPS.items():
        if group not in params.ignore:
            own = tuple(signs[name] for name in names)
            curves[group] = FaultCurve(_middle(np.stack([sign.excess_T for sign in own])), own)
    return curves


def _middle(excess_ST: Floats) -> Floats:
    """Take the median over signs, NaN left out; where none is known, as low as can be."""
    known_ST = np.isfinite(excess_ST)
    count_T = known_ST.sum(0)
    sorted_ST = np.sort(np.where(known_ST, excess_ST, np.inf), 0)
    columns = np.arange(excess_ST.shape[1])
    low_T = sorted_ST[np.maximum(count_T - 1, 0) // 2, columns]
    high_T = sorted_ST[np.minimum(count_T // 2, np.maximum(count_T - 1, 0)), columns]
    return np.where(count_T > 0, low_T + high_T, 2 * _LEAST) / 2


def blur_kind(table: FrameTable, first: int, end: int) -> str:
    """Name the blur of a run: "camera blur", "defocus", or "blurred" where it cannot be told.

    The camera blurs along its own way; a lens blurs to all sides.
    """
    votes = [_learned_vote(table, first, end), _direction_vote(table, first, end)]
    known = [vote for vote in votes if vote is not None]
    mean = float(np.mean(known)) if known else 0.0
    if abs(mean) < _KIND_MARGIN:
        return "blurred"
    return "camera blur" if mean > 0 else "defocus"


def _learned_vote(table: FrameTable, first: int, end: int) -> float | None:
    camera_T, defocus_T = table.column("p_camera")[first:end], table.column("p_defocus")[first:end]
    known_T = np.isfinite(camera_T) & np.isfinite(defocus_T)
    if not known_T.any():
        return None
    return float((camera_T[known_T] - defocus_T[known_T]).mean())


def _direction_vote(table: FrameTable, first: int, end: int) -> float | None:
    """Tell by direction: 1 camera, -1 defocus; None where the blur's direction is unknown."""
    directed_T, angle_T = table.column("blur_directed")[first:end], table.column("blur_direction")[first:end]
    known_T = np.isfinite(directed_T) & np.isfinite(angle_T)
    if not known_T.any():
        return None
    if float(np.median(directed_T[known_T])) < _DIRECTED:
        return -0.5
    x_T, y_T = (np.gradient(_path(table, axis))[first:end] for axis in ("path_x", "path_y"))
    moves_T = known_T & np.isfinite(x_T) & np.isfinite(y_T) & (np.hypot(x_T, y_T) > _MOVES)
    if not moves_T.any():
        return 0.2
    apart_T = np.abs(np.degrees(np.arctan2(y_T, x_T)) - angle_T)[moves_T] % 180
    agrees = float((np.minimum(apart_T, 180 - apart_T) < _AGREES_DEGREES).mean())
    return 1.0 if agrees > 0.5 else 0.1


def _path(table: FrameTable, axis: str) -> Floats:
    path_T = table.column(axis).astype(np.float64)
    return path_T if len(path_T) > 1 else np.zeros(2)
