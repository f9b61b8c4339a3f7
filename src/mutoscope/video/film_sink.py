"""Encode clips with PyAV: exact time stamps, BT.709, sound, tags and chapters carried over."""

import errno
import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
from av.codec.context import Flags as CodecFlags
from av.container.core import Flags as ContainerFlags
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.video.audio import SoundTracks
from mutoscope.video.encoders import Container, Effort, Encoder, encoder_options, timecode_for
from mutoscope.video.info import VideoInfo
from mutoscope.video.painter import FramePainter
from mutoscope.video.palette import Palette
from mutoscope.video.piece_packets import DecodingClock, packet_of, picture_of
from mutoscope.video.pieces import Piece, read_records, read_summary, read_times
from mutoscope.video.sound_part import SoundPart

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

__all__ = ["FilmSink"]

_BT709, _LIMITED = 1, 1
_THREADS = 4
"""Fixed, not the machine's number of cores: the same film gives the same bytes everywhere."""

_PICTURE_RATE = Fraction(25)
_MAX_TIME_SCALE = 2**31 - 1
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FilmSink:
    """Writes one film.

    Args:
        temp: where it is written.
        container: what is written.
        encoder: with what.
        like: size, rate, time base, pixel shape and tags.
        source: film whose sound and chapters are carried over, or None.
        crf: quality, or None for the encoder's default.
        bit_depth: 8 or 10.
        effort: how long the encoder may search.
        sound_parts: what is kept of the sound; all of it by default.

    Raises:
        OutputError: the encoder refuses the size or the place cannot be written.
        ParameterError: the quality or the bit depth is out of the encoder's range.

    """

    def __init__(
        self,
        temp: Path,
        container: Container,
        encoder: Encoder,
        like: VideoInfo,
        source: Path | None,
        *,
        crf: int | None,
        bit_depth: int,
        effort: Effort = "normal",
        sound_parts: Sequence[SoundPart] | None = None,
    ) -> None:
        self.notices: list[str] = []
        self._encoder, self._like = encoder, like
        _check_size(encoder, like)
        self._pixel_format = _pixel_format(encoder, like, bit_depth, self.notices)
        if like.sample_aspect_ratio != 1 and container.format in ("matroska", "webm") and encoder.name != "libx264":
            # Only H.264 says it in its own stream; PyAV gives no way to say it to the Matroska muxer.
            shape = str(like.sample_aspect_ratio).replace("/", ":")
            self.notices.append(
                f"the film's pixels are {shape} and the result says square; write mp4 or mov to keep it."
            )
        options = encoder_options(encoder, crf, self._pixel_format, effort)
        self._rate = like.frame_rate or _PICTURE_RATE
        self._time_base = 1 / self._rate if like.kind == "picture" else like.time_base
        self._held: VideoFrame | None = None
        self._sound: SoundTracks | None = None
        if encoder.name == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors only: it writes its settings to stderr otherwise
        self._num_packets = 0
        self._sound_parts = sound_parts
        with self._guarded():
            self._output = self._open(temp, container.format, self._muxing(container))
        try:
            with self._guarded():
                self._begin(container, options, source)
        except BaseException:
            self.close()
            raise

    def _open(self, temp: Path, form: str, options: dict[str, str]) -> "OutputContainer":
        return av.open(f"file:{temp}", "w", format=form, options=options)

    def _mux(self, packets: "Iterable[Packet[Any]]") -> None:
        for packet in packets:
            self._output.mux(packet)
            self._num_packets += 1

    def _muxing(self, container: Container) -> dict[str, str]:
        options = dict(container.options)
        if container.format in ("mp4", "mov"):
            # A late start is kept in units of the movie's time scale, by default a thousandth of a second.
            scale = self._time_base.denominator
            for track in self._like.audio:
                longer = math.lcm(scale, track.sample_rate or 1)
                scale = longer if longer <= _MAX_TIME_SCALE else scale
            options["movie_timescale"] = str(min(scale, _MAX_TIME_SCALE))
        return options

    def _begin(self, container: Container, options: dict[str, str], source: Path | None) -> None:
        # No random track numbers, no dates of today: the same film gives the same bytes.
        self._output.flags |= int(ContainerFlags.bitexact.value)  # type: ignore[call-overload] # typed as a Flag, is an int
        self._output.metadata.update(self._like.tags)
        self._stream = self._add_stream(options)
        transparent = self._like.has_alpha and self._encoder.alpha_format is not None
        self._painter = FramePainter(self._like, self._pixel_format, transparent=transparent)
        self._palette: Palette | None = None
        if self._encoder.name == "gif":
            self._palette = Palette(self._like, self._time_base, transparent=transparent)
        if source is not None:
            self._sound = SoundTracks(source, self._output, container, self._sound_parts, self._like.time_base)
            self._carry_over(self._sound, container)
        self._output.start_encoding()  # a size or codec that does not fit is refused now, not after hours

    def _add_stream(self, options: dict[str, str]) -> VideoStream:
        like = self._like
        stream = self._output.add_stream(self._encoder.name, rate=self._rate.limit_denominator(10**6), options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = like.width, like.height, self._pixel_format
        context = stream.codec_context
        context.time_base = stream.time_base = self._time_base
        context.thread_count = _THREADS
        context.flags |= CodecFlags.frame_duration.value | CodecFlags.bitexact.value
        context.sample_aspect_ratio = stream.sample_aspect_ratio = like.sample_aspect_ratio.limit_denominator(10**6)
        if self._palette_free():
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.color_range = _LIMITED
        timecode = timecode_for(like.tags.get("timecode"), self._rate)
        if timecode is not None:
            stream.metadata["timecode"] = timecode
        return stream

    def _palette_free(self) -> bool:
        return self._encoder.name != "gif"

    def _carry_over(self, sound: SoundTracks, container: Container) -> None:
        self.notices += sound.notices
        if container.audio_codec is None:
            return
        if sound.chapters and self._sound_parts is None:  # of a shortened film they would point anywhere
            self._output.set_chapters(sound.chapters)
        if sound.num_other_tracks:
            self.notices.append(f"{sound.num_other_tracks} track(s) of subtitles or data were not carried over.")

    def write(self, clip: Clip) -> None:
        """Encode a clip.

        Raises:
            OutputError: the frames have another size than announced, their times fall back, or the disk is full.

        """
        like = self._like
        if clip.size != (like.height, like.width):
            raise OutputError(f"frames of {clip.size[1]}x{clip.size[0]} came, {like.width}x{like.height} was begun.")
        with self._guarded():
            for frame in clip.frames():
                self._take(frame)

    def finish(self) -> None:
        """Flush pictures and sound, and close the file.

        Raises:
            OutputError: no frame came, or the disk is full.

        """
        with self._guarded():
            self._flush()
            if self._num_packets == 0:
                raise OutputError("no frame came; nothing was written.")
            if self._sound is not None:
                self._sound.advance(None)
                self.notices += [notice for notice in self._sound.notices if notice not in self.notices]
            self._output.close()

    def _flush(self) -> None:
        if self._held is not None:
            self._held.duration = self._last_duration(self._held.pts or 0)
            self._encode(self._held)
            self._encode(None)

    def close(self) -> None:
        """Let go of all files."""
        if self._sound is not None:
            self._sound.close()
        try:
            self._output.close()
        except (av.error.FFmpegError, OSError):
            return  # the film is thrown away: that its end cannot be written does not matter

    def _take(self, clip: Clip) -> None:
        pts = round(clip.pts_T[0] * clip.time_base / self._time_base)
        frame = self._painter.paint(clip)
        frame.pts, frame.time_base = pts, self._time_base
        for notice in self._painter.notices:
            if notice not in self.notices:
                self.notices.append(notice)
        # A frame is held back until the next one tells how long it is shown.
        if self._held is not None:
            step = pts - (self._held.pts or 0)
            if step <= 0:
                raise OutputError("the time stamps of the frames do not rise; this is a fault of the effect.")
            self._held.duration = step
            self._encode(self._held)
        self._held = frame

    def _encode(self, frame: VideoFrame | None) -> None:
        if self._palette is None:
            self._mux(self._stream.encode(frame))
        else:
            for painted in self._palette.take(frame):
                self._mux(self._stream.encode(painted))
            if frame is None:
                self._mux(self._stream.encode(None))
        if frame is not None and self._sound is not None:
            self._sound.advance((frame.pts or 0) * self._time_base)

    def _last_duration(self, pts: int) -> int:
        usual = max(1, round(1 / (self._rate * self._time_base)))
        if self._like.duration is None or self._like.kind == "picture":
            return usual
        rest = round(self._like.start_pts + self._like.duration / self._like.time_base) - pts
        return rest if 0 < rest <= 10 * usual else usual

    def add_pieces(self, pieces: Sequence[Piece]) -> Iterator[int]:
        """Write pieces that a `PieceSink` of the same settings has coded; yield after each how many packets it had.

        Raises:
            InputError: a file is no whole piece.
            OutputError: a piece was coded with other settings, or the disk is full.

        """
        if self._palette is not None:
            yield from self._add_pictures(pieces)
            return
        summaries = [read_summary(piece.path) for piece in pieces]
        if any(s.extradata != self.extradata for s in summaries):
            raise OutputError("pieces of this film were coded with other settings; delete them and run again.")
        step = max(1, round(1 / (self._rate * self._time_base)))
        clock = DecodingClock(max((s.reorder for s in summaries), default=0), step)
        for piece, summary in zip(pieces, summaries, strict=True):
            time_base = Fraction(summary.time_base)
            self.notices += [notice for notice in summary.notices if notice not in self.notices]
            clock.coming(pts + piece.shift for pts in read_times(piece.path))
            with self._guarded():
                for record in read_records(piece.path):
                    pts = record.pts + piece.shift
                    packet = packet_of(record, pts, clock.next(), time_base, self._stream)
                    self._mux([packet])
                    if self._sound is not None:
                        self._sound.advance(pts * time_base)
            yield summary.frames

    def _add_pictures(self, pieces: Sequence[Piece]) -> Iterator[int]:
        # A gif's colours follow from its pictures: they come as png and are coded here.
        for piece in pieces:
            summary = read_summary(piece.path)
            for record in read_records(piece.path):
                clip = picture_of(record, Fraction(summary.time_base))
                self.write(replace(clip, pts_T=(record.pts + piece.shift,), time_base=Fraction(summary.time_base)))
            yield summary.frames

    @property
    def extradata(self) -> str:
        """Digest of what a decoder must know before the first packet."""
        return hashlib.sha256(self._stream.codec_context.extradata or b"").hexdigest()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except av.error.FFmpegError as error:
            if error.errno in _FULL:
                raise  # `atomic_path` says that the disk is full
            size = f"{self._like.width}x{self._like.height}"
            raise OutputError(
                f"{self._encoder.name} refuses this film of {size} ({error.strerror}); take another --codec or --size."
            ) from error


def _check_size(encoder: Encoder, like: VideoInfo) -> None:
    width, height = encoder.min_size
    if like.width < width or like.height < height:
        raise OutputError(
            f"{encoder.name} writes {width}x{height} px or more and the film is {like.width}x{like.height}; "
            "choose another --codec or a larger --size."
        )


def _pixel_format(encoder: Encoder, like: VideoInfo, depth: int, notices: list[str]) -> str:
    if depth not in encoder.formats:
        depths = " or ".join(map(str, encoder.formats))
        raise ParameterError(f"bit_depth={depth} is not written by {encoder.name}; expected {depths}.")
    if like.has_alpha and encoder.alpha_format is not None:
        return encoder.alpha_format
    if (like.width % 2 or like.height % 2) and encoder.odd_formats:
        notices.append(
            f"{like.width}x{like.height} is odd: 4:4:4 colour was written, which some players do not show; "
            "an even --size plays everywhere."
        )
        return encoder.odd_formats[depth]
    return encoder.formats[depth]
