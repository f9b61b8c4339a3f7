"""OpenTimelineIO: a timeline of what is kept, and one of whole clips with a marker for each verdict."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mutoscope.core.errors import OutputError
from mutoscope.sort.export.footage import Footage, Range, clean
from mutoscope.sort.export.words import COLOURS, label, reason

if TYPE_CHECKING:
    import opentimelineio as otio

__all__ = ["keeps_timeline", "markers_timeline"]


def keeps_timeline(clips: Sequence[Footage]) -> str:
    """Write a timeline of all keeps, one behind the other, each counted at its own clip's rate.

    Raises:
        OutputError: the library is not installed.

    """
    return _timeline("keeps", [_clip(clip, one) for clip in clips for one in clip.keeps])


def markers_timeline(clips: Sequence[Footage]) -> str:
    """Write a timeline of whole clips, each range of them under a marker in the colour of its verdict.

    Raises:
        OutputError: the library is not installed.

    """
    return _timeline("markers", [_clip(clip, None) for clip in clips])


def _library() -> Any:
    try:
        import opentimelineio
    except ImportError:
        raise OutputError("format otio needs OpenTimelineIO; install it: pip install opentimelineio") from None
    return opentimelineio


def _timeline(name: str, items: "Sequence[otio.schema.Clip]") -> str:
    library = _library()
    timeline = library.schema.Timeline(name)
    track = library.schema.Track("video", kind=library.schema.TrackKind.Video)
    track.extend(items)
    timeline.tracks.append(track)
    return str(timeline.to_json_string()) + "\n"


def _clip(clip: Footage, kept: Range | None) -> "otio.schema.Clip":
    schema = _library().schema
    place = schema.ExternalReference(clip.url, _range(clip, 0, clip.num_frames))
    place.name = clip.name
    first, end = (0, clip.num_frames) if kept is None else (kept.first, kept.end)
    item = schema.Clip(clip.name, place, _range(clip, first, end))
    item.metadata["mutoscope"] = {
        "score": -1.0 if clip.report.score is None else clip.report.score,
        "keywords": list(clip.keywords),
        "notices": [clean(notice) for notice in (*clip.notices, *clip.report.notices)],
        "is_variable_rate": clip.is_variable,
    }
    for one in clip.ranges if kept is None else [kept]:
        item.markers.append(_marker(clip, one))
    return item


def _marker(clip: Footage, one: Range) -> "otio.schema.Marker":
    schema = _library().schema
    segment = one.segment
    marker = schema.Marker(
        name=label(segment),
        marked_range=_range(clip, one.first, one.end),
        color=COLOURS[segment.verdict].upper(),
    )
    marker.comment = reason(segment)
    facts: dict[str, Any] = {
        "verdict": segment.verdict,
        "confidence": segment.confidence,
        "start_seconds": str(one.start),
        "end_seconds": str(one.stop),
    }
    if segment.fault is not None:
        facts["fault"] = segment.fault
    if segment.value is not None and math.isfinite(segment.value):
        facts |= {"value": segment.value, "unit": segment.unit, "worst_frame": segment.worst}
    marker.metadata["mutoscope"] = facts
    return marker


def _range(clip: Footage, first: int, end: int) -> "otio.opentime.TimeRange":
    times = _library().opentime
    rate = float(clip.base.rate)
    return times.TimeRange(times.RationalTime(clip.start_frame + first, rate), times.RationalTime(end - first, rate))
