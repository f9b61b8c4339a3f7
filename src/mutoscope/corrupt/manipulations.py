"""What agents do to the cells they visit, as kernels over a picture and its grid; each works on its own rows."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.dct import compress_cell
from mutoscope.corrupt.jit import kernel

__all__ = ["DESATURATE", "FLAT", "JPEG", "NOTHING", "PALETTE", "mean_cells", "paint_cells"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Kinds = npt.NDArray[np.uint8]

NOTHING, FLAT, DESATURATE, PALETTE, JPEG = 0, 1, 2, 3, 4
"""What a cell is covered with. Flat cells have a colour; the others change what lies under them."""


_FEW = 6


@kernel
def mean_cells(
    x_CHW: Floats,
    row_edges: Ints,
    col_edges: Ints,
    wanted_mn: npt.NDArray[np.bool_],
    mean_mnC: Floats,
    first: int,
    end: int,
) -> None:
    """Write the mean colours of the cells that are wanted, in the rows of the grid from `first` up to `end`.

    Columns are added up first: that order is the same for every number of threads, and quick.
    """
    sum_W = np.empty(x_CHW.shape[2], np.float32)
    for m in range(first, end):
        top, bottom = row_edges[m], row_edges[m + 1]
        num_wanted = wanted_mn[m].sum()
        if num_wanted == 0:
            continue
        # Where most of a row is wanted, whole lines are added up: long loops are quicker.
        by_lines = num_wanted * _FEW > wanted_mn.shape[1]
        for c in range(3):
            if by_lines:
                _add_lines(x_CHW[c], top, bottom, 0, sum_W.shape[0], sum_W)
            for n in range(wanted_mn.shape[1]):
                if not wanted_mn[m, n]:
                    continue
                left, right = col_edges[n], col_edges[n + 1]
                if not by_lines:
                    _add_lines(x_CHW[c], top, bottom, left, right, sum_W)
                total = 0.0
                for x in range(left, right):
                    total += sum_W[x]
                mean_mnC[m, n, c] = total / ((right - left) * (bottom - top))


@kernel
def _add_lines(x_HW: Floats, top: int, bottom: int, left: int, right: int, sum_W: Floats) -> None:
    sums = sum_W[left:right]
    sums[:] = x_HW[top, left:right]
    for y in range(top + 1, bottom):
        line = x_HW[y, left:right]
        for x in range(line.shape[0]):
            sums[x] += line[x]


@kernel
def _fill_row(
    x_CHW: Floats,
    edges: tuple[int, int],
    col_edges: Ints,
    kind_n: Kinds,
    colour_nC: Floats,
    strength: float,
    colour_W: Floats,
) -> None:
    """Fill the flat cells of one row of the grid, neighbours together: small cells alone would be many short loops."""
    n = 0
    while n < kind_n.shape[0]:
        if kind_n[n] != FLAT:
            n += 1
            continue
        first = n
        while n < kind_n.shape[0] and kind_n[n] == FLAT:
            n += 1
        colours = colour_W[: col_edges[n] - col_edges[first]]
        for c in range(3):
            for cell in range(first, n):
                start = col_edges[cell] - col_edges[first]
                colours[start : start + col_edges[cell + 1] - col_edges[cell]] = colour_nC[cell, c]
            for y in range(edges[0], edges[1]):
                line = x_CHW[c, y, col_edges[first] : col_edges[n]]
                if strength == 1:
                    line[:] = colours
                else:
                    for x in range(line.shape[0]):
                        line[x] += (colours[x] - line[x]) * np.float32(strength)


@kernel
def _desaturate(x_CHW: Floats, top: int, left: int, bottom: int, right: int, strength: float) -> None:
    part = np.float32(strength)
    for y in range(top, bottom):
        r, g, b = x_CHW[0, y, left:right], x_CHW[1, y, left:right], x_CHW[2, y, left:right]
        for x in range(right - left):
            luma = np.float32(0.3) * r[x] + np.float32(0.59) * g[x] + np.float32(0.11) * b[x]
            if strength == 1:
                r[x], g[x], b[x] = luma, luma, luma
            else:
                r[x] += (luma - r[x]) * part
                g[x] += (luma - g[x]) * part
                b[x] += (luma - b[x]) * part


@kernel
def _reduce(x_CHW: Floats, top: int, left: int, bottom: int, right: int, levels: int, strength: float) -> None:
    steps, part = np.float32(levels - 1), np.float32(strength)
    for c in range(3):
        for y in range(top, bottom):
            row = x_CHW[c, y, left:right]
            for x in range(row.shape[0]):
                row[x] += (np.rint(row[x] * steps) / steps - row[x]) * part


@kernel
def paint_cells(
    x_CHW: Floats,
    row_edges: Ints,
    col_edges: Ints,
    kind_mn: Kinds,
    colour_mnC: Floats,
    levels: int,
    tables_288: Floats,
    strength: float,
    first: int,
    end: int,
) -> None:
    """Cover cells in place, in the rows of the grid from `first` up to `end`; each reads only what lies under it.

    Args:
        x_CHW: the picture.
        row_edges: m+1 px edges of the rows.
        col_edges: n+1 px edges of the columns.
        kind_mn: what covers each cell.
        colour_mnC: of flat cells.
        levels: of each channel, for `PALETTE`.
        tables_288: steps of luma and chroma, for `JPEG`.
        strength: share of the result, 0..1.
        first: row of the grid.
        end: row of the grid after the last one.

    """
    colour_W = np.empty(x_CHW.shape[2], np.float32)
    for m in range(first, end):
        top, bottom = row_edges[m], row_edges[m + 1]
        _fill_row(x_CHW, (top, bottom), col_edges, kind_mn[m], colour_mnC[m], strength, colour_W)
        for n in range(kind_mn.shape[1]):
            kind = kind_mn[m, n]
            left, right = col_edges[n], col_edges[n + 1]
            if kind == DESATURATE:
                _desaturate(x_CHW, top, left, bottom, right, strength)
            elif kind == PALETTE:
                _reduce(x_CHW, top, left, bottom, right, levels, strength)
            elif kind == JPEG:
                compress_cell(x_CHW, top, left, bottom, right, tables_288, strength)
