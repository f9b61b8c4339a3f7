"""All verdicts as one JSON document with a version of its own."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mutoscope.sort.export.footage import Footage, Range, clean
from mutoscope.sort.model import ClipReport

__all__ = ["SCHEMA", "clip_document", "dump", "write_json"]

SCHEMA = "mutoscope.sort/1"
"""Name and version of the document: a field may be added within a version, none is renamed or taken away."""


def write_json(reports: Sequence[tuple[ClipReport, Footage | None]]) -> bytes:
    """Write every clip, those that could not be sorted too; exact times are text like "1001/30000"."""
    return dump({"schema": SCHEMA, "clips": [clip_document(report, clip) for report, clip in reports]})


def dump(plain: Mapping[str, Any]) -> bytes:
    """Write plain values as JSON: names in order, UTF-8, no NaN."""
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"


def clip_document(report: ClipReport, clip: Footage | None) -> dict[str, Any]:
    """Give what is said of a clip, as plain values; `segments` goes with `clip.ranges`."""
    plain: dict[str, Any] = {
        "path": clean(report.path),
        "sha256": report.sha256,
        "width": report.width,
        "height": report.height,
        "start_timecode": report.start_timecode,
        "score": _finite(report.score),
        "group": report.group,
        "is_best_of_group": report.is_best_of_group,
        "shares": {name: _finite(share) for name, share in report.shares.items()},
        "notices": [clean(notice) for notice in (*(clip.notices if clip else ()), *report.notices)],
        "error": None if report.error is None else clean(report.error),
        "segments": [],
    }
    if clip is not None:
        plain |= {
            "url": clip.url,
            "frame_rate": str(clip.base.rate),
            "is_drop_frame": clip.base.drop,
            "is_variable_rate": clip.is_variable,
            "num_frames": clip.num_frames,
            "duration": str(clip.duration),
            "segments": [_segment(clip, one) for one in clip.ranges],
        }
    return plain


def _segment(clip: Footage, one: Range) -> dict[str, Any]:
    segment = one.segment
    return {
        "verdict": segment.verdict,
        "fault": segment.fault,
        "value": _finite(segment.value),
        "unit": segment.unit,
        "threshold": _finite(segment.threshold),
        "confidence": _finite(segment.confidence),
        "first_frame": one.first,
        "end_frame": one.end,
        "worst_frame": segment.worst,
        "start": str(one.start),
        "end": str(one.stop),
        "start_seconds": float(one.start),
        "end_seconds": float(one.stop),
        "start_timecode": clip.timecode(one.first),
        "end_timecode": clip.timecode(one.end),
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
