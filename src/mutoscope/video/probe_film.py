"""Probe a film with PyAV."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error

from mutoscope.core.errors import InputError
from mutoscope.video.color import HDR_TRANSFERS, MATRICES, PRIMARIES, RANGES, TRANSFERS
from mutoscope.video.info import AudioInfo, VideoInfo
from mutoscope.video.safety import MAX_PIXELS, check_codec, check_file, check_pixels, open_options

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["first_video_stream", "open_container", "probe_film"]

_NOT_TAGS = {"major_brand", "minor_version", "compatible_brands", "encoder", "handler_name", "vendor_id", "duration"}
_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "pal8")


def open_container(path: Path) -> "InputContainer":
    """Open a film safely.

    Raises:
        InputError: it is missing, or no film of an allowed kind.
    """
    check_file(path)
    try:
        # "file:" keeps a name like "concat:a" or "data:x" from being taken as a protocol.
        return av.open(f"file:{path}", options=open_options(), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, UnicodeError):
        raise InputError(
            f"{path} is not a film that can be opened; expected mp4, mov, mkv, webm or avi (a playlist is not followed)."
        ) from None


def first_video_stream(container: "InputContainer", path: Path) -> "VideoStream":
    """Give the film's picture track, checked and ready to be decoded.

    Raises:
        InputError: there is none, or its codec or size is not allowed.
    """
    tracks = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not tracks:
        raise InputError(f"{path} has no picture track; give a film with pictures.")
    stream = tracks[0]
    context = stream.codec_context
    if context is None:
        raise InputError(f"{path} has a picture track that no decoder here knows; convert it to H.264 first.")
    check_codec(context.name, path)
    check_pixels(context.width, context.height, path)
    context.options = {"max_pixels": str(MAX_PIXELS)}
    stream.thread_type = "AUTO"
    return stream


def probe_film(path: Path, *, count_frames: bool = False) -> VideoInfo:
    """Read headers and the first frame.

    Raises:
        InputError: it cannot be opened or has no frame that decodes.
    """
    with open_container(path) as container:
        stream = first_video_stream(container, path)
        tags = _tags(container.metadata, stream.metadata)
        frame = _first_frame(container, stream, path)
        counted = _count(path) if count_frames else None
        return _describe(path, container, stream, frame, tags, counted)


def _first_frame(container: "InputContainer", stream: "VideoStream", path: Path) -> "VideoFrame":
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return frame
            except av.error.InvalidDataError:
                continue  # a damaged start: the first whole frame may come later
    except (av.error.FFmpegError, MemoryError) as error:
        raise InputError(f"{path} cannot be decoded ({type(error).__name__}); try to play it, or export it again.") from None
    raise InputError(f"{path} has no frame that can be decoded; give a film that plays.")


def _describe(
    path: Path,
    container: "InputContainer",
    stream: "VideoStream",
    frame: "VideoFrame",
    tags: dict[str, str],
    counted: int | None,
) -> VideoInfo:
    rotation = round(frame.rotation / 90) * 90 % 360
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    turned = rotation in (90, 270)
    transfer = TRANSFERS.get(int(frame.color_trc), "unspecified")
    depth = max((c.bits for c in frame.format.components), default=8)
    return VideoInfo(
        path=path,
        kind="video",
        container=container.format.name,
        codec=stream.codec_context.name,
        width=frame.height if turned else frame.width,
        height=frame.width if turned else frame.height,
        frame_rate=_rate(stream),
        time_base=Fraction(stream.time_base or Fraction(1, 1000)),
        num_frames=counted if counted is not None else (stream.frames or _frames_by_time(container, stream)),
        start_pts=frame.pts if frame.pts is not None else 0,
        duration=_seconds(container, stream),
        rotation=rotation,
        sample_aspect_ratio=1 / aspect if turned else aspect,
        pixel_format=frame.format.name,
        bit_depth=depth,
        color_primaries=PRIMARIES.get(int(frame.color_primaries), "unspecified"),
        color_transfer=transfer,
        color_matrix=MATRICES.get(int(frame.colorspace), "unspecified"),
        color_range=RANGES.get(int(frame.color_range), "unspecified"),
        hdr=transfer in HDR_TRANSFERS,
        has_alpha=frame.format.name.startswith(_ALPHA),
        audio=tuple(_audio(a) for a in container.streams.audio if a.codec_context is not None),
        tags=tags,
    )


def _rate(stream: "VideoStream") -> Fraction | None:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return Fraction(rate) if rate else None


def _seconds(container: "InputContainer", stream: "VideoStream") -> Fraction | None:
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    return Fraction(container.duration, av.time_base) if container.duration else None


def _frames_by_time(container: "InputContainer", stream: "VideoStream") -> int | None:
    seconds, rate = _seconds(container, stream), _rate(stream)
    return round(seconds * rate) or None if seconds and rate else None


def _audio(stream: "AudioStream") -> AudioInfo:
    context = stream.codec_context
    length = Fraction(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    return AudioInfo(context.name, context.sample_rate, context.channels, context.layout.name, length)


def _tags(*sources: Any) -> dict[str, str]:
    merged: dict[str, str] = {}
    for metadata in sources:
        for key, value in metadata.items():
            if key.lower() not in _NOT_TAGS and not (key.lower() == "language" and value == "und"):
                merged.setdefault(key, value)
    return merged


def _count(path: Path) -> int:
    from mutoscope.video.read import count_frames

    return count_frames(path)
