"""Pictures of a clip for the page: some along it, and the worst frame of each fault. Kept for the next run."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mutoscope.core.errors import MutoscopeError
from mutoscope.sort.export.footage import place_of
from mutoscope.sort.model import ClipReport, FrameTable
from mutoscope.storage.cache import Cache

__all__ = ["Pictures", "pictures_of"]

_FORMAT = "mutoscope.thumbnails/1"
_ALONG = 8
_MOST_WORST = 12
_BYTES = (160_000, 112_000, 80_000, 56_000, 40_000, 28_000, 20_000, 14_000, 10_000, 7_000, 5_000, 3_500, 2_500)
"""Sizes that a clip's pictures may have: few, so that another film in the folder does not make all of them anew."""


@dataclass(frozen=True)
class Pictures:
    """Pictures by row of the table.

    Attributes:
        along: rows of the pictures along the clip.
        jpeg: base64 of JPEG by row; the worst frames too.

    """

    along: tuple[int, ...] = ()
    jpeg: dict[int, str] | None = None


def pictures_of(report: ClipReport, root: Path, max_bytes: int, cache: Cache) -> Pictures:
    """Make the pictures of a clip, or take them from the cache; none where the film is gone.

    Args:
        report: of the clip.
        root: the folder that was sorted.
        max_bytes: of JPEG, before base64 makes four of three.
        cache: keeps pictures under the digest of the film.

    """
    table = report.table
    room = next((size for size in _BYTES if size <= max_bytes), 0)
    if table is None or not len(table) or not room or report.error is not None:
        return Pictures()
    along, worst = _along(len(table)), _worst(report, table)
    rows = tuple(dict.fromkeys((*along[::2], *worst, *along[1::2])))
    stamps = [int(table.pts_T[row]) for row in rows]
    key = Cache.key(_FORMAT, report.sha256, stamps, room)
    path = cache.get(key) if report.sha256 else None
    if path is None:
        made = _read(root / place_of(report), table, stamps, room)
        if made is None:
            return Pictures()
        texts = [None if one is None else base64.b64encode(one).decode() for one in made]
        if report.sha256:
            cache.put(key, lambda place: place.write_text(json.dumps(texts), "ascii"), ".json")
    else:
        texts = json.loads(path.read_text("ascii"))
    found = {row: text for row, text in zip(rows, texts, strict=True) if text is not None}
    return Pictures(tuple(row for row in along if row in found), found)


def _along(num_frames: int) -> tuple[int, ...]:
    count = min(_ALONG, num_frames)
    return tuple(int((2 * i + 1) * num_frames // (2 * count)) for i in range(count))


def _worst(report: ClipReport, table: FrameTable) -> list[int]:
    """Give the worst frames of rejects, then of what is unsure; the longest first."""
    seconds_T = table.seconds()

    def weight(at: int) -> tuple[bool, float]:
        segment = report.segments[at]
        length = seconds_T[min(segment.end, len(table)) - 1] - seconds_T[segment.first]
        return segment.verdict != "reject", -float(length)

    faulty = [i for i, one in enumerate(report.segments) if one.verdict != "keep" and 0 <= one.worst < len(table)]
    return [report.segments[i].worst for i in sorted(faulty, key=weight)[:_MOST_WORST]]


def _read(path: Path, table: FrameTable, stamps: Sequence[int], room: int) -> list[bytes | None] | None:
    """Read the frames; None where the film is gone or is another one now."""
    from mutoscope.video.info import probe
    from mutoscope.video.thumbnails import thumbnails

    try:
        info = probe(path)
    except (MutoscopeError, OSError):
        return None
    if info.time_base != table.time_base:
        scale = table.time_base / info.time_base
        stamps = [int(np.rint(float(stamp * scale))) for stamp in stamps]
    return thumbnails(info, stamps, room)
