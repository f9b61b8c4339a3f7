"""The frames of a film by their times, without decoding it: where it may be cut into pieces."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mutoscope.video.decode import Decoding
from mutoscope.video.info import VideoInfo
from mutoscope.video.rising import rising, usual_step
from mutoscope.video.sequence import numbered

__all__ = ["FrameIndex", "index_frames"]


@dataclass(frozen=True)
class FrameIndex:
    """Times of all frames, 8 bytes each.

    Attributes:
        pts: time stamps, rising.
        keys: time stamps of the frames from which decoding may begin; empty where it must begin with the first.
        breaks_off: when the film breaks off, in words, or None.

    """

    pts: "array[int]"
    keys: "array[int]"
    breaks_off: str | None = None

    def __len__(self) -> int:
        return len(self.pts)

    def key_before(self, pts: int) -> int | None:
        """Give the last frame at or before a time from which decoding may begin; None: from the beginning."""
        place = bisect_right(self.keys, pts)
        return self.keys[place - 1] if place else None

    def count(self, start: int, end: int | None) -> int:
        """Count the frames from one time up to, not including, another."""
        last = len(self.pts) if end is None else bisect_left(self.pts, end)
        return last - bisect_left(self.pts, start)


def index_frames(info: VideoInfo) -> FrameIndex:
    """List the frames of a film, picture or sequence.

    Raises:
        InputError: it cannot be opened.

    """
    if info.kind == "picture":
        return FrameIndex(array("q", [0]), array("q", [0]))
    if info.kind == "sequence":
        numbers = [number for number, _ in numbered(info.path)]
        pts = array("q", (number - numbers[0] for number in numbers))
        return FrameIndex(pts, pts)
    with Decoding(info.path) as decoding:
        found = _by_packets(decoding) if decoding.can_seek else None
    return found or _by_decoding(info.path, usual_step(info))


def _by_packets(decoding: Decoding) -> FrameIndex | None:
    """List the frames by what the container says; None where it does not say everything."""
    pts, keys, num_packets = array("q"), array("q"), 0
    for stamp, is_key in decoding.survey():
        num_packets += 1
        if stamp is not None:
            pts.append(stamp)
            if is_key:
                keys.append(stamp)
    shown, keys = array("q", sorted(pts)), array("q", sorted(keys))
    is_sure = len(shown) == num_packets and all(a < b for a, b in pairwise(shown))
    if not is_sure or not keys or keys[0] != shown[0]:
        return None
    return FrameIndex(shown, keys, decoding.breaks_off())


def _by_decoding(path: Path, step: int) -> FrameIndex:
    """List the frames of a film whose packets do not tell their times, as reading from the beginning gives them."""
    with Decoding(path) as decoding:
        pts = array("q", _all_rising((frame.pts for frame in decoding.frames()), step))
        return FrameIndex(pts, array("q"), decoding.breaks_off())


def _all_rising(stamps: Iterable[int | None], step: int) -> Iterable[int]:
    last: int | None = None
    for pts in stamps:
        last = rising(pts, last, step)
        yield last
