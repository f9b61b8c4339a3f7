"""Curves in fewer points: each stretch keeps its least and its greatest value, so that no peak is lost."""

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["thinned", "thinned_times"]

_Value = float | None


def thinned(values: Sequence[_Value], most: int) -> list[_Value]:
    """Keep two values of each stretch, in the order in which they come; None where nothing is known."""
    if len(values) <= most:
        return list(values)
    found: list[_Value] = []
    for first, end in _stretches(len(values), most):
        known = [(value, place) for place, value in enumerate(values[first:end]) if value is not None]
        if not known:
            found += [None, None]
            continue
        low, high = min(known), max(known, key=lambda pair: (pair[0], -pair[1]))
        pair = sorted((low, high), key=lambda one: one[1])
        found += [pair[0][0], pair[1][0]]
    return found


def thinned_times(seconds: Sequence[float], most: int) -> list[float]:
    """Give the times that go with `thinned` values: a quarter within each stretch, and three quarters."""
    if len(seconds) <= most:
        return [round(second, 4) for second in seconds]
    found = []
    for first, end in _stretches(len(seconds), most):
        start, last = seconds[first], seconds[end - 1]
        found += [round(start + (last - start) / 4, 4), round(last - (last - start) / 4, 4)]
    return found


def _stretches(num: int, most: int) -> list[tuple[int, int]]:
    half = max(1, most // 2)
    edges = [round(num * one / half) for one in range(half + 1)]
    return [(first, end) for first, end in pairwise(edges) if first < end]
