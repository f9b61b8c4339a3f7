"""Where a film is cut into pieces that are computed apart. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from mutoscope.effects.protocol import Memory

__all__ = ["Part", "Stretch", "cut_film", "keep_parts"]


@dataclass(frozen=True)
class Stretch:
    """A run of frames, by their numbers.

    Attributes:
        shot: number of the shot that it begins in, from 0.
        first: number of its first frame.
        end: number of the first frame after it.
        goes_on: whether it takes the memory of the stretch before it.

    """

    shot: int
    first: int
    end: int
    goes_on: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a film that is kept.

    Attributes:
        first: number of its first frame.
        last: number of the first frame after it.
        start: time of its first frame.
        end: time of the first frame after it.
        shift: what is added to its times, so that the parts follow each other.

    """

    first: int
    last: int
    start: int
    end: int
    shift: int = 0


def keep_parts(
    pts: Sequence[int], kept_s: Sequence[tuple[float, float]] | None, time_base: Fraction, step: int
) -> Iterator[Part]:
    """Find the frames of the parts that are kept; parts without a frame are left out.

    Args:
        pts: times of all frames, rising.
        kept_s: first second and end of each part, in order; None keeps everything.
        time_base: seconds per unit of the times.
        step: usual distance of two frames, for the end of the last one.

    """
    if not pts:
        return
    coming = pts[0]
    for start_s, end_s in [(-math.inf, math.inf)] if kept_s is None else kept_s:
        first = bisect_left(pts, start_s, key=lambda t: float(t * time_base))
        last = bisect_left(pts, end_s, key=lambda t: float(t * time_base))
        if first < last:
            start, end = pts[first], pts[last] if last < len(pts) else pts[-1] + step
            yield Part(first, last, start, end, coming - start)
            coming += end - start


def cut_film(
    pts: Sequence[int],
    keys: Sequence[int],
    cuts_pts: Sequence[int],
    memory: Memory,
    length: int,
    part: tuple[int, int] | None = None,
) -> Iterator[Stretch]:
    """Cut a film, or a part of it, into stretches that cover it without overlap.

    Args:
        pts: times of all frames, rising.
        keys: times at which decoding may begin: where nothing is remembered, cuts are laid there if some are near.
        cuts_pts: times of the first frame of each shot but the first.
        memory: how far the effects remember. none: stretches of up to `length`. carried: shots, long ones in
            stretches that go on. shot: whole shots. film: one stretch.
        length: frames of a stretch at most, where it may be cut at all.
        part: numbers of the first frame and of the first one after it; the whole film by default.

    """
    start, num = part or (0, len(pts))
    if start >= num:
        return
    if memory == "film":
        yield Stretch(0, start, num)
    elif memory == "none":
        for first, end in _runs(pts, keys, length, start, num):
            yield Stretch(bisect_right(cuts_pts, pts[first]), first, end)
    else:
        inside = (bisect_left(pts, cut) for cut in cuts_pts)
        edges = sorted({start, num, *(edge for edge in inside if start < edge < num)})
        for first, end in pairwise(edges):
            shot = bisect_right(cuts_pts, pts[first])
            step = length if memory == "carried" else end - first
            for begin in range(first, end, step):
                yield Stretch(shot, begin, min(end, begin + step), goes_on=begin > first)


def _runs(pts: Sequence[int], keys: Sequence[int], length: int, start: int, num: int) -> Iterator[tuple[int, int]]:
    first = start
    while first < num:
        end = min(num, first + length)
        if end < num:
            # A worker that begins at such a frame decodes nothing for nothing.
            place = bisect_right(keys, pts[end]) - 1
            key = bisect_left(pts, keys[place]) if place >= 0 else 0
            end = key if key - first > length // 2 else end
        yield first, end
        first = end
