"""Demux and decode the picture track of a film; step over damage and remember it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import av
import av.error
from av.codec.context import CodecContext
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext

from mutoscope.core.errors import InputError
from mutoscope.video.extent import missing_bytes
from mutoscope.video.safety import MAX_PIXELS, check_codec, check_file, check_pixels, open_options

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Decoding", "open_container"]

_MAX_FAILURES = 64
"""Damaged packets in a row after which the rest of a film is given up."""

_SLACK = Fraction(1, 2)
"""Seconds that a whole film may end before what its header says: headers count sound and rounding."""

_WITH_INDEX = ("mov", "matroska")
"""Containers whose index names every frame that decoding may begin at (webm is Matroska)."""

_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of VP8 and VP9 leave transparency out; these keep it."""


def open_container(path: Path) -> "InputContainer":
    """Open a film safely; close it with a `with`.

    Raises:
        InputError: it is missing, or no film of an allowed kind.

    """
    check_file(path)
    try:
        # "file:" keeps a name like "concat:a" or "data:x" from being taken as a protocol.
        return av.open(f"file:{path}", options=open_options(), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, UnicodeError, MemoryError):
        lacking = missing_bytes(path)
    if lacking:
        raise InputError(f"{path} breaks off before its index; nothing of it can be decoded: copy or record it again.")
    raise InputError(
        f"{path} is not a film that can be opened; expected mp4, mov, mkv, webm, avi or gif (no playlist)."
    )


class Decoding:
    """One pass through a film: a context manager with `frames()`.

    Attributes:
        container: the opened file.
        stream: its picture track.
        num_frames: frames given so far.

    Raises:
        InputError: the file cannot be opened, has no picture track, or its codec or size is not allowed.

    """

    def __init__(self, path: Path) -> None:
        self.container = open_container(path)
        try:
            self.stream = _picture_track(self.container, path)
            self._decoder = _alpha_decoder(self.stream) or self.stream
        except BaseException:
            self.container.close()
            raise
        self.num_frames = 0
        self._path = path
        self._damaged = self._in_a_row = self._packets = 0
        self._end = Fraction(0)
        self._broke = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    def seek(self, key_pts: int) -> None:
        """Go to a frame from which decoding may begin; only in containers that `can_seek`, before `frames`."""
        self.container.seek(key_pts, stream=self.stream)

    @property
    def can_seek(self) -> bool:
        """Whether the container tells for certain where decoding may begin."""
        return self.container.format.name.startswith(_WITH_INDEX)

    def survey(self) -> "Iterator[tuple[int | None, bool]]":
        """Yield time stamp and whether decoding may begin there, of every picture packet, in order of the file.

        Nothing is decoded. Packets that are coded but not shown are left out.
        """
        try:
            for packet in self.container.demux():
                self._note_end(packet)
                if packet.stream.index != self.stream.index or packet.size == 0:
                    self._packets += packet.size == 0 and packet.dts is not None
                    continue
                self._packets += 1
                if not packet.is_discard:
                    yield packet.pts, packet.is_keyframe
        except (av.error.FFmpegError, OSError, MemoryError):
            self._broke = True

    def frames(self) -> "Iterator[VideoFrame]":
        """Yield every frame that decodes, in the order in which they are shown."""
        try:
            # Other tracks are demuxed too, not decoded: only together do they tell where the file ends.
            for packet in self.container.demux():
                self._note_end(packet)
                # An empty packet in the middle means "show the last frame again" in avi and ogg; some decoders fail
                # on it. The end is told to the decoder below.
                if packet.stream.index != self.stream.index or packet.size == 0:
                    self._packets += packet.size == 0 and packet.dts is not None
                    continue
                self._packets += 1
                yield from self._decode(packet)
                if self._in_a_row > _MAX_FAILURES:
                    self._broke = True
                    return
            yield from self._decode(None)
        except (av.error.FFmpegError, OSError, MemoryError):
            self._broke = True

    def _note_end(self, packet: "Packet[Any]") -> None:
        if packet.pts is not None and packet.time_base:
            end = (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base)
            self._end = max(self._end, end)

    def _decode(self, packet: "Packet[Any] | None") -> "list[VideoFrame]":
        try:
            frames = self._decoder.decode(packet)
        except (av.error.FFmpegError, MemoryError):
            self._damaged += 1
            self._in_a_row += 1
            return []
        if frames:
            self._in_a_row = 0
        self._damaged += packet is not None and packet.is_corrupt
        self.num_frames += len(frames)
        return frames

    def problem(self, expected: int | None) -> str | None:
        """Say after the last frame why the film is not whole, or None where it is.

        Args:
            expected: frames that the header promises, if it does.

        """
        decoded = f"{self.num_frames}{f' of {expected}' if expected else ''} frames could be decoded"
        if self.num_frames == 0:
            return f"{self._path} has no frame that can be decoded"
        reason = self.breaks_off() or (f"{self._path} is damaged" if self.is_damaged else None)
        return None if reason is None else f"{reason}: {decoded}"

    @property
    def is_damaged(self) -> bool:
        """Whether something could not be decoded, or only in part."""
        return bool(self._damaged) or self._broke

    def breaks_off(self) -> str | None:
        """Say after the last packet when the film breaks off, or None where it does not."""
        lacking = missing_bytes(self._path)
        told = f"{self._path} breaks off after {float(self.seconds):.2f} s"
        if lacking or self._lacks_packets():
            return told
        length = self.container.duration
        # Only formats that do not state their size are judged by time: headers often promise more than is there.
        if lacking is None and length and self.seconds < Fraction(length, av.time_base) - _SLACK:
            return None if self.is_damaged else told
        return None

    @property
    def seconds(self) -> Fraction:
        """How far the film has come, s: the end of the latest packet of any track."""
        return self._end - Fraction(self.container.start_time or 0, av.time_base)

    def _lacks_packets(self) -> bool:
        # The index of mp4 and mov names every packet; that of other formats only some.
        if not self.container.format.name.startswith("mov"):
            return False
        return self._packets < len(self.stream.index_entries)


def _picture_track(container: "InputContainer", path: Path) -> "VideoStream":
    tracks = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not tracks:
        raise InputError(f"{path} has no picture track; give a film with pictures.")
    stream = tracks[0]
    context: VideoCodecContext | None = stream.codec_context
    if context is None:
        raise InputError(f"{path} has a picture track that no decoder here knows; convert it to H.264 first.")
    check_codec(context.name, path)
    check_pixels(context.width, context.height, path)
    context.options = {"max_pixels": str(MAX_PIXELS)}
    context.thread_type = "AUTO"
    return stream


def _alpha_decoder(stream: "VideoStream") -> VideoCodecContext | None:
    name = _WITH_ALPHA.get(stream.codec_context.name)
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    if name is None or tags.get("alpha_mode") != "1":
        return None
    decoder = CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    return decoder
