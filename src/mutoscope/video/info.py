"""What a film is made of. Starts without PyAV and torch; both load when something is probed."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "PICTURE_SUFFIXES",
    "AudioInfo",
    "FramesFrom",
    "VideoInfo",
    "is_picture_name",
    "is_sequence_name",
    "probe",
]

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})

FramesFrom = Literal["count", "header", "estimate", "nobody"]

_SEQUENCE = re.compile(r"%(0\d+)?d")


@dataclass(frozen=True)
class AudioInfo:
    """One sound track."""

    codec: str
    sample_rate: int
    channels: int
    layout: str
    duration: Fraction | None


@dataclass(frozen=True)
class VideoInfo:
    """A film, picture or sequence, as it is shown: rotation is already applied to width and height.

    Attributes:
        path: where it lies.
        kind: "video", "picture" or "sequence".
        container: FFmpeg's or Pillow's name of the format.
        codec: decoder's name.
        width: px, as shown upright.
        height: px, as shown upright.
        frame_rate: frames per second, exact; the average where it varies; None for a picture.
        time_base: seconds per unit of time stamps.
        num_frames: how many frames; None where nobody knows.
        num_frames_from: whether they were counted, are stated by the header, or are estimated from length and rate.
        start_pts: time stamp of the first frame.
        duration: seconds of the video stream, exact, or None.
        rotation: degrees counter-clockwise that the frames are turned to stand upright.
        sample_aspect_ratio: width of a pixel over its height.
        pixel_format: FFmpeg's name.
        bit_depth: bits per channel.
        color_primaries: FFmpeg's name, or "unspecified"; likewise transfer, matrix and range.
        hdr: whether the transfer is PQ or HLG.
        has_alpha: whether there is transparency.
        audio: sound tracks.
        tags: creation date, time code, GPS place and whatever else the file tells.

    """

    path: Path
    kind: Literal["video", "picture", "sequence"]
    container: str
    codec: str
    width: int
    height: int
    frame_rate: Fraction | None = None
    time_base: Fraction = Fraction(1)
    num_frames: int | None = None
    num_frames_from: FramesFrom = "nobody"
    start_pts: int = 0
    duration: Fraction | None = None
    rotation: int = 0
    sample_aspect_ratio: Fraction = Fraction(1)
    pixel_format: str = "rgb24"
    bit_depth: int = 8
    color_primaries: str = "unspecified"
    color_transfer: str = "unspecified"
    color_matrix: str = "unspecified"
    color_range: str = "unspecified"
    hdr: bool = False
    has_alpha: bool = False
    audio: tuple[AudioInfo, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give plain values; exact numbers as text like "24000/1001"."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def is_picture_name(path: Path) -> bool:
    """Tell by the suffix whether a path means one picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not is_sequence_name(path)


def is_sequence_name(path: Path) -> bool:
    """Tell whether a path is a pattern like frame_%05d.png, and not a file whose name happens to look so."""
    return bool(_SEQUENCE.search(path.name)) and not path.is_file()


def probe(path: str | Path, *, count_frames: bool = False) -> VideoInfo:
    """Look into a film, picture or sequence.

    Args:
        path: file, or pattern like frame_%05d.png.
        count_frames: go through the whole film to count its frames exactly.

    Raises:
        InputError: it is missing, not a film or picture, empty, too large, or of a kind that is not opened.

    """
    path = Path(path)
    if is_sequence_name(path):
        from mutoscope.video.sequence import probe_sequence

        return probe_sequence(path)
    if _is_picture(path):
        from mutoscope.video.picture import probe_picture

        return probe_picture(path)
    from mutoscope.video.probe_film import probe_film

    return probe_film(path, count_frames=count_frames)


def _is_picture(path: Path) -> bool:
    """Tell by the first bytes, and by the name where they say nothing: a JPEG may be called .mp4."""
    try:
        with path.open("rb") as stream:
            head = stream.read(12)
    except OSError:
        return is_picture_name(path)  # whoever opens it says what is wrong
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*")) or (head[:4], head[8:]) == (
        b"RIFF",
        b"WEBP",
    ):
        return True
    is_film = head[4:8] == b"ftyp" or head.startswith(b"\x1a\x45\xdf\xa3")
    return is_picture_name(path) and not is_film


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
