"""What pixels are sorted by, what a run is, and the sorting of one line: kernels of pixel sorting."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.chance import mixed, share
from mutoscope.corrupt.jit import kernel

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

__all__ = ["INTERVALS", "KEYS", "order_line", "weigh"]

KEYS = ("brightness", "hue", "saturation", "red", "green", "blue")
INTERVALS = ("threshold", "random", "edges", "whole")

_FEW = 16
"""Runs up to this length are sorted by insertion: counting would cost more."""
_LEAST = 0.4
"""The shortest limit that chance gives to a line, as a share of the longest."""


@kernel
def _byte(value: np.float32) -> np.uint8:
    return np.uint8(min(255, max(0, int(value * np.float32(255) + np.float32(0.5)))))


@kernel
def _light(red: np.float32, green: np.float32, blue: np.float32) -> np.uint8:
    return _byte(np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue)


@kernel
def _colourful(red: np.float32, green: np.float32, blue: np.float32, kind: int) -> np.uint8:
    """Give hue (kind 1) or saturation (kind 2); 0..255."""
    most, least = max(red, green, blue), min(red, green, blue)
    spread = most - least
    if spread <= np.float32(0):
        return np.uint8(0)
    if kind == 2:
        return _byte(spread / most)
    if most == red:
        hue = (green - blue) / spread
        hue = hue + np.float32(6) if hue < 0 else hue
    elif most == green:
        hue = (blue - red) / spread + np.float32(2)
    else:
        hue = (red - green) / spread + np.float32(4)
    return _byte(hue / np.float32(6))


@kernel
def weigh(pixels_CK: Floats, keys_K: Bytes, lights_K: Bytes, start: int, end: int, kind: int, reverse: bool) -> None:
    """Give each pixel's key of the kind KEYS[kind], and its brightness."""
    red_K, green_K, blue_K = pixels_CK[0], pixels_CK[1], pixels_CK[2]
    for k in range(start, end):
        lights_K[k] = _light(red_K[k], green_K[k], blue_K[k])
    if kind == 0:
        for k in range(start, end):
            keys_K[k] = lights_K[k]
    elif kind >= 3:
        for k in range(start, end):
            keys_K[k] = _byte(pixels_CK[kind - 3, k])
    else:
        for k in range(start, end):
            keys_K[k] = _colourful(red_K[k], green_K[k], blue_K[k], kind)
    if reverse:
        for k in range(start, end):
            keys_K[k] = np.uint8(255) - keys_K[k]


@kernel
def _sort_run(keys: Bytes, order: Ints, start: int, end: int, counts: Ints) -> None:
    """Order start..end by key; equal keys keep their order. `counts` is zero before and after."""
    if end - start <= _FEW:
        for k in range(start + 1, end):
            own, at = keys[k], k
            while at > start and keys[order[at - 1]] > own:
                order[at] = order[at - 1]
                at -= 1
            order[at] = k
        return
    least, most = np.int64(255), np.int64(0)
    for k in range(start, end):
        value = np.int64(keys[k])
        counts[value] += 1
        least, most = np.minimum(least, value), np.maximum(most, value)
    place = np.int32(start)
    for bucket in range(least, most + 1):
        number = counts[bucket]
        counts[bucket] = place
        place += number
    for k in range(start, end):
        order[counts[keys[k]]] = k
        counts[keys[k]] += 1
    counts[least : most + 1] = 0


@kernel
def _next_run(
    lights: Bytes, start: int, end: int, interval: int, low: int, high: int, edge: int, limit: int
) -> tuple[int, int]:
    """Give the first pixel of the next run from `start` on, and the end behind its last one."""
    if interval == 0:
        while start < end and not low <= lights[start] <= high:
            start += 1
    last = min(end, start + limit)
    at = min(end, start + 1)
    if interval == 0:
        while at < last and low <= lights[at] <= high:
            at += 1
        return start, at
    if interval == 2:
        while at < last and abs(np.int32(lights[at]) - np.int32(lights[at - 1])) <= edge:
            at += 1
        return start, at
    return start, last


@kernel
def order_line(
    keys: Bytes,
    lights: Bytes,
    order: Ints,
    start: int,
    end: int,
    lot: int,
    interval: int,
    low: int,
    high: int,
    edge: int,
    least: int,
    most: int,
    seed: np.uint64,
    counts: Ints,
) -> None:
    """Sort the runs of one line; `lot` is the number that its chance is drawn by."""
    for k in range(start, end):
        order[k] = k
    limit = end - start
    if most > 0:
        limit = max(1, int(most * (_LEAST + (1 - _LEAST) * share(seed, 3 * lot + 1))))
    own = mixed(seed, 3 * lot + 2)
    at, run = start, 0
    while at < end:
        if interval == 1:
            length = most if most > 0 else end - start
            limit = max(1, int(length * share(own, run)))
        first, at = _next_run(lights, at, end, interval, low, high, edge, limit)
        if at - first >= least:
            _sort_run(keys, order, first, at, counts)
        run += 1
