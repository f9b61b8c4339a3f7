"""Which codec goes into which container, with which settings. Data only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from mutoscope.core.errors import OutputError, ParameterError

__all__ = [
    "CONTAINERS",
    "ENCODERS",
    "Container",
    "Effort",
    "Encoder",
    "choose_encoder",
    "encoder_options",
    "timecode_for",
]


Effort = Literal["normal", "fast", "draft"]
"""How long an encoder may search: normal; about three times as fast; about four times."""


@dataclass(frozen=True)
class Encoder:
    """One video encoder.

    Attributes:
        name: FFmpeg's name.
        formats: pixel format by bit depth, for even sizes.
        odd_formats: likewise for odd sizes, which 4:2:0 of this encoder cannot hold; empty where it can.
        alpha_format: pixel format that holds transparency, or None.
        crf: default quality, or None where the codec has no such scale.
        crf_range: allowed values.
        options: what else is set; fixed thread counts make the bytes the same on every run.
        min_size: least width and height.
        fast: what is set otherwise where less effort is wanted.

    """

    name: str
    formats: Mapping[int, str]
    odd_formats: Mapping[int, str] = field(default_factory=dict)
    alpha_format: str | None = None
    crf: int | None = None
    crf_range: tuple[int, int] = (0, 51)
    options: Mapping[str, str] = field(default_factory=dict)
    min_size: tuple[int, int] = (1, 1)
    fast: Mapping[Effort, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """One container.

    Attributes:
        format: FFmpeg's name.
        codecs: video codecs, the default one first.
        copies: sound codecs that are copied as they are.
        audio_codec: encoder that other sound is coded with, or None where no sound fits.
        options: of the muxer.
        negative_times: whether sound may begin before zero, as the pre-roll of AAC and Opus does.

    """

    format: str
    codecs: tuple[str, ...]
    copies: frozenset[str]
    audio_codec: str | None
    options: Mapping[str, str] = field(default_factory=dict)
    negative_times: bool = False


# HEVC is read but not written: x265 4.1 of the wheel writes outside its memory, and now and then the muxer
# refuses what it made ("not yet implemented"). AV1 and VP9 are the small codecs here.
ENCODERS = {
    "h264": Encoder(
        "libx264",
        {8: "yuv420p", 10: "yuv420p10le"},
        {8: "yuv444p", 10: "yuv444p10le"},
        crf=17,
        # Without macroblock trees: with AVX-512 they read beyond their tables, and the same pictures gave other bytes
        # in one of three runs at 64 px and one of sixty at 320 px. The price is 0.3 dB, or a tenth of the size.
        options={"preset": "medium", "x264-params": "mbtree=0"},
        fast={"fast": {"preset": "veryfast"}, "draft": {"preset": "superfast"}},
    ),
    "vp9": Encoder(
        "libvpx-vp9",
        {8: "yuv420p"},
        alpha_format="yuva420p",
        crf=24,
        crf_range=(0, 63),
        options={"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"},
        fast={"fast": {"cpu-used": "5"}, "draft": {"deadline": "realtime", "cpu-used": "8"}},
    ),
    "av1": Encoder(
        "libsvtav1",
        {8: "yuv420p", 10: "yuv420p10le"},
        crf=26,
        crf_range=(0, 63),
        options={"preset": "7", "svtav1-params": "lp=2"},
        fast={"fast": {"preset": "10"}, "draft": {"preset": "12"}},
    ),
    "prores": Encoder(
        "prores_ks",
        {8: "yuv422p10le", 10: "yuv422p10le"},
        alpha_format="yuva444p10le",
        options={"profile": "3", "vendor": "apl0"},
    ),
    "dnxhr": Encoder("dnxhd", {8: "yuv422p", 10: "yuv422p10le"}, min_size=(256, 120)),
    "gif": Encoder("gif", {8: "pal8"}, alpha_format="pal8"),
}
_ALIASES = {
    "x264": "h264",
    "libx264": "h264",
    "dnxhd": "dnxhr",
    "prores_ks": "prores",
    "libvpx-vp9": "vp9",
    "libsvtav1": "av1",
}

_COMMON = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
_PCM = frozenset({"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"})
_MOOV = {"movflags": "+faststart+use_metadata_tags+write_colr"}
CONTAINERS = {
    ".mp4": Container("mp4", ("h264", "av1", "vp9"), _COMMON | {"opus", "flac"}, "aac", _MOOV, negative_times=True),
    ".mov": Container(
        "mov",
        ("h264", "prores", "dnxhr"),
        _COMMON | _PCM | {"pcm_s16be", "pcm_s24be"},
        "aac",
        _MOOV,
        negative_times=True,
    ),
    ".mkv": Container(
        "matroska",
        ("h264", "vp9", "av1", "prores"),
        _COMMON | _PCM | {"opus", "vorbis", "flac", "mp2", "dts"},
        "aac",
    ),
    ".webm": Container("webm", ("vp9", "av1"), frozenset({"opus", "vorbis"}), "libopus"),
    ".gif": Container("gif", ("gif",), frozenset(), None),
}
CONTAINERS[".m4v"] = CONTAINERS[".mp4"]

_TIMECODE = re.compile(r"\d\d:[0-5]\d:[0-5]\d[:;.]\d\d")
_DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))


def choose_encoder(path: Path, codec: str | None) -> tuple[Container, Encoder]:
    """Choose container and encoder.

    Args:
        path: its suffix says the container.
        codec: the user's name of the codec, or None for the container's default.

    Raises:
        OutputError: the container is not written here or cannot hold the codec.

    """
    container = CONTAINERS.get(path.suffix.lower())
    if container is None:
        raise OutputError(
            f"{path.suffix or 'a name without suffix'} is not written here; name the result .mp4, .mov, .mkv, .webm or "
            ".gif, or .png, .jpg, .webp, .tiff for a picture."
        )
    name = codec.lower() if codec else container.codecs[0]
    name = _ALIASES.get(name, name)
    if name not in container.codecs:
        homes = ", ".join(suffix for suffix, c in CONTAINERS.items() if name in c.codecs)
        where = f"{name} goes into {homes}" if homes else f"{codec} is not known"
        raise OutputError(
            f"{path.suffix} cannot hold codec {codec}; it holds {', '.join(container.codecs)}, and {where}."
        )
    return container, ENCODERS[name]


def encoder_options(encoder: Encoder, crf: int | None, pixel_format: str, effort: Effort = "normal") -> dict[str, str]:
    """Give FFmpeg's options of an encoder.

    Raises:
        ParameterError: the quality is out of range, or the codec has no such scale.

    """
    options = {**encoder.options, **encoder.fast.get(effort, {})}
    if encoder.crf is not None:
        low, high = encoder.crf_range
        if crf is not None and not low <= crf <= high:
            raise ParameterError(f"crf={crf} is not allowed; expected {low} (best) to {high} for this codec.")
        options["crf"] = str(encoder.crf if crf is None else crf)
    elif crf is not None:
        raise ParameterError(f"crf={crf} means nothing to {encoder.name}; leave it out.")
    if encoder.name == "dnxhd":
        options["profile"] = "dnxhr_hqx" if pixel_format.endswith("10le") else "dnxhr_hq"
    if pixel_format.startswith("yuva444"):
        options["profile"] = "4"  # ProRes 4444 holds alpha
    return options


def timecode_for(text: str | None, rate: Fraction) -> str | None:
    """Give a time code that a track of this rate can hold, or None: FFmpeg refuses the whole film otherwise."""
    if text is None or not _TIMECODE.fullmatch(text):
        return None
    if text[8] in ";." and rate not in _DROP_FRAME_RATES:
        return None
    return text if int(text[9:]) < round(rate) else None
