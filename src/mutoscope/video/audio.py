"""Sound: packets are copied where the container allows, coded anew otherwise, never dropped in silence."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import av.error
from av.audio.stream import AudioStream

from mutoscope.video.decode import open_container
from mutoscope.video.encoders import Container
from mutoscope.video.safety import SOUND_CODECS
from mutoscope.video.sound_part import SoundPart

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    _Packet = Packet[Any]

__all__ = ["SoundTracks"]

_OPUS_RATE = 48_000
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


class _Way(Protocol):
    def take(self, packet: "_Packet") -> "list[_Packet]": ...

    def flush(self) -> "list[_Packet]": ...


class SoundTracks:
    """Carries every sound track of a source into an output, in step with its pictures.

    Args:
        source: film that the sound is taken from.
        output: container that is being written; its streams are added here.
        container: what it can hold.
        parts: what is kept of the sound, to the nearest packet; all of it by default.
        time_base: seconds per unit of the parts' times.

    Attributes:
        notices: what a person should know.
        chapters: the source's chapters, as PyAV gives them.
        num_other_tracks: tracks of subtitles and data, which are not carried over.

    """

    def __init__(
        self,
        source: Path,
        output: "OutputContainer",
        container: Container,
        parts: Sequence[SoundPart] | None = None,
        time_base: Fraction = Fraction(1),
    ) -> None:
        self.notices: list[str] = []
        self._parts = parts
        self._time_base = time_base
        self._output = output
        self._input = open_container(source)
        self._ways: dict[int, _Way] = {}
        tracks = list(self._input.streams.audio)
        if tracks and container.audio_codec is None:
            self.notices.append(f"{container.format} holds no sound; the result is silent.")
        else:
            for stream in tracks:
                way = self._way(stream, container)
                if way is not None:
                    self._ways[stream.index] = way
        self.chapters = self._input.chapters()
        others = [s for s in self._input.streams if s.type in ("subtitle", "data") and not self._is_told(s)]
        self.num_other_tracks = len(others)
        self._packets = self._demux()
        self._waiting: _Packet | None = None

    def _way(self, stream: AudioStream, container: Container) -> "_Way | None":
        context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
        if context is None:
            self.notices.append("a sound track in an unknown code was left out.")
            return None
        # Decoders such as mp3float carry other names than the codec.
        codec = stream.codec_context.codec.canonical_name
        if codec in container.copies:
            return _Copy(stream, self._output, negative_times=container.negative_times)
        if codec not in SOUND_CODECS and not codec.startswith(("pcm_", "adpcm_")):
            self.notices.append(f"a sound track coded as {codec} was left out: it is not opened here.")
            return None
        assert container.audio_codec is not None
        way = _Recode(stream, self._output, container.audio_codec)
        new = container.audio_codec.removeprefix("lib")
        mixed = " and mixed to stereo" if stream.codec_context.channels not in _LAYOUTS else ""
        self.notices.append(f"sound was coded anew{mixed}, {codec} to {new}: {container.format} does not hold {codec}.")
        return way

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

    def _demux(self) -> "Iterator[_Packet]":
        if not self._ways:
            return
        try:
            for packet in self._input.demux([self._input.streams[index] for index in self._ways]):
                if packet.size and self._keep(packet):
                    yield packet
        except (av.error.FFmpegError, OSError):
            self.notices.append("the sound breaks off: the source is damaged.")

    def _is_told(self, stream: "Stream") -> bool:
        """Tell whether a track of data is made anew from what else is known: a time code, the titles of chapters."""
        return "timecode" in stream.metadata or (bool(self.chapters) and stream.name == "bin_data")

    def _keep(self, packet: "_Packet") -> bool:
        """Tell whether most of a packet lies in a part that is kept, and move it to where that part goes."""
        if self._parts is None or packet.pts is None:
            return self._parts is None
        unit = Fraction(packet.time_base)
        middle = (packet.pts + Fraction(packet.duration or 0, 2)) * unit / self._time_base
        for part in self._parts:
            if part.start <= middle < part.end:
                shift = round(part.shift * self._time_base / unit)
                packet.pts += shift
                packet.dts = packet.pts if packet.dts is None else packet.dts + shift
                return True
        return False


class _Copy:
    """Moves packets over as they are."""

    def __init__(self, stream: AudioStream, output: "OutputContainer", *, negative_times: bool) -> None:
        self._out = output.add_stream_from_template(stream)
        self._out.metadata.update(_kept(stream.metadata))
        self._negative_times = negative_times
        self._last: int | None = None

    def take(self, packet: "_Packet") -> "list[_Packet]":
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None:
            return []  # what belongs to no time cannot be placed
        if pts < 0 and not self._negative_times:
            # Pre-roll of the decoder, which players do not show. Kept, it would make Matroska shift the whole film.
            if pts + (packet.duration or 0) <= 0:
                return []
            pts = 0
        dts = pts if packet.dts is None or packet.dts < 0 <= pts else packet.dts
        if self._last is not None and dts <= self._last:
            dts = self._last + 1  # damaged sources go back in time; no muxer takes that
        self._last = dts
        packet.dts, packet.pts = dts, max(pts, dts)
        packet.stream = self._out
        return [packet]

    def flush(self) -> "list[_Packet]":
        return []


class _Recode:
    """Decodes, resamples and encodes."""

    def __init__(self, stream: AudioStream, output: "OutputContainer", codec: str) -> None:
        self._stream = stream
        context = stream.codec_context
        rate = _OPUS_RATE if codec == "libopus" or context.sample_rate not in _AAC_RATES else context.sample_rate
        layout = _LAYOUTS.get(context.channels, "stereo")
        out = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(out, AudioStream)
        self._out = out
        self._out.bit_rate = 80_000 * self._out.codec_context.channels
        self._out.metadata.update(_kept(stream.metadata))

    def take(self, packet: "_Packet") -> "list[_Packet]":
        try:
            frames = self._stream.decode(packet)
        except av.error.FFmpegError:
            return []  # a damaged packet leaves a gap, in time, as it does in a player
        # PyAV resamples to what the encoder takes and cuts to its frame size.
        return [done for frame in frames for done in self._out.encode(frame)]

    def flush(self) -> "list[_Packet]":
        try:
            rest = self._stream.decode(None)
        except av.error.FFmpegError:
            rest = []
        return [*(done for frame in rest for done in self._out.encode(frame)), *self._out.encode(None)]


def _kept(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if key.lower() in ("language", "title")}
