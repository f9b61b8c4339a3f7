"""Tables: of segments, of clips, for DaVinci Resolve's metadata import, and for LosslessCut."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import PurePosixPath

from mutoscope.sort.export.footage import Footage, beside, clean, one_line, place_of
from mutoscope.sort.export.words import reason, stars, summary
from mutoscope.sort.model import ClipReport

__all__ = ["clips_table", "losslesscut_tables", "resolve_table", "segments_table"]

_SEGMENT_COLUMNS = (
    "path,url,verdict,fault,value,unit,threshold,confidence,first_frame,end_frame,worst_frame,start_s,end_s,"
    "start_exact,end_exact,start_timecode,end_timecode,frame_rate"
)
_CLIP_COLUMNS = (
    "path,url,sha256,width,height,frame_rate,variable_rate,duration_s,start_timecode,score,stars,group,best_of_group,"
    "keep_s,unsure_s,reject_s,faults,shares,notices,error"
)
_RESOLVE_COLUMNS = "File Name,Clip Directory,Start TC,End TC,Description,Comments,Keywords,Good Take,Clip Color"
_GOOD = {-1: "false", 0: ""}
_COLOURS = {-1: "Orange", 0: "Yellow"}  # Resolve has no red for clips


def segments_table(clips: Sequence[Footage]) -> bytes:
    """Write a row for each segment; frames are the editor's, counted from the clip's first, the end not included."""
    return _csv(_SEGMENT_COLUMNS, (row for clip in clips for row in _segment_rows(clip)))


def clips_table(reports: Sequence[tuple[ClipReport, Footage | None]]) -> bytes:
    """Write a row for each clip, those that could not be sorted too."""
    return _csv(_CLIP_COLUMNS, (_clip_row(report, clip) for report, clip in reports))


def resolve_table(clips: Sequence[Footage]) -> bytes:
    """Write what Resolve's File > Import Metadata reads: clips are found by file name and timecode."""
    rows = (
        [
            one_line(clip.name),
            one_line(str(clip.path.parent)),
            clip.timecode(0),
            clip.timecode(clip.num_frames),
            summary(clip),
            "; ".join([*(reason(one.segment) for one in clip.ranges), *clip.notices]),
            ",".join(clip.keywords),
            _GOOD.get(stars(clip), "true"),
            _COLOURS.get(stars(clip), "Green"),
        ]
        for clip in clips
    )
    return _csv(_RESOLVE_COLUMNS, rows)


def losslesscut_tables(clips: Sequence[Footage]) -> dict[PurePosixPath, bytes]:
    """Write the keeps of each clip that has any as LosslessCut reads them: start, end, label, no header.

    Returns:
        By a path that mirrors the clip's, under "losslesscut".

    """
    tables = {}
    for clip in clips:
        if clip.keeps:
            place = PurePosixPath("losslesscut") / place_of(clip.report)
            rows = [[_seconds(one.start), _seconds(one.stop), reason(one.segment)] for one in clip.keeps]
            tables[beside(place, place.name, ".csv")] = _csv("", rows)
    return tables


def _segment_rows(clip: Footage) -> Iterable[list[object]]:
    for one in clip.ranges:
        segment = one.segment
        yield [
            clean(clip.report.path),
            clip.url,
            segment.verdict,
            segment.fault or "",
            _number(segment.value),
            segment.unit,
            _number(segment.threshold),
            _number(segment.confidence),
            one.first,
            one.end,
            segment.worst,
            _seconds(one.start),
            _seconds(one.stop),
            one.start,
            one.stop,
            clip.timecode(one.first),
            clip.timecode(one.end),
            clip.base.rate,
        ]


def _clip_row(report: ClipReport, clip: Footage | None) -> list[object]:
    lengths = dict.fromkeys(("keep", "unsure", "reject"), Fraction(0))
    for one in clip.ranges if clip else ():
        lengths[one.segment.verdict] += one.stop - one.start
    notices = (*(clip.notices if clip else ()), *report.notices)
    return [
        clean(report.path),
        clip.url if clip else "",
        report.sha256,
        report.width or "",
        report.height or "",
        clip.base.rate if clip else "",
        ("yes" if clip.is_variable else "no") if clip else "",
        _seconds(clip.duration if clip else report.duration),
        report.start_timecode or "",
        _number(report.score),
        stars(clip) if clip else "",
        "" if report.group is None else report.group,
        "yes" if report.is_best_of_group else "no",
        *(_seconds(seconds) for seconds in lengths.values()),
        "; ".join(clip.keywords if clip else ()),
        "; ".join(f"{name} {share:.4g} %" for name, share in report.shares.items()),
        "\n".join(map(clean, notices)),
        clean(report.error or ""),
    ]


def _csv(columns: str, rows: Iterable[Sequence[object]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")  # RFC 4180
    if columns:
        writer.writerow(columns.split(","))
    writer.writerows(rows)
    return stream.getvalue().encode()


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _seconds(seconds: Fraction) -> str:
    """Write seconds to a microsecond: far finer than a frame."""
    return f"{float(seconds):.6f}"
