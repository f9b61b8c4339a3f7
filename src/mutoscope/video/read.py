"""Decode: a film, picture or sequence becomes a stream of clips. Memory does not grow with its length."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av.error

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.video.frames import FrameReader
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.probe_film import first_video_stream, open_container

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Film", "count_frames", "open_video", "read_picture"]

_CLIP_BYTES = 32 << 20
_MAX_FAILURES = 16
"""Damaged packets in a row after which the rest of a film is given up."""

_SLACK = Fraction(3, 10)
"""Seconds that a whole film may end before what its header says: headers count sound and rounding."""


class Film:
    """An opened film: iterate it to get clips; iterate it again to start anew.

    Attributes:
        info: the film, with width and height after scaling.
        notices: what a person should know, filled while reading.
        truncated: after an iteration: why the film broke off, or None where it was whole.
    """

    def __init__(self, source: VideoInfo, size: tuple[int, int] | None, clip_bytes: int) -> None:
        self.source = source
        self.info = source if size is None else _resized(source, size)
        self.notices: list[str] = []
        self.truncated: str | None = None
        self._clip_bytes = clip_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held between iterations; each closes its file when it ends."""

    def __iter__(self) -> Iterator[Clip]:
        """Yield clips of as many frames as fit the byte budget, at least one.

        Raises:
            InputError: nothing could be decoded.
        """
        self.truncated = None
        per_clip = max(1, self._clip_bytes // (self.info.width * self.info.height * 3 * 4))
        waiting: list[Clip] = []
        for frame in self._frames():
            waiting.append(frame)
            if len(waiting) == per_clip:
                yield Clip.join(waiting)
                waiting = []
        if waiting:
            yield Clip.join(waiting)

    def _frames(self) -> Iterator[Clip]:
        if self.info.kind == "picture":
            from mutoscope.video.picture import load_picture

            yield load_picture(self.info.path, (self.info.width, self.info.height))
        elif self.info.kind == "sequence":
            from mutoscope.video.sequence import load_sequence

            yield from load_sequence(self.info)
        else:
            yield from self._film_frames()

    def _film_frames(self) -> Iterator[Clip]:
        reader = FrameReader(self.source, (self.info.width, self.info.height))
        with open_container(self.info.path) as container:
            stream = first_video_stream(container, self.info.path)
            decoding = _Decoding(container, stream)
            last: int | None = None
            for frame in decoding.frames():
                pts = _rising(frame.pts, last, stream)
                last = pts
                yield Clip(reader.pixels(frame), (pts,), self.info.time_base, reader.alpha(frame))
            self.truncated = decoding.problem(self.info)
            for notice in reader.notices:
                if notice not in self.notices:
                    self.notices.append(notice)


def open_video(
    path: str | Path, *, size: int | None = None, enlarge: bool = False, clip_bytes: int = _CLIP_BYTES
) -> Film:
    """Open a film, picture or sequence for reading.

    Args:
        path: mp4, mov, mkv, webm, avi, gif; png, jpg, webp, tiff; or a pattern like frame_%05d.png.
        size: long side of the clips in px; None keeps the film's own.
        enlarge: whether a smaller film is scaled up to `size`.
        clip_bytes: memory of one clip.

    Raises:
        InputError: it is missing, no film, empty, too large, or of a kind that is not opened.
    """
    info = probe(path)
    long_side = max(info.width, info.height)
    if size is None or size == long_side or (size > long_side and not enlarge):
        return Film(info, None, clip_bytes)
    scale = Fraction(size, long_side)
    fitted = tuple(_even(side * scale, side) for side in (info.width, info.height))
    return Film(info, (fitted[0], fitted[1]), clip_bytes)


def read_picture(path: str | Path, *, size: int | None = None) -> Clip:
    """Read one picture as a clip of one frame, upright, with its alpha.

    Args:
        path: png, jpg, webp or tiff.
        size: largest long side in px.

    Raises:
        InputError: it is missing, damaged, too large, or a film.
    """
    film = open_video(path, size=size)
    if film.info.kind != "picture":
        raise InputError(f"{path} is a film; a picture was expected: png, jpg, webp or tiff.")
    return next(iter(film))


def count_frames(path: Path) -> int:
    """Decode a whole film and count."""
    with open_container(path) as container:
        return sum(1 for _ in _Decoding(container, first_video_stream(container, path)).frames())


class _Decoding:
    """Demuxes and decodes; steps over damaged packets and remembers them."""

    def __init__(self, container: "InputContainer", stream: "VideoStream") -> None:
        self._container, self._stream = container, stream
        self._damaged = self._in_a_row = self.num_frames = 0
        self._end = Fraction(0)
        self._broke: str | None = None

    def frames(self) -> "Iterator[VideoFrame]":
        # All tracks are demuxed, though only one is decoded: only together do they tell where the file ends.
        try:
            for packet in self._container.demux():
                self._note_end(packet)
                if packet.stream.index != self._stream.index:
                    continue
                for frame in self._decode(packet):
                    self.num_frames += 1
                    yield frame
                if self._in_a_row > _MAX_FAILURES:
                    return
        except (av.error.FFmpegError, OSError) as error:
            self._broke = type(error).__name__

    def _decode(self, packet: "Packet") -> "list[VideoFrame]":
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self._damaged += 1
            self._in_a_row += 1
            return []
        if frames:
            self._in_a_row = 0
        if packet.is_corrupt:
            self._damaged += 1
        return [frame for frame in frames if frame.pts is not None or self.num_frames == 0]

    def _note_end(self, packet: "Packet") -> None:
        if packet.pts is not None and packet.time_base:
            self._end = max(self._end, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))

    def problem(self, info: VideoInfo) -> str | None:
        """Say why the film is not whole, or None."""
        of = f" of {info.num_frames}" if info.num_frames else ""
        if self.num_frames == 0:
            return f"{info.path} has no frame that can be decoded"
        if self._damaged or self._broke:
            return f"{info.path} is damaged: {self.num_frames}{of} frames could be decoded"
        length = self._container.duration
        start = Fraction(self._container.start_time or 0, av.time_base)
        if length and self._end - start < Fraction(length, av.time_base) - _slack(info):
            end, whole = float(self._end - start), length / av.time_base
            return f"{info.path} breaks off at {end:.2f} s of {whole:.2f} s ({self.num_frames} frames)"
        return None


def _slack(info: VideoInfo) -> Fraction:
    return max(_SLACK, 3 / info.frame_rate if info.frame_rate else _SLACK)


def _rising(pts: int | None, last: int | None, stream: "VideoStream") -> int:
    """Give a time stamp that rises: some files repeat one or leave it out."""
    if pts is None:
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        step = max(1, round(1 / (rate * (stream.time_base or Fraction(1, 1000)))))
        return 0 if last is None else last + step
    return pts if last is None or pts > last else last + 1


def _even(length: Fraction, original: int) -> int:
    """Round to a whole number of px; to an even one unless the source was odd or tiny: 4:2:0 wants pairs."""
    if original % 2 or length < 2:
        return max(1, round(length))
    return max(2, 2 * round(length / 2))


def _resized(info: VideoInfo, size: tuple[int, int]) -> VideoInfo:
    from dataclasses import replace

    return replace(info, width=size[0], height=size[1])
