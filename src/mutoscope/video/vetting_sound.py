"""Whether a stranger's file that has sound and no pictures may be worked on."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error

from mutoscope.core.errors import InputError
from mutoscope.video.decode import open_container
from mutoscope.video.safety import SOUND_CODECS
from mutoscope.video.vetting import Bounds, cut_off

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["vet_sound"]

_SOUND_PACKETS = 50


def vet_sound(path: Path, most: Bounds) -> tuple[dict[str, Any], list[str]]:
    """Look at a file that has sound and no pictures.

    Raises:
        InputError: it has no sound that decodes, or is too long.

    """
    with open_container(path) as container:
        track = next((one for one in container.streams.audio if _is_allowed(one)), None)
        if track is None:
            raise InputError(f"{path} has neither pictures nor sound that can be decoded here; convert it first.")
        length = Fraction(container.duration, av.time_base) if container.duration else None
        if length is not None and length > most.seconds:
            raise InputError(f"{path} states {float(length):.0f} s; at most {most.seconds:.0f} s are taken here.")
        if not _has_sound(container, track):
            raise InputError(f"{path} has no sound that can be decoded; export it again.")
        context = track.codec_context
        told: dict[str, Any] = {
            "container": container.format.name,
            "codec": context.codec.canonical_name,
            "duration": None if length is None else str(length),
            "audio": [
                {
                    "codec": context.codec.canonical_name,
                    "sample_rate": context.sample_rate,
                    "channels": context.channels,
                    "layout": context.layout.name,
                    "duration": None if length is None else str(length),
                }
            ],
        }
    cut = cut_off(path, told["container"])
    return told, [cut] if cut else []


def _is_allowed(stream: "AudioStream") -> bool:
    context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
    if context is None:
        return False
    name = stream.codec_context.codec.canonical_name
    return name in SOUND_CODECS or name.startswith(("pcm_", "adpcm_"))


def _has_sound(container: "InputContainer", track: "AudioStream") -> bool:
    return any(num > 0 for num in _num_samples(container, track))


def _num_samples(container: "InputContainer", track: "AudioStream") -> Iterator[int]:
    """Yield how many samples each of the first packets gives."""
    try:
        for number, packet in enumerate(container.demux(track)):
            if number >= _SOUND_PACKETS:
                return
            try:
                yield sum(frame.samples for frame in packet.decode())
            except (av.error.FFmpegError, MemoryError):
                continue
    except (av.error.FFmpegError, OSError, MemoryError):
        return
