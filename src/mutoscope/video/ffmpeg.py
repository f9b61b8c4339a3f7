"""Which FFmpeg the wheels carry, and whether it is a known-bad one."""

import re
from dataclasses import dataclass

__all__ = ["FfmpegVersion", "known_bad", "version_in_use"]

_FIXED_IN = {8: (8, 1, 2), 7: (7, 1, 5), 6: (6, 1, 6), 5: (5, 1, 10)}
"""First safe release of each line: CVE-2026-8461, a heap overflow in the MagicYUV decoder (June 2026)."""


@dataclass(frozen=True)
class FfmpegVersion:
    """A version as FFmpeg prints it, and its numbers where it has any."""

    text: str
    numbers: tuple[int, ...]


def version_in_use() -> FfmpegVersion:
    """Tell the version of the FFmpeg libraries that PyAV loaded."""
    import av

    return parse_version(str(av.ffmpeg_version_info))


def parse_version(text: str) -> FfmpegVersion:
    """Read "8.1.2", "n7.1.5" or "6.1.6-2+deb12"; development builds have no numbers."""
    match = re.match(r"n?(\d+(?:\.\d+)*)", text)
    return FfmpegVersion(text, tuple(int(n) for n in match[1].split(".")) if match else ())


def known_bad(version: FfmpegVersion) -> str | None:
    """Say why a version must not open files of strangers, or None where it may."""
    if not version.numbers:
        return None
    fixed = _FIXED_IN.get(version.numbers[0])
    oldest = min(_FIXED_IN)
    if fixed is None and version.numbers[0] > oldest:
        return None
    padded = (*version.numbers, 0, 0)[:3]
    if fixed is not None and padded >= fixed:
        return None
    wanted = ".".join(map(str, fixed or _FIXED_IN[oldest]))
    return f"FFmpeg {version.text} has CVE-2026-8461 (heap overflow in a decoder); use {wanted} or later."
