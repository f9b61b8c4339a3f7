"""What is computed after the pass: everything that looks at a shot as a whole."""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np

from mutoscope.sort.blur_kind import blur_kinds
from mutoscope.sort.over_time import Seconds, Series
from mutoscope.sort.pumping import pumping_of
from mutoscope.sort.shake import CameraSteps, camera_path
from mutoscope.sort.sharpness import relative_sharpness
from mutoscope.sort.technical import dropped_frames, standing_frames
from mutoscope.sort.tiles import Floats

__all__ = ["Raw", "columns_of"]

_AS_MEASURED = (
    "sharpness",
    "sharpness_best",
    "noise",
    "blur_direction",
    "blur_directed",
    "moving_share",
    "exposure",
    "clipped_low",
    "clipped_high",
    "brightness",
    "black",
)
_NEED_NEIGHBOURS = frozenset({"moving_share"})


class Raw:
    """Numbers of each frame as they come; four bytes each."""

    def __init__(self) -> None:
        self._columns: dict[str, array[float]] = {}

    def add(self, **numbers: float) -> None:
        """Take the numbers of the next frame; the same names each time."""
        for name, number in numbers.items():
            self._columns.setdefault(name, array("f")).append(number)

    def columns(self) -> dict[str, Floats]:
        """Give a column for each name."""
        return {name: np.array(column, np.float32) for name, column in self._columns.items()}


def columns_of(
    raw: Mapping[str, Floats], seconds_T: Seconds, shots: Sequence[tuple[int, int]], *, quick: bool
) -> dict[str, Floats]:
    """Make the columns of a table.

    Args:
        raw: what each frame told.
        seconds_T: times.
        shots: first frame and end of each.
        quick: whether the frames are key frames only, far from each other.

    """
    columns = {name: raw[name] for name in _AS_MEASURED if not (quick and name in _NEED_NEIGHBOURS)}
    columns["sharpness_relative"] = relative_sharpness(raw["sharpness"], seconds_T, shots)
    if quick:
        return columns
    change_T = raw["change"].astype(np.float64)
    starts = [first for first, _ in shots]
    change_T[starts] = np.nan
    columns["moving_share"] = columns["moving_share"].copy()
    columns["moving_share"][starts] = np.nan
    path = camera_path(_steps(raw), seconds_T, shots)
    columns |= {"path_x": path.path_x_T, "path_y": path.path_y_T, "turn": path.turn_T}
    columns |= {"speed": path.speed_T, "shake": path.shake_T}
    columns["frozen"], columns["duplicated"] = standing_frames(change_T, seconds_T, shots)
    columns["dropped"] = dropped_frames(seconds_T)
    columns["blur_kind"], columns["blur_direction"] = _kinds(raw, columns["moving_share"], shots)
    columns["pumping"] = pumping_of(raw["brightness"].astype(np.float64), seconds_T, shots)
    return columns


def _steps(raw: Mapping[str, Floats]) -> CameraSteps:
    exact: dict[str, Series] = {name: raw[name].astype(np.float64) for name in ("dx", "dy", "roll", "scale")}
    return CameraSteps(exact["dx"], exact["dy"], exact["roll"], exact["scale"], raw["known"] > 0)


def _kinds(raw: Mapping[str, Floats], moving_T: Floats, shots: Sequence[tuple[int, int]]) -> tuple[Floats, Floats]:
    names = ("sharpness", "sharpness_best", "blur_directed", "blur_along", "blur_direction")
    sharp_T, best_T, directed_T, along_T, direction_T = (raw[name].astype(np.float64) for name in names)
    motion_T2, share_T = _motion(raw, shots), moving_T.astype(np.float64) / 100
    return blur_kinds(sharp_T, best_T, directed_T, along_T, direction_T, motion_T2, share_T)


def _motion(raw: Mapping[str, Floats], shots: Sequence[tuple[int, int]]) -> Series:
    """Give the motion while each frame was exposed: the mean of the steps to it and from it, within its shot."""
    step_T2 = np.stack([raw["dx"], raw["dy"]], 1).astype(np.float64)
    step_T2[raw["known"] <= 0] = np.nan
    step_T2[[first for first, _ in shots]] = np.nan
    from_T2 = np.concatenate([step_T2[1:], np.full((1, 2), np.nan)])
    to_T2 = np.where(np.isnan(step_T2), from_T2, step_T2)
    return np.asarray((to_T2 + np.where(np.isnan(from_T2), to_T2, from_T2)) / 2)
