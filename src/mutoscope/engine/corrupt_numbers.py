"""What a layer's agents saw, are paid, have learned and do, as numbers for whoever draws it: small and rounded."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mutoscope.core.clip import Clip
from mutoscope.corrupt.inspect import LayerView
from mutoscope.corrupt.table import running_mean

__all__ = ["seen_numbers"]

Array = npt.NDArray[np.float32]

_MOST_CELLS = 64
"""Along the longer side of a field: finer than it is drawn on a page."""
_BUCKETS = 400
_DIGITS = 3


def seen_numbers(view: LayerView, frame: Clip, window: int) -> dict[str, Any]:
    """Give attention, rewards, policy, paths and the learning curve of a layer.

    Args:
        view: of the layer on the frame.
        frame: a clip of length one.
        window: episodes of the running mean.

    Returns:
        `attention` and each of `rewards` (by manipulation, mean of the four directions, 0 for the least and 1 for the
        most): rows, columns, values row by row, 0..1. `policy` likewise, its values are numbers of actions: four
        directions (up, down, left, right) for each manipulation. `paths`: x and y of cells in shares of the picture.
        `learning`, where there was any: the first episode of each stretch of episodes, the least and the greatest
        return in it, the running mean at its end.

    """
    grid = view.grid
    rows, cols = grid.used_rows, grid.used_cols
    rewards_Amn = view.rewards_Amn[:, :rows, :cols].reshape(-1, 4, rows, cols).mean(1)
    height, width = frame.size
    ys, xs = ((edges[:-1] + edges[1:]) / 2 for edges in (grid.row_edges, grid.col_edges))
    return {
        "attention": _field(np.asarray(view.look.map_HW, np.float32)),
        "rewards": {
            name: _field(_stretched(plane)) for name, plane in zip(view.manipulations, rewards_Amn, strict=True)
        },
        "policy": _field(view.table.policy_mn[:rows, :cols], is_choice=True),
        "paths": [
            [[_short(xs[col] / width), _short(ys[row] / height)] for row, col in path] for path in view.paths if path
        ],
        "learning": _learning(view.table.returns, window),
    }


def _field(values_mn: npt.NDArray[Any], *, is_choice: bool = False) -> dict[str, Any]:
    step = -(-max(values_mn.shape) // _MOST_CELLS)
    small = values_mn[step // 2 :: step, step // 2 :: step] if is_choice else _means(values_mn, step)
    found = [int(one) for one in small.ravel()] if is_choice else [_short(one) for one in small.ravel()]
    return {"rows": small.shape[0], "columns": small.shape[1], "values": found}


def _means(values_mn: npt.NDArray[Any], step: int) -> npt.NDArray[Any]:
    rows, cols = (np.arange(0, size, step) for size in values_mn.shape)
    sums = np.add.reduceat(np.add.reduceat(values_mn.astype(np.float64), rows, 0), cols, 1)
    heights, widths = np.diff(np.append(rows, values_mn.shape[0])), np.diff(np.append(cols, values_mn.shape[1]))
    return np.asarray(sums / np.outer(heights, widths))


def _stretched(values_mn: Array) -> Array:
    least, most = float(values_mn.min()), float(values_mn.max())
    return (values_mn - np.float32(least)) / np.float32(max(most - least, 1e-9))


def _learning(returns: Array, window: int) -> dict[str, list[float]] | None:
    if not len(returns):
        return None
    starts = np.arange(0, len(returns), -(-len(returns) // _BUCKETS))
    ends = np.append(starts[1:], len(returns)) - 1
    means = running_mean(returns, window)
    curves = {
        "least": np.minimum.reduceat(returns, starts),
        "most": np.maximum.reduceat(returns, starts),
        "mean": means[ends],
    }
    plain: dict[str, list[float]] = {name: [_short(one) for one in values] for name, values in curves.items()}
    return {"episode": [int(one) + 1 for one in starts], **plain}


def _short(value: Any) -> float:
    return round(float(value), _DIGITS)
