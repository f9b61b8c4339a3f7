"""Lay the sound of several films end to end, to the sample: each part as long as its pictures are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container.core import Flags as ContainerFlags

from mutoscope.video.decode import open_container
from mutoscope.video.safety import SOUND_CODECS

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

__all__ = ["SoundSpan", "join_sound"]

_RATE = 48_000
_LAYOUT = "stereo"
_BIT_RATE = 192_000
_FORMATS = {"aac": "mp4", "libopus": "matroska"}
_LEAD_IN = Fraction(1, 2)
"""Seconds before a part from which on is decoded: coders of sound need a run-up."""

_LOOSE = 64
"""Samples by which time stamps may stray before it is taken for a gap: containers round them."""

_BLOCK = 8192

_Sound = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SoundSpan:
    """A part of a film's sound.

    Attributes:
        path: the film.
        start: seconds by its own clock, which need not begin with zero.
        length: seconds.

    """

    path: Path
    start: Fraction
    length: Fraction


def join_sound(spans: Sequence[SoundSpan], temp: Path, codec: str) -> bool:
    """Write the sound of all spans into one file, 48 kHz stereo; silence where a film has none.

    Args:
        spans: one behind the other.
        temp: where it is written.
        codec: aac or libopus.

    Returns:
        Whether there was any sound; nothing is written otherwise.

    Raises:
        InputError: a film cannot be opened.

    """
    if not any(_has_sound(path) for path in dict.fromkeys(span.path for span in spans)):
        return False
    with av.open(f"file:{temp}", "w", format=_FORMATS[codec]) as out:
        out.flags |= int(ContainerFlags.bitexact.value)  # type: ignore[call-overload] # typed as a Flag, is an int
        stream = out.add_stream(codec, rate=_RATE, layout=_LAYOUT)
        assert isinstance(stream, AudioStream)
        stream.bit_rate = _BIT_RATE
        line = _Line(out, stream)
        end = Fraction(0)
        for span in spans:
            end += span.length
            # Counted from the beginning: parts that end between samples do not add up.
            samples = round(end * _RATE) - line.written
            for part_2N in _part(span, samples):
                line.write(part_2N)
        line.finish()
    return True


class _Line:
    """Encodes samples as they come."""

    def __init__(self, out: "OutputContainer", stream: AudioStream) -> None:
        self._out, self._stream = out, stream
        self.written = 0

    def write(self, part_2N: _Sound) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(part_2N), "fltp", _LAYOUT)
        frame.sample_rate = _RATE
        frame.pts, frame.time_base = self.written, Fraction(1, _RATE)
        self._out.mux(self._stream.encode(frame))
        self.written += part_2N.shape[1]

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _part(span: SoundSpan, samples: int) -> Iterator[_Sound]:
    """Yield exactly so many samples: what the film has, silence before, between and after it."""
    place = 0
    with open_container(span.path) as container:
        for at, found_2N in _decoded(container, span.start):
            first = place if abs(at - place) <= _LOOSE else at
            found_2N = found_2N[:, max(0, place - first) : max(0, samples - first)]  # noqa: PLW2901
            first = max(first, place)
            if not found_2N.shape[1]:
                if first >= samples:
                    break
                continue
            yield from _silence(first - place)
            yield found_2N
            place = first + found_2N.shape[1]
    yield from _silence(samples - place)


def _decoded(container: "InputContainer", start: Fraction) -> Iterator[tuple[int, _Sound]]:
    """Yield samples with their place, counted from `start`; damaged packets are left out."""
    stream = _track(container)
    if stream is None:
        return
    resampler = AudioResampler("fltp", _LAYOUT, _RATE)
    unit = Fraction(stream.time_base or Fraction(1, _RATE))
    container.seek(max(0, int((start - _LEAD_IN) / unit)), stream=stream)
    try:
        for packet in container.demux(stream):
            for frame in _frames(stream, packet):
                for ready in resampler.resample(frame):
                    yield _placed(ready, start)
        for ready in resampler.resample(None):
            yield _placed(ready, start)
    except (av.error.FFmpegError, OSError):
        return


def _frames(stream: AudioStream, packet: Any) -> list[AudioFrame]:
    try:
        return stream.decode(packet)
    except av.error.FFmpegError:
        return []


def _placed(frame: AudioFrame, start: Fraction) -> tuple[int, _Sound]:
    time = (frame.pts or 0) * Fraction(frame.time_base or Fraction(1, _RATE))
    return round((time - start) * _RATE), frame.to_ndarray().astype(np.float32, copy=False)


def _silence(samples: int) -> Iterator[_Sound]:
    for place in range(0, samples, _BLOCK):
        yield np.zeros((2, min(_BLOCK, samples - place)), np.float32)


def _has_sound(path: Path) -> bool:
    with open_container(path) as container:
        return _track(container) is not None


def _track(container: "InputContainer") -> AudioStream | None:
    for stream in container.streams.audio:
        context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
        if context is None:
            continue
        codec = stream.codec_context.codec.canonical_name
        if codec in SOUND_CODECS or codec.startswith(("pcm_", "adpcm_")):
            return stream
    return None
