"""Probe a film with PyAV."""

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from mutoscope.core.errors import InputError
from mutoscope.video.color import HDR_TRANSFERS, MATRICES, PRIMARIES, RANGES, TRANSFERS
from mutoscope.video.decode import Decoding
from mutoscope.video.info import AudioInfo, FramesFrom, VideoInfo

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["probe_film"]

_NOT_TAGS = frozenset(
    [
        "major_brand",
        "minor_version",
        "compatible_brands",
        "encoder",
        "software",
        "handler_name",
        "vendor_id",
        "duration",
        "language",
        "alpha_mode",
        "bps",
        "number_of_frames",
        "number_of_bytes",
        "_statistics_writing_app",
        "_statistics_writing_date_utc",
        "_statistics_tags",
    ]
)
"""What describes the file, not the film: it would be wrong in another file."""

_MAX_RATE = 1000
"""Frames per second above which a stated rate is a fault of the header (one-frame films say 90,000)."""

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)$")


def probe_film(path: Path, *, count_frames: bool = False) -> VideoInfo:
    """Read headers and the first frame.

    Raises:
        InputError: it cannot be opened or has no frame that decodes.

    """
    with Decoding(path) as decoding:
        frame = next(decoding.frames(), None)
        if frame is None:
            raise InputError(f"{path} has no frame that can be decoded; give a film that plays.")
        info = _describe(path, decoding.container, decoding.stream, frame)
    if not count_frames:
        return info
    from dataclasses import replace

    with Decoding(path) as decoding:
        return replace(info, num_frames=sum(1 for _ in decoding.frames()), num_frames_from="count")


def _describe(path: Path, container: "InputContainer", stream: "VideoStream", frame: "VideoFrame") -> VideoInfo:
    rotation = round(frame.rotation / 90) * 90 % 360
    turned = rotation in (90, 270)
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    transfer = TRANSFERS.get(int(frame.color_trc), "unspecified")
    num_frames, source = _num_frames(container, stream)
    return VideoInfo(
        path=path,
        kind="video",
        container=container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        width=frame.height if turned else frame.width,
        height=frame.width if turned else frame.height,
        frame_rate=_rate(stream),
        time_base=Fraction(stream.time_base or Fraction(1, 1000)),
        num_frames=num_frames,
        num_frames_from=source,
        start_pts=frame.pts if frame.pts is not None else 0,
        duration=_seconds(container, stream),
        rotation=rotation,
        sample_aspect_ratio=1 / aspect if turned else aspect,
        pixel_format=frame.format.name,
        bit_depth=max((c.bits for c in frame.format.components), default=8),
        color_primaries=PRIMARIES.get(int(frame.color_primaries), "unspecified"),
        color_transfer=transfer,
        color_matrix=MATRICES.get(int(frame.colorspace), "unspecified"),
        color_range=RANGES.get(int(frame.color_range), "unspecified"),
        hdr=transfer in HDR_TRANSFERS,
        has_alpha=any(c.is_alpha for c in frame.format.components) or frame.format.has_palette,
        audio=tuple(_audio(a) for a in container.streams.audio if _has_decoder(a)),
        tags=_tags(container.metadata, stream.metadata, *(s.metadata for s in container.streams.data)),
    )


def _rate(stream: "VideoStream") -> Fraction | None:
    rates = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    return next((Fraction(r) for r in rates if r and 0 < r <= _MAX_RATE), None)


def _seconds(container: "InputContainer", stream: "VideoStream") -> Fraction | None:
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    clock = _CLOCK.match(next((v for k, v in stream.metadata.items() if k.lower() == "duration"), ""))
    if clock:  # Matroska keeps a track's own length as a tag
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + Fraction(clock[3])
    return Fraction(container.duration, av.time_base) if container.duration else None


def _num_frames(container: "InputContainer", stream: "VideoStream") -> tuple[int | None, "FramesFrom"]:
    if stream.frames:
        return stream.frames, "header"
    seconds, rate = _seconds(container, stream), _rate(stream)
    guess = round(seconds * rate) if seconds and rate else 0
    return (guess, "estimate") if guess > 0 else (None, "nobody")


def _has_decoder(stream: "Stream") -> bool:
    context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
    return context is not None


def _audio(stream: "AudioStream") -> AudioInfo:
    context = stream.codec_context
    length = Fraction(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    return AudioInfo(context.codec.canonical_name, context.sample_rate, context.channels, context.layout.name, length)


def _tags(*sources: Mapping[str, str]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for metadata in sources:
        for key, value in metadata.items():
            if key.lower() not in _NOT_TAGS:
                # Matroska shouts: TITLE is the title of the others.
                merged.setdefault(key.lower() if key.isupper() else key, value)
    return merged
