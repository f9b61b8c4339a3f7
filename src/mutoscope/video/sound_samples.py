"""Decode the first sound track of a film into blocks of samples. Memory does not grow with its length."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import numpy as np
import numpy.typing as npt

from mutoscope.video.decode import open_container
from mutoscope.video.safety import SOUND_CODECS

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["SoundBlock", "read_sound"]

_MAX_FAILURES = 64


@dataclass(frozen=True)
class SoundBlock:
    """A run of samples.

    Attributes:
        start_s: time of the first, in the film's own seconds.
        rate: samples per second.
        samples_CN: float32, full scale is -1..1; a row for each channel.

    """

    start_s: float
    rate: int
    samples_CN: npt.NDArray[np.float32]


def read_sound(path: Path) -> Iterator[SoundBlock]:
    """Yield the samples of the first sound track; nothing where there is none that can be decoded.

    Damaged packets are stepped over.

    Raises:
        InputError: the file cannot be opened.

    """
    with open_container(path) as container:
        stream = _track(container)
        if stream is None:
            return
        # Unpacks to planes of floats; channels, layout and rate stay.
        resampler, failures, end_s = av.AudioResampler("fltp"), 0, 0.0
        for frame in _frames(container, stream):
            try:
                ready = resampler.resample(frame)
            except (av.error.FFmpegError, ValueError, MemoryError):
                failures += 1
                if failures > _MAX_FAILURES:
                    return
                resampler = av.AudioResampler("fltp")  # the layout changed on the way
                continue
            for block in ready:
                start_s = end_s if block.pts is None or not block.time_base else float(block.pts * block.time_base)
                samples_CN = block.to_ndarray().astype(np.float32, copy=False)
                end_s = start_s + samples_CN.shape[1] / block.sample_rate
                yield SoundBlock(start_s, block.sample_rate, samples_CN)


def _track(container: "InputContainer") -> "AudioStream | None":
    for stream in container.streams.audio:
        context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
        if context is not None and _is_allowed(stream.codec_context.codec.canonical_name):
            return stream
    return None


def _is_allowed(codec: str) -> bool:
    return codec in SOUND_CODECS or codec.startswith(("pcm_", "adpcm_"))


def _frames(container: "InputContainer", stream: "AudioStream") -> "Iterator[AudioFrame]":
    failures = 0
    packets = container.demux(stream)
    while failures <= _MAX_FAILURES:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            yield from stream.decode(packet)
            failures = 0
        except (av.error.FFmpegError, OSError, MemoryError):
            failures += 1
