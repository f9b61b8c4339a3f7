"""From numbers of some frames to numbers of all."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["spread"]


def spread(
    numbers: Sequence[int],
    columns: Mapping[str, npt.NDArray[np.float32]],
    seconds_T: npt.NDArray[np.float64],
    shots: Sequence[tuple[int, int]],
) -> dict[str, npt.NDArray[np.float32]]:
    """Draw straight lines in time between the frames that were judged, within each shot; NaN in a shot without any.

    Args:
        numbers: of the frames that were judged, increasing.
        columns: what was said of them, by name.
        seconds_T: times of all frames.
        shots: first frame and end of each.

    """
    at = np.asarray(numbers, np.int64)
    spreads = {name: np.full(len(seconds_T), np.nan, np.float32) for name in columns}
    for first, end in shots:
        low, high = np.searchsorted(at, [first, end])
        if low == high:
            continue
        for name, values in columns.items():
            known = seconds_T[at[low:high]]
            spreads[name][first:end] = np.interp(seconds_T[first:end], known, values[low:high])
    return spreads
