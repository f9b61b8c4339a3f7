"""Shots: where a film is cut. All temporal state is reset there."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.ops.resize import fit_long_side

__all__ = ["CutFinder", "Shots", "ShotsAnalysis", "detect_cuts"]

Picture = npt.NDArray[np.uint8]

_LONG_SIDE_PX = 256
"""Cuts show in the large; small frames are fast and hide grain."""
_WINDOW_FRAMES = 2
"""Frames before and after a candidate that its change is compared with."""
_MAX_FLASH_FRAMES = 3
"""A lightning, a camera flash or a dropped frame is no longer than this."""
_FLASH_RATIO = 0.5
"""A picture came back when it is closer than this share of the jump to the one before the jump."""
_BLACK = 24
"""No value of a frame in a fade's middle is above this, of 255: black plus the noise of coding."""


@dataclass(frozen=True)
class Shots:
    """The cuts of a film.

    Attributes:
        cuts_pts: time stamp of the first frame of each shot but the first, increasing.
        time_base: seconds per unit of the time stamps.

    """

    cuts_pts: tuple[int, ...]
    time_base: Fraction

    def is_cut(self, pts: int) -> bool:
        """Say whether the frame at `pts` is the first of a new shot."""
        i = bisect_right(self.cuts_pts, pts)
        return i > 0 and self.cuts_pts[i - 1] == pts

    def is_cut_between(self, before_pts: int, pts: int) -> bool:
        """Say whether two frames are in different shots, even where the cut's own frame was dropped."""
        return self.index(before_pts) != self.index(pts)

    def index(self, pts: int) -> int:
        """Number of the shot that the frame at `pts` belongs to, from 0."""
        return bisect_right(self.cuts_pts, pts)

    def split(self, clip: Clip) -> Iterator[Clip]:
        """Yield the pieces of a clip between its cuts, in order. Pixels are views, not copies.

        Raises:
            ValueError: where the clip counts time in other units.

        """
        if clip.time_base != self.time_base:
            raise ValueError(f"cuts count in {self.time_base} s and the clip in {clip.time_base} s")
        start = 0
        for i in range(1, len(clip)):
            if self.is_cut_between(clip.pts_T[i - 1], clip.pts_T[i]):
                yield clip[start:i]
                start = i
        if start < len(clip):
            yield clip[start:]


def detect_cuts(clips: Iterable[Clip], *, ratio: float = 3.0, min_change: float = 15.0, min_frames: int = 4) -> Shots:
    """Find the hard cuts of a film, and its fades through black, in constant memory.

    Candidates come from PySceneDetect's adaptive detector: a frame's change in hue, saturation and value
    against the average change around it, so that pans and busy scenes are not cut. A candidate whose picture
    is back within three frames was a flash and is dropped. Where the film was black and a picture rises, a
    shot starts at the first frame that is not black. Dissolves are not found: nothing in them starts anew.

    Args:
        clips: the film; how it is cut into clips does not matter.
        ratio: how many times the change around it a cut's change must be.
        min_change: mean change of hue, saturation and value that a cut needs at least, of 255.
        min_frames: shots that would be shorter are joined to the one before; at least 1.

    Returns:
        the cuts, in time stamps of the clips. A film without frames has none, with a time base of one second.

    """
    finder = CutFinder(ratio, min_change, min_frames)
    time_base: Fraction | None = None
    for clip in clips:
        time_base = time_base or clip.time_base
        for i, pts in enumerate(clip.pts_T):
            finder.add(pts, _small_bgr(clip.pixels_TCHW[i]))
    return Shots(tuple(finder.finish()), time_base or Fraction(1))


class ShotsAnalysis:
    """The pass that leaves the cuts as `Context.side["shots"]`, a `Shots`."""

    title: ClassVar[str] = "find cuts"
    version: ClassVar[int] = 2
    params: ClassVar[dict[str, float]] = {"ratio": 3.0, "min_change": 15.0, "min_frames": 4}

    def run(self, clips: Iterable[Clip]) -> dict[str, Any]:
        """Find the cuts of a film."""
        shots = detect_cuts(
            clips,
            ratio=self.params["ratio"],
            min_change=self.params["min_change"],
            min_frames=int(self.params["min_frames"]),
        )
        return {"cuts_pts": list(shots.cuts_pts), "time_base": str(shots.time_base)}

    def restore(self, plain: dict[str, Any]) -> Shots:
        """Make the cuts from what `run` gave."""
        return Shots(tuple(plain["cuts_pts"]), Fraction(plain["time_base"]))


@dataclass(frozen=True)
class _Frame:
    number: int
    pts: int
    picture: Picture


