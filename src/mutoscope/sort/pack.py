"""All meters in one pass over a film: it is decoded once, small, and never held in memory."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.shots import CutFinder
from mutoscope.flow.global_motion import CameraStep, CameraTracker
from mutoscope.sort.after import Raw, columns_of
from mutoscope.sort.blur_kind import directedness_of
from mutoscope.sort.exposure import exposure_of
from mutoscope.sort.model import FrameTable
from mutoscope.sort.sampled import spread
from mutoscope.sort.sharpness import sharpness_of
from mutoscope.sort.signature import signature
from mutoscope.sort.sound_meter import sound_of_frames
from mutoscope.sort.technical import is_black, tile_change
from mutoscope.sort.texture import texture_of
from mutoscope.video.info import VideoInfo
from mutoscope.video.small_frames import SmallFilm, SmallFrame
from mutoscope.video.sound_samples import read_sound

__all__ = ["Learned", "measure_clip"]

Learned = Callable[[Tensor], Mapping[str, npt.NDArray[Any]]]
"""Frames N,3,H,W (float32, 0..1, long side at most 480) to columns of N numbers."""

_SIGNATURE_EVERY_S = 0.5
_BATCH_FRAMES = 8
_REPORT_FRAMES = 25


def measure_clip(
    source: Path,
    info: VideoInfo,
    *,
    quick: bool = False,
    learned: Learned | None = None,
    every_learned_s: float = 0.5,
    report: Listener = ignore,
    notices: list[str] | None = None,
) -> FrameTable:
    """Measure every frame of a film.

    Args:
        source: a film, picture or sequence.
        info: what `probe` tells of it.
        quick: only frames that can be decoded by themselves; what compares neighbours stays unknown.
        learned: judges frames; it is given one every `every_learned_s`.
        every_learned_s: seconds.
        report: told how far it is.
        notices: takes what a person should know, one line each: a film that broke off, HDR.

    Returns:
        A row for each frame that decodes. Memory grows by about 200 bytes a frame, no more.

    Raises:
        InputError: nothing could be decoded.

    """
    film = SmallFilm(info, keys_only=quick)
    gathered = _Pass(float(film.time_base), learned, every_learned_s, quick=quick)
    total = None if quick else info.num_frames
    for number, frame in enumerate(film):
        gathered.add(frame)
        if number % _REPORT_FRAMES == 0:
            report(Progress("measure", number, total))
    table = gathered.table(film, source if info.kind == "video" else None)
    report(Progress("measure", len(table), len(table)))
    if notices is not None:
        notices += [*film.notices, *([film.truncated] if film.truncated else [])]
    return table


class _Pass:
    """One way through a film; it remembers one frame, and the numbers of all."""

    def __init__(self, time_base: float, learned: Learned | None, every_s: float, *, quick: bool) -> None:
        self._quick, self._time_base = quick, time_base
        self._pts = array("q")
        self._raw = Raw()
        self._tracker, self._cuts = CameraTracker(), CutFinder()
        self._before: npt.NDArray[np.uint8] | None = None
        self._asked = _Asked(learned, every_s)
        self._signatures = array("Q")
        self._next_signature_s = -float("inf")

    def add(self, frame: SmallFrame) -> None:
        """Measure the next frame."""
        grey_HW = frame.grey_HW
        texture = texture_of(grey_HW)
        sharp, directed = sharpness_of(texture), directedness_of(texture)
        exposure = exposure_of(grey_HW, frame.rgb_HWC)
        change, step = float("nan"), CameraStep()
        if not self._quick:
            # Key frames lie seconds apart: nothing follows from one to the next.
            step = self._tracker.follow(grey_HW)
            if self._before is not None and self._before.shape == grey_HW.shape:
                change = tile_change(self._before, grey_HW)
            self._before = grey_HW
            self._cuts.add(frame.pts, np.ascontiguousarray(frame.rgb_HWC[:, :, ::-1]))
        self._pts.append(frame.pts)
        self._raw.add(
            sharpness=sharp.median,
            sharpness_best=sharp.best,
            noise=texture.noise,
            blur_direction=directed.direction,
            blur_directed=directed.directed,
            blur_along=directed.along,
            exposure=exposure.error,
            clipped_low=exposure.clipped_low,
            clipped_high=exposure.clipped_high,
            brightness=exposure.brightness,
            black=float(is_black(grey_HW)),
            change=change,
            dx=step.dx,
            dy=step.dy,
            roll=step.roll,
            scale=step.scale,
            moving_share=100 * step.moving_share,
            known=float(step.is_known),
        )
        second = frame.pts * self._time_base
        if second >= self._next_signature_s - 1e-6:
            self._next_signature_s = second + _SIGNATURE_EVERY_S
            self._signatures.append(int(signature(grey_HW)))
        self._asked.offer(len(self._pts) - 1, frame, second)

    def table(self, film: SmallFilm, source: Path | None) -> FrameTable:
        """Give the table, after the last frame; `source` is where its sound is."""
        pts_T = np.array(self._pts, np.int64)
        seconds_T = pts_T.astype(np.float64) * self._time_base
        cuts = tuple(int(i) for i in np.searchsorted(pts_T, list(self._cuts.finish())))
        plain = FrameTable(pts_T, film.time_base, {}, cuts)
        columns = columns_of(self._raw.columns(), seconds_T, plain.shots(), quick=self._quick)
        columns |= self._sound(source, seconds_T)
        columns |= spread(*self._asked.answers(), seconds_T, plain.shots())
        return FrameTable(pts_T, film.time_base, columns, cuts, tuple(self._signatures))

    def _sound(self, source: Path | None, seconds_T: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float32]]:
        if source is None:
            return {}
        last_s = float(np.median(np.diff(seconds_T))) if len(seconds_T) > 1 else 0.04
        loudness, clipped = sound_of_frames(read_sound(source), seconds_T, last_s)
        return {} if np.isnan(loudness).all() else {"loudness": loudness, "sound_clipped": clipped}


class _Asked:
    """Collects a few frames for the learned part and what it says of them."""

    def __init__(self, learned: Learned | None, every_s: float) -> None:
        self._learned, self._every_s = learned, every_s
        self._next_s = -float("inf")
        self._waiting: list[Tensor] = []
        self._numbers: list[int] = []
        self._parts: list[Mapping[str, npt.NDArray[Any]]] = []

    def offer(self, number: int, frame: SmallFrame, second: float) -> None:
        """Take a frame where it is time for one."""
        if self._learned is None or second < self._next_s - 1e-6:
            return
        self._next_s = second + self._every_s
        self._waiting.append(frame.pixels_3HW())
        self._numbers.append(number)
        if len(self._waiting) == _BATCH_FRAMES:
            self._ask()

    def answers(self) -> tuple[Sequence[int], Mapping[str, npt.NDArray[np.float32]]]:
        """Give the numbers of the frames that were judged, and the judgements."""
        self._ask()
        names = self._parts[0] if self._parts else ()
        return self._numbers, {n: np.concatenate([part[n] for part in self._parts]).astype(np.float32) for n in names}

    def _ask(self) -> None:
        if self._waiting and self._learned is not None:
            self._parts.append(self._learned(torch.stack(self._waiting)))
        self._waiting = []
