"""Kernel of pixel sorting: gather a band of parallel lines, sort the runs of each, put them back."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.chance import share
from mutoscope.corrupt.jit import kernel
from mutoscope.corrupt.pixel_sort_runs import order_line, weigh

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

__all__ = ["sort_lines"]

_BAND_DOWN, _BAND_TURNED, _TILE = 16, 32, 16
"""Lines that are gathered at once where they run down columns, and where they are turned; steps of a turned line.
Neighbours share the cache lines of the picture, which hold 16 pixels."""
_ZERO = 1 << 20
"""Lines at an angle begin above the picture, and chance counts from 0."""


@kernel
def _extent(offsets_K: Offsets, line: int, across: int) -> tuple[int, int]:
    """Give the first step of a line that lies on the picture, and the end behind the last."""
    start, end = 0, len(offsets_K)
    while start < end and not 0 <= line + offsets_K[start] < across:
        start += 1
    while end > start and not 0 <= line + offsets_K[end - 1] < across:
        end -= 1
    return start, end


@kernel
def _gather(
    x_CHW: Floats, pixels_CBK: Floats, offsets_K: Offsets, is_steep: bool, line: int, lines: int, across: int, tile: int
) -> None:
    """Copy lines out of the picture, tile by tile: a line at an angle takes only a pixel or two of each row."""
    length = len(offsets_K)
    for c in range(3):
        x_HW, pixels_BK = x_CHW[c], pixels_CBK[c]
        if is_steep:
            for k in range(length):
                place = line + offsets_K[k]
                for j in range(max(0, -place), min(lines, across - place)):
                    pixels_BK[j, k] = x_HW[k, place + j]
            continue
        for begin in range(0, length, tile):
            for j in range(lines):
                for k in range(begin, min(length, begin + tile)):
                    place = line + j + offsets_K[k]
                    if 0 <= place < across:
                        pixels_BK[j, k] = x_HW[place, k]


@kernel
def _scatter(
    out_CHW: Floats,
    pixels_CBK: Floats,
    order_BK: Ints,
    offsets_K: Offsets,
    is_steep: bool,
    line: int,
    lines: int,
    across: int,
    tile: int,
) -> None:
    """Put lines back, each in its order."""
    length = len(offsets_K)
    for c in range(3):
        out_HW, pixels_BK = out_CHW[c], pixels_CBK[c]
        if is_steep:
            for k in range(length):
                place = line + offsets_K[k]
                for j in range(max(0, -place), min(lines, across - place)):
                    out_HW[k, place + j] = pixels_BK[j, order_BK[j, k]]
            continue
        for begin in range(0, length, tile):
            for j in range(lines):
                for k in range(begin, min(length, begin + tile)):
                    place = line + j + offsets_K[k]
                    if 0 <= place < across:
                        out_HW[place, k] = pixels_BK[j, order_BK[j, k]]


@kernel
def sort_lines(
    x_CHW: Floats,
    out_CHW: Floats,
    offsets_K: Offsets,
    is_steep: bool,
    first: int,
    end: int,
    key: int,
    interval: int,
    reverse: bool,
    low: int,
    high: int,
    edge: int,
    least: int,
    most: int,
    chosen: float,
    band: int,
    seed: np.uint64,
) -> None:
    """Sort the lines `first`..`end` of a picture.

    Line i takes at its step k the pixel k of row i + offsets_K[k]; where it is steep, of column i + offsets_K[k].

    Args:
        x_CHW: source, float32 0..1.
        out_CHW: takes the result; each pixel belongs to one line.
        offsets_K: whole, rising or falling.
        is_steep: lines go down columns.
        first: number of the first line; may be negative.
        end: behind the last one.
        key: index into KEYS.
        interval: index into INTERVALS.
        reverse: brightest first.
        low: least brightness of a run, 0..255.
        high: greatest one.
        edge: jump that ends a run, 0..255.
        least: shorter runs stay, in px.
        most: longest run in px; 0: no limit.
        chosen: share of the lines that are sorted.
        band: lines that share one lot.
        seed: of chance.

    """
    length = len(offsets_K)
    across = x_CHW.shape[2] if is_steep else x_CHW.shape[1]
    is_turned = offsets_K[0] != offsets_K[length - 1]
    num = _BAND_TURNED if is_turned else _BAND_DOWN if is_steep else 1
    tile = _TILE if is_turned else length
    # Rows whose length is a multiple of the cache's own period would push each other out of it.
    pixels_CBK = np.empty((3, num, length + 16 + 32 * (length % 2)), np.float32)
    keys_K, lights_K = np.empty(length, np.uint8), np.empty(length, np.uint8)
    order_BK = np.empty((num, length), np.int32)
    counts = np.zeros(256, np.int32)
    for line in range(first, end, num):
        lines = min(num, end - line)
        _gather(x_CHW, pixels_CBK, offsets_K, is_steep, line, lines, across, tile)
        for j in range(lines):
            start, stop = _extent(offsets_K, line + j, across)
            lot = (line + j + _ZERO) // band
            if chosen < 1 and share(seed, 3 * lot) >= chosen:
                for k in range(start, stop):
                    order_BK[j, k] = k
                continue
            weigh(pixels_CBK[:, j], keys_K, lights_K, start, stop, key, reverse)
            order_line(
                keys_K, lights_K, order_BK[j], start, stop, lot, interval, low, high, edge, least, most, seed, counts
            )
        _scatter(out_CHW, pixels_CBK, order_BK, offsets_K, is_steep, line, lines, across, tile)
