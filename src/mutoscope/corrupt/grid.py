"""The grid that agents walk on, and the blocks of pixels that its cells stand for."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mutoscope.core.errors import ParameterError

__all__ = ["Fit", "Grid", "lay_grid"]

Fit = Literal["pad", "stretch"]
"""Square cells and a rest of the grid outside the picture, or a grid that covers the picture exactly."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid over a picture; the picture lies in its upper left part.

    Attributes:
        rows: of the whole grid.
        cols: of the whole grid.
        used_rows: that lie on the picture.
        used_cols: that lie on the picture.
        row_edges: int32, used_rows + 1; px from the top, strictly increasing from 0 to H.
        col_edges: int32, used_cols + 1; px from the left, strictly increasing from 0 to W.

    """

    rows: int
    cols: int
    used_rows: int
    used_cols: int
    row_edges: NDArray[np.int32]
    col_edges: NDArray[np.int32]


def lay_grid(
    size_HW: tuple[int, int], rows_cols: tuple[int, int], *, turn: bool, fit: Fit, shrink: bool = False
) -> Grid:
    """Lay a grid over a picture so that every pixel belongs to exactly one block.

    Differs from the seed's author, whose blocks are all floor(H / rows) x floor(W / cols) px and leave a strip at the
    right and the bottom untouched: ours differ by a pixel instead.

    Args:
        size_HW: of the picture, px.
        rows_cols: as written for an upright picture, (200, 100).
        turn: let rows and columns change places where the picture lies and the grid stands, or the other way round.
        fit: "pad": cells are as square as whole numbers allow. Where rows / cols is larger than H / W the picture
            fills the columns and the last rows lie outside it (the seed's Fig. 7); where it is smaller, it fills the
            rows and the last columns lie outside. "stretch": the whole grid lies on the picture.
        shrink: make a grid that is too fine for the picture coarser, instead of refusing it.

    Raises:
        ParameterError: fewer than two cells, or more rows or columns than pixels.

    """
    rows, cols = rows_cols
    height, width = size_HW
    if rows < 1 or cols < 1 or rows * cols < 2:
        raise ParameterError(f"a grid of {rows} x {cols} has no room to walk; give at least 2 cells, like [20, 10].")
    if turn and ((width > height and rows > cols) or (width < height and rows < cols)):
        rows, cols = cols, rows
    if shrink:
        rows, cols = _coarser(rows, cols, height, width, fit)
    used_rows, used_cols = _used(rows, cols, height, width, fit)
    if used_rows > height or used_cols > width:
        raise ParameterError(
            f"a grid of {rows_cols[0]} x {rows_cols[1]} is finer than the picture, which has {width} x {height} "
            f"pixels; give at most [{min(rows, height)}, {min(cols, width)}]."
        )
    return Grid(rows, cols, used_rows, used_cols, _edges(height, used_rows), _edges(width, used_cols))


def _used(rows: int, cols: int, height: int, width: int, fit: Fit) -> tuple[int, int]:
    if fit == "stretch":
        return rows, cols
    if rows * width >= cols * height:
        return max(1, min(rows, _rounded(cols * height, width))), cols
    return rows, max(1, min(cols, _rounded(rows * width, height)))


def _coarser(rows: int, cols: int, height: int, width: int, fit: Fit) -> tuple[int, int]:
    """Make a grid coarser till it fits; the one of a single pixel has a single cell."""
    while True:
        used_rows, used_cols = _used(rows, cols, height, width, fit)
        if used_rows <= height and used_cols <= width:
            return rows, cols
        share = min(height / used_rows, width / used_cols)
        rows, cols = max(1, min(rows - 1, int(rows * share))), max(1, min(cols - 1, int(cols * share)))


def _rounded(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)


def _edges(length: int, parts: int) -> NDArray[np.int32]:
    return np.array([_rounded(i * length, parts) for i in range(parts + 1)], np.int32)
