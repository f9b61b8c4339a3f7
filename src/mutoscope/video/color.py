"""FFmpeg's numbers of colour spaces (ITU-T H.273), by name, and what is assumed where a file is silent."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["HDR_TRANSFERS", "MATRICES", "PRIMARIES", "RANGES", "TRANSFERS", "matrix_of", "range_of"]

PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    11: "smpte431",
    12: "smpte432",
}
TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020c",
}
RANGES = {1: "limited", 2: "full"}

HDR_TRANSFERS = {"smpte2084": "PQ", "arib-std-b67": "HLG"}

_SWSCALE_709, _SWSCALE_601, _SWSCALE_2020, _SWSCALE_240 = 1, 5, 9, 7
_HD_HEIGHT = 576
"""Taller frames without a tag are taken as BT.709, others as BT.601, as players do."""


def matrix_of(matrix: str, height: int) -> int:
    """Give swscale's number for the matrix of a frame of `height` px."""
    known = {
        "bt709": _SWSCALE_709,
        "fcc": 4,
        "bt470bg": _SWSCALE_601,
        "smpte170m": _SWSCALE_601,
        "smpte240m": _SWSCALE_240,
        "bt2020nc": _SWSCALE_2020,
        "bt2020c": _SWSCALE_2020,
    }
    return known.get(matrix, _SWSCALE_709 if height > _HD_HEIGHT else _SWSCALE_601)


def range_of(frame: "VideoFrame") -> int:
    """Give FFmpeg's number for a frame's range: full for yuvj and RGB, limited where nothing is said."""
    if frame.color_range in RANGES:
        return int(frame.color_range)
    full = frame.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "pal", "gray"))
    return 2 if full else 1
