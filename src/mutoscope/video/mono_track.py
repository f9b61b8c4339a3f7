"""The first sound track of a film as samples at even times, mixed to one channel. Streams."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.video.decode import open_container
from mutoscope.video.safety import SOUND_CODECS

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["MonoTrack"]

Floats = npt.NDArray[np.float32]

_MAX_FAILURES = 64
"""Damaged packets in a row after which the rest of a track is given up."""
_SLACK_S = Fraction(1, 50)
"""Time stamps of a container that counts in milliseconds are off by some samples."""
_LONGEST_GAP_S = 3600
"""A time stamp that leaps further is wrong."""


class MonoTrack:
    """One pass through the sound of a film.

    Args:
        path: a film.
        rate: samples a second that it is brought to.
        report: takes progress in seconds.

    Attributes:
        start: second of the first sample, exact; None where none has come yet.

    """

    def __init__(self, path: Path, rate: int, report: Listener = ignore) -> None:
        self.start: Fraction | None = None
        self._path, self._rate, self._report = path, rate, report
        self._num_given = 0

    def read(self, block: int) -> Iterator[Floats]:
        """Yield samples, -1..1, so many at a time; the last ones may be fewer. Gaps are silence.

        Raises:
            InputError: the film has no sound track that is opened here.

        """
        with open_container(self._path) as container:
            track = _track(container)
            if track is None:
                raise InputError(
                    f"{self._path} has no sound that a number could follow; give numbers or keyframes instead."
                )
            total = None if container.duration is None else container.duration // av.time_base
            waiting = np.zeros(0, np.float32)
            for part in self._parts(container, track, block):
                waiting = np.concatenate([waiting, part])
                while len(waiting) >= block:
                    yield waiting[:block]
                    waiting = waiting[block:]
                    self._report(Progress("listen", self._num_given // self._rate, total, "s"))
            if len(waiting):
                yield waiting

    def _parts(self, container: "InputContainer", track: "AudioStream", block: int) -> Iterator[Floats]:
        resampler = av.AudioResampler("flt", "mono", self._rate)
        frames: Iterator[AudioFrame | None] = _decoded(container, track)
        for frame in _and_none(frames):
            for ready in resampler.resample(frame):
                for part in self._placed(ready, block):
                    self._num_given += len(part)
                    yield part

    def _placed(self, frame: "AudioFrame", block: int) -> Iterator[Floats]:
        """Yield a frame's samples, after as much silence as lies before them, or without what has been given."""
        samples: Floats = np.nan_to_num(frame.to_ndarray().reshape(-1).astype(np.float32), posinf=0, neginf=0)
        at = None if frame.pts is None or frame.time_base is None else frame.pts * Fraction(frame.time_base)
        if self.start is None:
            self.start = at or Fraction(0)
        gap = 0 if at is None else round((at - self.start) * self._rate) - self._num_given
        if gap < -_SLACK_S * self._rate:
            samples = samples[-gap:]
        if _SLACK_S * self._rate < gap <= _LONGEST_GAP_S * self._rate:
            for start in range(0, gap, block):
                yield np.zeros(min(block, gap - start), np.float32)
        yield samples


def _and_none(frames: "Iterator[AudioFrame | None]") -> "Iterator[AudioFrame | None]":
    """Yield None behind the last frame, which lets a resampler give what it holds back."""
    yield from frames
    yield None


def _track(container: "InputContainer") -> "AudioStream | None":
    for stream in container.streams.audio:
        context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
        if context is None:
            continue
        codec = stream.codec_context.codec.canonical_name
        if codec in SOUND_CODECS or codec.startswith(("pcm_", "adpcm_")):
            return stream
    return None


def _decoded(container: "InputContainer", track: "AudioStream") -> "Iterator[AudioFrame]":
    """Yield the frames of a track that decode; it ends where too much of it fails."""
    failures = 0
    try:
        for packet in container.demux(track):
            try:
                frames: list[Any] = packet.decode()
            except (av.error.FFmpegError, MemoryError):
                failures += 1
                if failures > _MAX_FAILURES:
                    return
                continue
            failures = 0 if frames else failures
            yield from frames
    except (av.error.FFmpegError, OSError, MemoryError):
        return