class CutFinder:
    """One pass over a film, for whoever reads it for something else too; as `detect_cuts`.

    It remembers the last few small frames only.
    """

    def __init__(self, ratio: float = 3.0, min_change: float = 15.0, min_frames: int = 4) -> None:
        # Imported late: it brings OpenCV and PyAV, and readers of cached cuts need neither.
        from scenedetect import AdaptiveDetector, FrameTimecode

        self._detector = AdaptiveDetector(
            adaptive_threshold=ratio, min_content_val=min_change, min_scene_len=0, window_width=_WINDOW_FRAMES
        )
        self._timecode = FrameTimecode
        self._min_change = min_change
        self._min_frames = min_frames
        self._num_fed = 0
        self._recent: deque[_Frame] = deque(maxlen=2 * (1 + _MAX_FLASH_FRAMES))
        self._candidates: deque[int] = deque()
        self._cuts: list[_Frame] = []
        self._first: _Frame | None = None
        self._seen_light = False

    def add(self, pts: int, picture: Picture) -> None:
        """Take the next frame: blue, green, red, H,W,3, about 256 px on its long side."""
        if self._first is None:
            # The detector looks two frames back: without them it would miss a cut in the first three frames.
            for _ in range(_WINDOW_FRAMES):
                self._feed(picture)
        frame = _Frame(self._num_fed - _WINDOW_FRAMES, pts, picture)
        self._first = self._first or frame
        self._note_end_of_black(frame)
        self._recent.append(frame)
        self._feed(picture)
        # A candidate is judged when all frames are known in which its picture may come back.
        while self._candidates and frame.number >= self._candidates[0] + _MAX_FLASH_FRAMES:
            self._judge(self._candidates.popleft())

    def finish(self) -> Iterator[int]:
        """Take the end of the film and yield the cuts' time stamps."""
        if self._recent:
            for _ in range(_WINDOW_FRAMES):  # the detector looks two frames ahead as well
                self._feed(self._recent[-1].picture)
        while self._candidates:
            self._judge(self._candidates.popleft())
        return (frame.pts for frame in self._cuts)

    def _feed(self, picture: Picture) -> None:
        # Frames are counted, not timed: the rate is a dummy, so variable frame rates need no care.
        found = self._detector.process_frame(self._timecode(self._num_fed, 25.0), picture)
        self._candidates.extend(cut.frame_num - _WINDOW_FRAMES for cut in found)
        self._num_fed += 1

    def _judge(self, number: int) -> None:
        at = {frame.number: frame for frame in self._recent}
        before, frame = at[number - 1].picture, at[number].picture
        jump = _distance(before, frame)
        # Black has no hue and no saturation: there the detector sees a great change in each small step of a fade.
        if jump < self._min_change and (_is_black(before) or _is_black(frame)):
            return
        # Both ends of a flash are candidates, so each frame before is compared with each frame after.
        earlier = [at[n].picture for n in range(number - 1 - _MAX_FLASH_FRAMES, number) if n in at]
        later = [at[n].picture for n in range(number, number + 1 + _MAX_FLASH_FRAMES) if n in at]
        if all(_distance(a, b) >= _FLASH_RATIO * jump for a in earlier for b in later):
            self._keep(at[number])

    def _note_end_of_black(self, frame: _Frame) -> None:
        if _is_black(frame.picture):
            return
        rises = self._seen_light and _is_black(self._recent[-1].picture)
        self._seen_light = True
        if not rises:
            return
        brightest = max((f.picture for f in self._recent), key=lambda picture: float(picture.mean()))
        if _is_black(brightest) or _distance(brightest, frame.picture) >= _FLASH_RATIO * float(brightest.mean()):
            self._keep(frame)  # else it was a blink: the picture before the black is back

    def _keep(self, frame: _Frame) -> None:
        after_black = self._cuts and _is_black(self._cuts[-1].picture) and not _is_black(frame.picture)
        if after_black and 0 < frame.number - self._cuts[-1].number < self._min_frames:
            self._cuts.pop()  # a short black belongs to the shot before; the next begins with its first light
        last = self._cuts[-1] if self._cuts else self._first
        if last is not None and frame.number - last.number >= self._min_frames:
            self._cuts.append(frame)


def _small_bgr(picture_CHW: Tensor) -> Picture:
    _, height, width = picture_CHW.shape
    if max(height, width) > _LONG_SIDE_PX:
        size = fit_long_side(height, width, _LONG_SIDE_PX)
        picture_CHW = nnf.interpolate(picture_CHW[None], size, mode="area")[0]
    bytes_HWC = (picture_CHW.flip(0) * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)
    return np.ascontiguousarray(bytes_HWC.cpu().numpy())


def _distance(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())


def _is_black(picture: Picture) -> bool:
    return bool(picture.max() <= _BLACK)
