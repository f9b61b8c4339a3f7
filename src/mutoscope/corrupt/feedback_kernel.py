"""Kernel of feedback: fetch the last result through an affine map, turn its colours, mix it in."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.jit import kernel

Floats = npt.NDArray[np.float32]

__all__ = ["BLENDS", "EDGES", "mix_rows"]

BLENDS = ("lighten", "normal", "difference")
EDGES = ("black", "clamp", "mirror", "wrap")


@kernel
def _fold(place: int, length: int, edge: int) -> int:
    """Bring a place beyond the edges back by the rule EDGES[edge]; -1: there is nothing."""
    if 0 <= place < length:
        return place
    if edge == 0:
        return -1
    if edge == 1 or length == 1:
        return 0 if place < 0 else length - 1
    if edge == 3:
        return place % length
    place = place % (2 * length)
    return place if place < length else 2 * length - 1 - place


@kernel
def mix_rows(
    x_CHW: Floats,
    last_CHW: Floats,
    out_CHW: Floats,
    first: int,
    end: int,
    map_6: npt.NDArray[np.float64],
    colours_33: Floats,
    mix: np.float32,
    blend: int,
    edge: int,
) -> None:
    """Mix the last result into the rows `first`..`end`.

    Args:
        x_CHW: the frame, float32 0..1.
        last_CHW: the last result, likewise.
        out_CHW: takes the result.
        first: row.
        end: row behind the last one.
        map_6: float64 a, b, c, d, e, f: pixel x, y shows place a x + b y + c, d x + e y + f of the last result.
        colours_33: float32; turns its colours.
        mix: how much of it is mixed in, 0..1, as float32.
        blend: index into BLENDS.
        edge: index into EDGES.

    """
    height, width = x_CHW.shape[1:]
    seen = np.empty(3, np.float32)
    zero, one = np.float32(0), np.float32(1)
    for y in range(first, end):
        for x in range(width):
            at_x, at_y = map_6[0] * x + map_6[1] * y + map_6[2], map_6[3] * x + map_6[4] * y + map_6[5]
            left, top = int(np.floor(at_x)), int(np.floor(at_y))
            over, under = np.float32(at_x - left), np.float32(at_y - top)
            x0, x1 = _fold(left, width, edge), _fold(left + 1, width, edge)
            y0, y1 = _fold(top, height, edge), _fold(top + 1, height, edge)
            for c in range(3):
                # What lies nowhere counts as black.
                a = last_CHW[c, y0, x0] if y0 >= 0 and x0 >= 0 else zero
                b = last_CHW[c, y0, x1] if y0 >= 0 and x1 >= 0 else zero
                d = last_CHW[c, y1, x0] if y1 >= 0 and x0 >= 0 else zero
                e = last_CHW[c, y1, x1] if y1 >= 0 and x1 >= 0 else zero
                upper, lower = a + (b - a) * over, d + (e - d) * over
                seen[c] = upper + (lower - upper) * under
            for c in range(3):
                own = x_CHW[c, y, x]
                turned = colours_33[c, 0] * seen[0] + colours_33[c, 1] * seen[1] + colours_33[c, 2] * seen[2]
                turned = min(one, max(zero, turned))
                if blend == 0:
                    value = max(own, turned * mix)
                elif blend == 1:
                    value = own + (turned - own) * mix
                else:
                    value = abs(own - turned * mix)
                out_CHW[c, y, x] = min(one, max(zero, value))
