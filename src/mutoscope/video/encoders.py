"""Which codec goes into which container, with which settings. Data only."""

from dataclasses import dataclass, field

from mutoscope.core.errors import OutputError

__all__ = ["CONTAINERS", "Container", "Encoder", "choose_encoder"]


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
    """

    name: str
    formats: dict[int, str]
    odd_formats: dict[int, str] = field(default_factory=dict)
    alpha_format: str | None = None
    crf: int | None = None
    crf_range: tuple[int, int] = (0, 51)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """One container: FFmpeg's name, its codecs (default first), the sound it holds and the sound it is given."""

    format: str
    codecs: tuple[str, ...]
    copies: frozenset[str]
    audio_codec: str | None
    options: dict[str, str] = field(default_factory=dict)


ENCODERS = {
    "h264": Encoder(
        "libx264",
        {8: "yuv420p", 10: "yuv420p10le"},
        {8: "yuv444p", 10: "yuv444p10le"},
        crf=17,
        options={"preset": "medium"},
    ),
    "hevc": Encoder(
        "libx265",
        {8: "yuv420p", 10: "yuv420p10le"},
        {8: "yuv444p", 10: "yuv444p10le"},
        crf=19,
        options={"preset": "medium", "x265-params": "log-level=none:pools=2:frame-threads=2"},
    ),
    "vp9": Encoder(
        "libvpx-vp9",
        {8: "yuv420p", 10: "yuv420p10le"},
        alpha_format="yuva420p",
        crf=24,
        crf_range=(0, 63),
        options={"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"},
    ),
    "av1": Encoder(
        "libsvtav1",
        {8: "yuv420p", 10: "yuv420p10le"},
        crf=26,
        crf_range=(0, 63),
        options={"preset": "7"},
    ),
    "prores": Encoder(
        "prores_ks",
        {8: "yuv422p10le", 10: "yuv422p10le"},
        alpha_format="yuva444p10le",
        options={"profile": "3", "vendor": "apl0"},
    ),
    "dnxhr": Encoder("dnxhd", {8: "yuv422p", 10: "yuv422p10le"}, options={}),
    "gif": Encoder("gif", {8: "pal8", 10: "pal8"}),
}
_ALIASES = {"h265": "hevc", "x264": "h264", "x265": "hevc", "libx264": "h264", "libx265": "hevc", "dnxhd": "dnxhr"}

_COMMON = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
_MOOV = {"movflags": "+faststart+use_metadata_tags+write_colr"}
CONTAINERS = {
    ".mp4": Container("mp4", ("h264", "hevc", "av1", "vp9"), _COMMON | {"opus", "flac"}, "aac", _MOOV),
    ".mov": Container(
        "mov",
        ("h264", "hevc", "prores", "dnxhr"),
        _COMMON | {"pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be", "pcm_s32le", "pcm_f32le"},
        "aac",
        _MOOV,
    ),
    ".mkv": Container(
        "matroska",
        ("h264", "hevc", "vp9", "av1", "prores"),
        _COMMON | {"opus", "vorbis", "flac", "pcm_s16le", "pcm_s24le", "mp2", "pcm_f32le", "wmav2", "dts"},
        "aac",
    ),
    ".webm": Container("webm", ("vp9", "av1"), frozenset({"opus", "vorbis"}), "libopus"),
    ".gif": Container("gif", ("gif",), frozenset(), None),
}
CONTAINERS[".m4v"] = CONTAINERS[".mp4"]


def choose_encoder(suffix: str, codec: str | None) -> tuple[Container, Encoder]:
    """Choose container and encoder.

    Raises:
        OutputError: the container is not written here or cannot hold the codec.
    """
    container = CONTAINERS.get(suffix.lower())
    if container is None:
        raise OutputError(
            f"{suffix or 'a name without suffix'} is not written here; name the result .mp4, .mov, .mkv, .webm or "
            ".gif, or .png, .jpg, .webp, .tiff for a picture."
        )
    name = codec.lower() if codec else container.codecs[0]
    name = _ALIASES.get(name, name)
    if name not in container.codecs:
        raise OutputError(f"{suffix} cannot hold codec {codec!r}; it holds: {', '.join(container.codecs)}.")
    return container, ENCODERS[name]
