"""Synthetic media by formula: every pixel, time stamp and sample of a test film is known without a file.

Written with PyAV directly, not with `video.write`, so that a fault there cannot hide itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.random import default_rng
from PIL import Image

__all__ = ["Sound", "clicks", "make_clip", "make_picture", "patches", "ramp", "solid", "swelling", "tone"]

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Formula = Callable[[int, int, int], Pixels]
"""Frame number, height, width to RGB pixels H,W,3."""
Wave = Callable[[int, int], np.ndarray[Any, np.dtype[np.float32]]]
"""Number of samples and rate to samples, float32."""

_MATRICES = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020nc": 9}
_SWSCALE = {"bt709": 1, "bt470bg": 5, "smpte170m": 5, "bt2020nc": 9}
_PRIMARIES = {"bt709": 1, "unspecified": 2, "bt470bg": 5, "smpte170m": 6, "bt2020": 9, "smpte432": 12}
_TRANSFERS = {"bt709": 1, "unspecified": 2, "smpte170m": 6, "smpte2084": 16, "arib-std-b67": 18}
_RANGES = {"unspecified": 0, "limited": 1, "full": 2}


def patches(index: int, height: int, width: int) -> Pixels:
    """Four flat quarters (red, green, blue, grey) whose brightness tells the frame number: 96 + 8 * (index % 16).

    Flat areas survive lossy coding; no two quarters are alike, so that a turned frame is seen.
    """
    level = 96 + 8 * (index % 16)
    out_HWC = np.zeros((height, width, 3), np.uint8)
    top, left = (height + 1) // 2, (width + 1) // 2
    out_HWC[:top, :left, 0] = level
    out_HWC[:top, left:, 1] = level
    out_HWC[top:, :left, 2] = level
    out_HWC[top:, left:] = level
    return out_HWC


def ramp(index: int, height: int, width: int) -> Pixels:
    """A grey ramp from black at the left to white at the right, moving by one pixel a frame."""
    row_W = (np.arange(width) + index) % width * 255 // max(1, width - 1)
    return np.broadcast_to(row_W[None, :, None].astype(np.uint8), (height, width, 3)).copy()


def solid(*rgb: int) -> Formula:
    """Give the formula of frames of one colour."""

    def fill(index: int, height: int, width: int) -> Pixels:  # noqa: ARG001 (the signature of a formula)
        return np.full((height, width, 3), rgb, np.uint8)

    return fill


def tone(num_samples: int, sample_rate: int, hertz: float = 440.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Half-scale sine, float32, starting at zero."""
    t = np.arange(num_samples) / sample_rate
    return (0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def clicks(*seconds: float) -> Wave:
    """Give the formula of short bursts of noise that begin at these times, in silence."""

    def wave(num_samples: int, sample_rate: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        noise = default_rng(0).standard_normal(sample_rate // 100)
        burst = (0.4 * noise * np.exp(-5 * np.linspace(0, 1, len(noise)))).astype(np.float32)
        samples = np.zeros(num_samples, np.float32)
        for at in seconds:
            first = round(at * sample_rate)
            samples[first : first + len(burst)] += burst[: num_samples - first]
        return samples

    return wave


def swelling(hertz: float, start: float, end: float) -> Wave:
    """Give the formula of a sine that swells and fades between two seconds, in silence."""

    def wave(num_samples: int, sample_rate: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        share = np.clip((np.arange(num_samples) / sample_rate - start) / (end - start), 0, 1)
        loudness = (np.sin(np.pi * share) ** 2).astype(np.float32)
        return loudness * tone(num_samples, sample_rate, hertz)

    return wave


@dataclass(frozen=True)
class Sound:
    """A sound track of a synthetic film: a sine of `hertz`, or another formula.

    Attributes:
        codec: encoder ("aac", "libopus", "pcm_s16le", "libmp3lame", "ac3", "flac").
        seconds: length.
        sample_rate: per second.
        layout: "mono", "stereo", "5.1".
        hertz: pitch.
        start: seconds of silence before the first sample, kept as a late time stamp, not as samples.
        language: ISO 639-2 tag, or "".
        wave: samples by count and rate, -1..1, instead of the sine.

    """

    codec: str = "aac"
    seconds: Fraction = Fraction(1)
    sample_rate: int = 48_000
    layout: str = "stereo"
    hertz: float = 440.0
    start: Fraction = Fraction(0)
    language: str = ""
    wave: Wave | None = None


@dataclass(frozen=True)
class _Recipe:
    pixels: Formula
    width: int
    height: int
    pts: Sequence[int]
    time_base: Fraction
    rate: Fraction
    codec: str
    pix_fmt: str
    options: Mapping[str, str]
    matrix: str
    color_range: str
    primaries: str
    transfer: str
    sample_aspect_ratio: Fraction
    rotation: int
    alpha: int | None
    tagged: bool = field(default=True)


def make_clip(
    path: Path,
    *,
    width: int = 48,
    height: int = 32,
    num_frames: int = 6,
    rate: Fraction | int = 25,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    pixels: Formula = patches,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    matrix: str = "bt709",
    color_range: str = "limited",
    primaries: str = "bt709",
    transfer: str = "bt709",
    tagged: bool = True,
    sample_aspect_ratio: Fraction | int = 1,
    rotation: int = 0,
    alpha: int | None = None,
    sounds: Sequence[Sound] = (),
    tags: Mapping[str, str] | None = None,
    container: str | None = None,
    container_options: Mapping[str, str] | None = None,
    chapters: Sequence[tuple[int, int, str]] = (),
) -> Path:
    """Write a small film whose contents are known by formula.

    Args:
        path: the suffix says the container, unless `container` does.
        width: px as stored, before rotation.
        height: px as stored.
        num_frames: number of frames where `pts` is not given.
        rate: frames per second; the time stamps where `pts` is not given.
        pts: time stamps in `time_base`, strictly increasing: variable rate, odd starts.
        time_base: seconds per unit of `pts`; 1/rate by default.
        pixels: formula of the RGB pixels, before HDR transfer: code values are written as they are.
        codec: PyAV's name of the encoder.
        pix_fmt: FFmpeg's pixel format.
        options: of the encoder; lossless where that is cheap, by default.
        matrix: of RGB to YUV.
        color_range: "limited" or "full".
        primaries: written as a tag only.
        transfer: written as a tag only.
        tagged: whether the colour tags are written at all.
        sample_aspect_ratio: width of a pixel over its height.
        rotation: degrees counter-clockwise that a player must turn the frames: 90, 180, 270.
        alpha: 0..255 in the left half (255 in the right one) for formats with alpha.
        sounds: sound tracks.
        tags: of the container.
        container: FFmpeg's name of the muxer.
        container_options: of the muxer.
        chapters: start and end in ms, and title.

    """
    recipe = _Recipe(
        pixels=pixels,
        width=width,
        height=height,
        pts=range(num_frames) if pts is None else pts,
        time_base=1 / Fraction(rate) if time_base is None else time_base,
        rate=Fraction(rate),
        codec=codec,
        pix_fmt=pix_fmt,
        options=_default_options(codec) if options is None else options,
        matrix=matrix,
        color_range=color_range,
        primaries=primaries,
        transfer=transfer,
        sample_aspect_ratio=Fraction(sample_aspect_ratio),
        rotation=rotation,
        alpha=alpha,
        tagged=tagged,
    )
    muxing = dict(container_options or {})
    if container in ("mp4", "mov") or path.suffix in (".mp4", ".mov"):
        # A late start is kept in units of the movie's time scale, by default a thousandth of a second.
        muxing.setdefault("movie_timescale", str(recipe.time_base.denominator))
    with av.open(str(path), "w", format=container, options=muxing) as out:
        out.metadata.update(tags or {})
        if chapters:
            out.set_chapters([_chapter(i, *chapter) for i, chapter in enumerate(chapters)])
        video = _add_video(out, recipe)
        tracks = [(_add_audio(out, sound), sound) for sound in sounds]
        packets = list(_encode_video(video, recipe))
        for track, sound in tracks:
            packets += _encode_audio(track, sound)
        for packet in sorted(packets, key=lambda p: (p.dts or 0) * p.time_base):
            out.mux(packet)
    return path


def _default_options(codec: str) -> dict[str, str]:
    # One thread and lossless or nearly so: the same bytes and the same pixels everywhere.
    return {
        "libx264": {"qp": "0", "threads": "1", "preset": "ultrafast"},
        "libx265": {
            "x265-params": "lossless=1:log-level=error:pools=1:frame-threads=1",
            "preset": "ultrafast",
        },
        "libvpx-vp9": {"lossless": "1", "threads": "1", "deadline": "realtime", "cpu-used": "8"},
        "mpeg4": {"qscale": "1"},
        "dnxhd": {"profile": "dnxhr_hq"},
    }.get(codec, {})


def _add_video(out: av.container.OutputContainer, recipe: _Recipe) -> VideoStream:
    stream = out.add_stream(recipe.codec, rate=recipe.rate, options=dict(recipe.options))
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = recipe.width, recipe.height, recipe.pix_fmt
    context.time_base = recipe.time_base
    context.sample_aspect_ratio = recipe.sample_aspect_ratio
    stream.time_base = recipe.time_base
    stream.sample_aspect_ratio = recipe.sample_aspect_ratio
    if recipe.tagged:
        context.colorspace = _MATRICES[recipe.matrix]
        context.color_range = _RANGES[recipe.color_range]
        context.color_primaries = _PRIMARIES[recipe.primaries]
        context.color_trc = _TRANSFERS[recipe.transfer]
    if recipe.rotation:
        stream.set_display_rotation(recipe.rotation)
    return stream


def _encode_video(stream: VideoStream, recipe: _Recipe) -> list[Any]:
    packets = []
    for index, pts in enumerate(recipe.pts):
        rgb_HWC = recipe.pixels(index, recipe.height, recipe.width)
        frame = _to_frame(rgb_HWC, recipe)
        frame.pts, frame.time_base = pts, recipe.time_base
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _to_frame(rgb_HWC: Pixels, recipe: _Recipe) -> VideoFrame:
    if recipe.alpha is None:
        frame = VideoFrame.from_ndarray(rgb_HWC, "rgb24")
    else:
        alpha_HW1 = np.full((*rgb_HWC.shape[:2], 1), 255, np.uint8)
        alpha_HW1[:, : rgb_HWC.shape[1] // 2] = recipe.alpha
        frame = VideoFrame.from_ndarray(np.concatenate([rgb_HWC, alpha_HW1], 2), "rgba")
    frame = frame.reformat(
        format=recipe.pix_fmt,
        src_color_range=2,
        dst_color_range=_RANGES[recipe.color_range],
        dst_colorspace=_SWSCALE[recipe.matrix],
        # Without these swscale's result differs from run to run in a few pixels.
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
        threads=1,
    )
    if recipe.tagged:
        frame.colorspace, frame.color_range = _MATRICES[recipe.matrix], _RANGES[recipe.color_range]
        frame.color_primaries, frame.color_trc = _PRIMARIES[recipe.primaries], _TRANSFERS[recipe.transfer]
    return frame


def _add_audio(out: av.container.OutputContainer, sound: Sound) -> AudioStream:
    stream = out.add_stream(sound.codec, rate=sound.sample_rate)
    assert isinstance(stream, AudioStream)
    stream.codec_context.layout = sound.layout
    if sound.language:
        stream.metadata["language"] = sound.language
    return stream


def _encode_audio(stream: AudioStream, sound: Sound) -> list[Any]:
    context = stream.codec_context
    count = round(sound.seconds * sound.sample_rate)
    samples = sound.wave(count, sound.sample_rate) if sound.wave else tone(count, sound.sample_rate, sound.hertz)
    planar = np.repeat(samples[None], context.layout.nb_channels, 0)
    resampler = av.AudioResampler(context.format, sound.layout, sound.sample_rate)
    packets = []
    start = round(sound.start * sound.sample_rate)
    step = 1024
    for offset in range(0, planar.shape[1], step):
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(planar[:, offset : offset + step]), "fltp", sound.layout)
        frame.sample_rate = sound.sample_rate
        frame.pts, frame.time_base = start + offset, Fraction(1, sound.sample_rate)
        for ready in resampler.resample(frame):
            packets += context.encode(ready)
    packets += context.encode(None)
    for packet in packets:
        packet.stream = stream
    return packets


def _chapter(number: int, start_ms: int, end_ms: int, title: str) -> Any:
    return {
        "id": number,
        "start": start_ms,
        "end": end_ms,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": title},
    }


def make_picture(
    path: Path,
    *,
    width: int = 23,
    height: int = 17,
    pixels: Formula = patches,
    index: int = 0,
    alpha: int | None = None,
    orientation: int = 1,
    date: str = "",
    icc_profile: bytes | None = None,
    mode: str | None = None,
) -> Path:
    """Write a picture whose pixels are known by formula.

    Args:
        path: the suffix says the format.
        width: px as stored, before the EXIF orientation.
        height: px as stored.
        pixels: formula of the RGB pixels.
        index: frame number that the formula is given.
        alpha: 0..255 in the left half, 255 in the right one.
        orientation: EXIF's number, 1 to 8.
        date: EXIF's DateTime, such as "2024:05:06 07:08:09".
        icc_profile: colour profile to embed.
        mode: Pillow's mode to convert to ("L", "P", "CMYK").

    """
    rgb_HWC = pixels(index, height, width)
    if alpha is not None:
        alpha_HW1 = np.full((height, width, 1), 255, np.uint8)
        alpha_HW1[:, : width // 2] = alpha
        rgb_HWC = np.concatenate([rgb_HWC, alpha_HW1], 2)
    image = Image.fromarray(rgb_HWC)
    if mode is not None:
        image = image.convert(mode)
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    if date:
        exif[0x0132] = date
    extra: dict[str, Any] = {"exif": exif.tobytes()} if len(exif) else {}
    if icc_profile is not None:
        extra["icc_profile"] = icc_profile
    if path.suffix.lower() == ".webp":
        extra |= {"lossless": True, "exact": True}
    elif path.suffix.lower() in (".jpg", ".jpeg"):
        extra |= {"quality": 100, "subsampling": 0}
    image.save(path, **extra)
    return path
