"""Encode clips with PyAV: exact time stamps, BT.709, sound and tags carried over."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np
import torch
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.video.audio import SoundTracks
from mutoscope.video.encoders import Container, Encoder
from mutoscope.video.info import VideoInfo

if TYPE_CHECKING:
    from av.video.stream import VideoStream

__all__ = ["FilmSink"]

_BT709, _LIMITED, _FULL = 1, 1, 2
_THREADS = 4
"""Fixed, not the machine's number of cores: the same film gives the same bytes everywhere."""

_KERNEL = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


class FilmSink:
    """Writes one film.

    Args:
        temp: where it is written.
        container: what is written.
        encoder: with what.
        like: size, rate, time base, pixel shape and tags.
        source: film whose sound is carried over, or None.
        crf: quality, or None for the encoder's default.
        bit_depth: 8 or 10.

    Raises:
        OutputError: the encoder refuses the size or the place cannot be written.
        ParameterError: the quality is out of the encoder's range.
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
    ) -> None:
        self.notices: list[str] = []
        self._encoder, self._like = encoder, like
        self._pixel_format = _pixel_format(encoder, like, bit_depth, self.notices)
        self._size = (like.width, like.height)
        options = _encoder_options(encoder, crf, self._pixel_format)
        self._output = av.open(f"file:{temp}", "w", format=container.format, options=container.options)
        self._output.metadata.update(like.tags)
        self._stream = self._add_stream(options)
        self._palette = _Palette(like) if encoder.name == "gif" else None
        self._sound = None if source is None else SoundTracks(source, self._output, container)
        if self._sound is not None:
            self.notices += self._sound.notices
        self._num_frames = 0

    def _add_stream(self, options: dict[str, str]) -> "VideoStream":
        like = self._like
        rate = like.frame_rate or Fraction(25)
        stream = self._output.add_stream(self._encoder.name, rate=rate, options=options)
        stream.width, stream.height = like.width, like.height
        stream.pix_fmt = self._pixel_format
        context = stream.codec_context
        context.time_base = stream.time_base = _time_base(like)
        context.thread_count = _THREADS
        context.sample_aspect_ratio = like.sample_aspect_ratio
        if self._encoder.name != "gif":
            context.color_primaries = context.color_trc = context.colorspace = _BT709
            context.color_range = _LIMITED
        if self._encoder.name == "libx265":
            context.codec_tag = "hvc1"  # the name that Apple's players look for
        if "timecode" in like.tags:
            stream.metadata["timecode"] = like.tags["timecode"]
        return stream

    def write(self, clip: Clip) -> None:
        """Encode a clip.

        Raises:
            OutputError: the frames have another size than announced, or the disk is full.
        """
        if clip.size != (self._size[1], self._size[0]):
            raise OutputError(f"frames of {clip.size[1]}x{clip.size[0]} came, {self._size[0]}x{self._size[1]} was begun.")
        for frame in clip.frames():
            now = frame.pts_T[0] * frame.time_base
            self._mux(self._encode(self._to_frame(frame)))
            if self._sound is not None:
                self._sound.advance(now)
            self._num_frames += 1

    def finish(self) -> None:
        """Flush pictures and sound, and close the file.

        Raises:
            OutputError: no frame came, or the disk is full.
        """
        if not self._num_frames:
            raise OutputError("no frame came; nothing was written.")
        if self._palette is not None:
            for rest in self._palette.flush():
                self._mux(self._stream.encode(rest))
        self._mux(self._stream.encode(None))
        if self._sound is not None:
            known = len(self._sound.notices)
            self._sound.advance(None)
            self.notices += self._sound.notices[known:]
        self._output.close()

    def close(self) -> None:
        """Let go of all files."""
        if self._sound is not None:
            self._sound.close()
        try:
            self._output.close()
        except (av.error.FFmpegError, OSError):
            return  # the film is thrown away: that its end cannot be written does not matter

    def _encode(self, frame: VideoFrame) -> Iterable[Any]:
        if self._palette is None:
            return self._stream.encode(frame)
        return [packet for painted in self._palette.take(frame) for packet in self._stream.encode(painted)]

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self._output.mux(packet)

    def _to_frame(self, clip: Clip) -> VideoFrame:
        deep = self._pixel_format.endswith("10le")
        with_alpha = self._pixel_format.startswith("yuva")
        array_HWC = _to_array(clip, deep=deep, with_alpha=with_alpha)
        form = ("rgba64le" if deep else "rgba") if with_alpha else ("rgb48le" if deep else "rgb24")
        frame = VideoFrame.from_ndarray(array_HWC, form)
        if self._palette is None:
            frame = frame.reformat(
                format=self._pixel_format,
                src_colorspace=_BT709,
                dst_colorspace=_BT709,
                src_color_range=_FULL,
                dst_color_range=_LIMITED,
                dst_color_primaries=_BT709,
                dst_color_trc=_BT709,
                interpolation=_KERNEL,
                threads=1,
            )
        frame.pts = clip.pts_T[0]
        frame.time_base = clip.time_base
        frame.pict_type = PictureType.NONE
        return frame


class _Palette:
    """Gives each frame of a gif its own best 256 colours, dithered."""

    def __init__(self, like: VideoInfo) -> None:
        graph = Graph()
        source = graph.add_buffer(width=like.width, height=like.height, format="rgb24", time_base=_time_base(like))
        split, make = graph.add("split"), graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
        use, sink = graph.add("paletteuse", "new=1:dither=sierra2_4a"), graph.add("buffersink")
        source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(make, 1, 0)
        make.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        self._source, self._sink = source, sink

    def take(self, frame: VideoFrame) -> list[VideoFrame]:
        self._source.push(frame)
        return self._pull()

    def flush(self) -> list[VideoFrame]:
        self._source.push(None)
        return self._pull()

    def _pull(self) -> list[VideoFrame]:
        frames = []
        while True:
            try:
                frames.append(self._sink.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return frames


def _time_base(like: VideoInfo) -> Fraction:
    return Fraction(1, 25) if like.kind == "picture" else like.time_base


def _pixel_format(encoder: Encoder, like: VideoInfo, depth: int, notices: list[str]) -> str:
    if like.has_alpha and encoder.alpha_format is not None:
        return encoder.alpha_format
    if like.has_alpha and encoder.name != "gif":
        notices.append("the film's transparency was dropped: the codec cannot hold it; webm or prores can.")
    if (like.width % 2 or like.height % 2) and encoder.odd_formats:
        notices.append("the size is odd: 4:4:4 colour was written, which some players do not show; an even --size plays everywhere.")
        return encoder.odd_formats[depth]
    return encoder.formats[depth]


def _encoder_options(encoder: Encoder, crf: int | None, pixel_format: str) -> dict[str, str]:
    options = dict(encoder.options)
    if encoder.crf is not None:
        low, high = encoder.crf_range
        if crf is not None and not low <= crf <= high:
            raise ParameterError(f"crf={crf} is not allowed; expected {low} to {high} for this codec.")
        options["crf"] = str(encoder.crf if crf is None else crf)
    elif crf is not None:
        raise ParameterError("crf means nothing to this codec; leave it out.")
    if encoder.name == "dnxhd":
        options["profile"] = "dnxhr_hqx" if pixel_format.endswith("10le") else "dnxhr_hq"
    if pixel_format.startswith("yuva444"):
        options["profile"] = "4"  # ProRes 4444 holds alpha
    return options


def _to_array(clip: Clip, *, deep: bool, with_alpha: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    x_CHW: Tensor = clip.pixels_TCHW[0]
    if with_alpha:
        alpha = clip.alpha_T1HW[0] if clip.alpha_T1HW is not None else torch.ones_like(x_CHW[:1])
        x_CHW = torch.cat([x_CHW, alpha])
    levels = 65535 if deep else 255
    scaled = (x_CHW.permute(1, 2, 0) * levels).round_().clamp_(0, levels).contiguous().numpy()
    return scaled.astype(np.uint16 if deep else np.uint8)
