"""Sound: packets are copied where the container allows, coded anew otherwise, never dropped in silence."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
from av.audio.resampler import AudioResampler

from mutoscope.video.encoders import Container
from mutoscope.video.probe_film import open_container

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

__all__ = ["SoundTracks"]

_OPUS_RATE = 48_000
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class SoundTracks:
    """Carries every sound track of a source into an output, in step with its pictures.

    Args:
        source: film that the sound is taken from.
        output: container that is being written; its streams are added here.
        container: what it can hold.
    """

    def __init__(self, source: Path, output: "OutputContainer", container: Container) -> None:
        self.notices: list[str] = []
        self._output = output
        self._input = open_container(source)
        self._ways: dict[int, _Copy | _Recode] = {}
        tracks = [s for s in self._input.streams.audio if s.codec_context is not None]
        if tracks and container.audio_codec is None:
            self.notices.append(f"{container.format} holds no sound; the result is silent.")
            tracks = []
        for stream in tracks:
            self._ways[stream.index] = self._way(stream, container)
        self._packets = self._demux([s.index for s in tracks])
        self._waiting: Packet | None = None

    def _way(self, stream: "AudioStream", container: Container) -> "_Copy | _Recode":
        name = stream.codec_context.name
        # Decoders such as mp3float carry other names than the codec.
        codec = stream.codec_context.codec.canonical_name
        if codec in container.copies or name in container.copies:
            return _Copy(stream, self._output)
        assert container.audio_codec is not None
        new = container.audio_codec.removeprefix("lib")
        self.notices.append(f"sound was coded anew, {codec} to {new}: {container.format} does not hold {codec}.")
        return _Recode(stream, self._output, container.audio_codec)

    def advance(self, until: Fraction | None) -> None:
        """Write the sound up to a time in seconds, or all that is left."""
        while True:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                break
            if until is not None and packet.dts is not None and packet.dts * Fraction(packet.time_base) > until:
                self._waiting = packet
                return
            self._output.mux(self._ways[packet.stream.index].take(packet))
        if until is None:
            for way in self._ways.values():
                self._output.mux(way.flush())

    def close(self) -> None:
        """Close the source."""
        self._input.close()

    def _demux(self, indices: list[int]) -> "Iterator[Packet]":
        if not indices:
            return
        try:
            for packet in self._input.demux([self._input.streams[i] for i in indices]):
                if packet.dts is not None or packet.size:
                    yield packet
        except av.error.FFmpegError:
            self.notices.append("the sound breaks off: the source is damaged.")


class _Copy:
    """Moves packets over as they are."""

    def __init__(self, stream: "AudioStream", output: "OutputContainer") -> None:
        self._out = output.add_stream_from_template(stream)
        self._out.metadata.update(_kept(stream.metadata))
        self._last: int | None = None

    def take(self, packet: "Packet") -> "list[Packet]":
        if packet.dts is None:
            return []
        packet.stream = self._out
        return [packet]

    def flush(self) -> "list[Packet]":
        return []


class _Recode:
    """Decodes, resamples and encodes."""

    def __init__(self, stream: "AudioStream", output: "OutputContainer", codec: str) -> None:
        self._stream = stream
        context = stream.codec_context
        rate = _OPUS_RATE if codec == "libopus" else min(context.sample_rate, 96_000)
        layout = _LAYOUTS.get(context.channels, "stereo")
        self._out = output.add_stream(codec, rate=rate, layout=layout)
        self._out.bit_rate = 96_000 * max(1, context.channels)
        self._out.metadata.update(_kept(stream.metadata))
        form = "flt" if codec == "libopus" else "fltp"
        self._resampler = AudioResampler(form, layout, rate)
        self._offset: Fraction | None = None
        self._samples = 0

    def take(self, packet: "Packet | None") -> "list[Packet]":
        try:
            decoded = packet.decode() if packet is not None else []
        except av.error.FFmpegError:
            return []
        return [done for frame in decoded for resampled in self._resampler.resample(frame) for done in self._encode(resampled)]

    def _encode(self, frame: "av.AudioFrame") -> "list[Packet]":
        return list(self._out.encode(frame))

    def flush(self) -> "list[Packet]":
        rest = [done for frame in self._resampler.resample(None) for done in self._encode(frame)]
        return [*rest, *self._out.encode(None)]


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in metadata.items() if k in ("language", "title")}
