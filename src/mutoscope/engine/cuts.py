"""Where a film is cut into pieces that are computed apart. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mutoscope.effects.protocol import Memory

__all__ = ["Stretch", "cut_film"]


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


def cut_film(
    pts: Sequence[int], keys: Sequence[int], cuts_pts: Sequence[int], memory: Memory, length: int
) -> Iterator[Stretch]:
    """Cut a film into stretches that cover it without overlap.

    Args:
        pts: times of all frames, rising.
        keys: times at which decoding may begin: where nothing is remembered, cuts are laid there if some are near.
        cuts_pts: times of the first frame of each shot but the first.
        memory: how far the effects remember. none: stretches of up to `length`. carried: shots, long ones in
            stretches that go on. shot: whole shots. film: one stretch.
        length: frames of a stretch at most, where it may be cut at all.

    """
    num = len(pts)
    if memory == "film":
        yield from [Stretch(0, 0, num)] if num else []
    elif memory == "none":
        for first, end in _runs(pts, keys, length):
            yield Stretch(bisect_right(cuts_pts, pts[first]), first, end)
    else:
        edges = sorted({0, num, *(bisect_left(pts, cut) for cut in cuts_pts)})
        for shot, (first, end) in enumerate(pairwise(edges)):
            step = length if memory == "carried" else end - first
            for begin in range(first, end, step):
                yield Stretch(shot, begin, min(end, begin + step), goes_on=begin > first)


def _runs(pts: Sequence[int], keys: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(pts):
        end = min(len(pts), first + length)
        if end < len(pts):
            # A worker that begins at such a frame decodes nothing for nothing.
            place = bisect_right(keys, pts[end]) - 1
            key = bisect_left(pts, keys[place]) if place >= 0 else 0
            end = key if key - first > length // 2 else end
        yield first, end
        first = end
