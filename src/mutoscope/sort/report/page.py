"""`report.html`: one file that needs nothing else, small enough to be sent, for looking and deciding."""

import hashlib
import html
import json
import math
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from mutoscope.sort.decisions import DECISION_COLUMNS
from mutoscope.sort.export.footage import Footage, Range, clean
from mutoscope.sort.model import FAULTS, ClipReport
from mutoscope.sort.params import SortParams
from mutoscope.sort.report.curves import MOST_POINTS, curves_of_page, meters_of_page
from mutoscope.sort.report.pictures import Pictures, pictures_of
from mutoscope.storage.cache import Cache

__all__ = ["MAX_BYTES", "write_page"]

MAX_BYTES = 9_700_000
"""Size of the page up to 200 clips; beyond, it grows by less than the number of clips does."""

_SCRIPTS = ("model.js", "draw.js", "clip.js", "pointing.js", "page.js")
_FIELDS = (
    "first", "end", "start_s", "end_s", "in", "verdict", "fault", "value", "unit", "limit", "sure", "worst", "worst_s",
    "picture",
)  # fmt: skip
_VERDICT, _WORST, _PICTURE = _FIELDS.index("verdict"), _FIELDS.index("worst"), _FIELDS.index("picture")
_POINT_BYTES = 28
"""Of all curves together: some twenty, four bytes for three."""
_FEWEST_POINTS = 40
_FULL_CLIPS = 200
_MOST_GROWTH = 4.0
_LETTERS = dict(zip(FAULTS, "BDCUOPSKFXN", strict=True))
"""What stands for a fault in the strip."""


def write_page(
    reports: Sequence[tuple[ClipReport, Footage | None]], root: Path, params: SortParams, cache: Cache
) -> bytes:
    """Make the page. The same reports and films give the same bytes.

    Args:
        reports: in the order in which clips shall come, with what editors are told of each.
        root: the folder that was sorted; pictures come from the films in it.
        params: thresholds, drawn into the curves.
        cache: keeps pictures for the next run.

    """
    known = [(report, clip) for report, clip in reports if clip is not None]
    failed = [
        {"path": clean(report.path), "reason": clean(report.error or "no frame of it could be measured.")}
        for report, clip in reports
        if clip is None
    ]
    name = clean(root.absolute().name) or "footage"
    shell = _shell(name)
    budget = _budget(len(known)) - len("".join(shell)) - len(_plain(failed)) - 4000
    clips = [_clip(report, clip) for report, clip in known]
    share = _left(budget, clips)
    points = max(_FEWEST_POINTS, min(MOST_POINTS, int(share / 2 / _POINT_BYTES)))
    for clip, (report, _) in zip(clips, known, strict=True):
        assert report.table is not None
        clip["curves"] = curves_of_page(report.table, clip["duration"], points)
    room = int(_left(budget, clips) * 0.75) - 200
    for clip, (report, _) in zip(clips, known, strict=True):
        _add_pictures(clip, pictures_of(report, root, room, cache))
    data = {
        "id": _identity(reports),
        "name": name,
        "columns": DECISION_COLUMNS,
        "fields": _FIELDS,
        "meters": meters_of_page(params),
        "faults": _LETTERS,
        "preset": params.preset,
        "clips": clips,
        "failed": failed,
    }
    return _plain(data).join(shell).encode()


def _budget(num_clips: int) -> int:
    return int(MAX_BYTES * min(_MOST_GROWTH, max(1.0, num_clips / _FULL_CLIPS)))


def _shell(name: str) -> tuple[str, str]:
    """Give what stands before and after the data."""
    assets = files("mutoscope").joinpath("data", "report")
    parts = {
        "TITLE": html.escape(name),
        "STYLE": assets.joinpath("page.css").read_text("utf-8"),
        "SCRIPT": '"use strict";\n' + "".join(assets.joinpath(name).read_text("utf-8") for name in _SCRIPTS),
    }
    template = assets.joinpath("page.html").read_text("utf-8")
    before, after = template.split("{{DATA}}")

    def filled(text: str) -> str:
        return re.sub(r"\{\{(TITLE|STYLE|SCRIPT)\}\}", lambda found: parts[found[1]], text)

    return filled(before), filled(after)


def _plain(data: Any) -> str:
    """Write JSON that may stand in HTML: nothing in it can end the element or begin another."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _identity(reports: Sequence[tuple[ClipReport, Footage | None]]) -> str:
    """Tell reports apart whose decisions must not mix: other clips, or other segments."""
    told = [[report.path, report.sha256, [(s.first, s.end) for s in report.segments]] for report, _ in reports]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _left(budget: int, clips: Sequence[dict[str, Any]]) -> float:
    """Give the bytes that are left for each clip."""
    return (budget - sum(len(_plain(clip)) + 1 for clip in clips)) / max(1, len(clips))


def _clip(report: ClipReport, clip: Footage) -> dict[str, Any]:
    return {
        "path": clean(report.path),
        "width": report.width,
        "height": report.height,
        "rate": "varies" if clip.is_variable else clip.base.label,
        "fps": round(float(clip.base.rate), 4),
        "duration": round(float(clip.duration), 4),
        "start": clip.timecode(0),
        "stop": clip.timecode(clip.num_frames),
        "score": None if report.score is None else round(report.score, 1),
        "group": report.group,
        "best": report.is_best_of_group,
        "shares": {name: round(share, 1) for name, share in report.shares.items()},
        "notices": [clean(notice) for notice in (*clip.notices, *report.notices)],
        "segments": [_segment(clip, one) for one in clip.ranges],
        "pictures": [],
        "along": [],
    }


def _segment(clip: Footage, one: Range) -> list[Any]:
    """Give the values of `_FIELDS`."""
    segment, table = one.segment, clip.report.table
    assert table is not None
    at = min(max(segment.worst, 0), len(table) - 1)
    worst = float((int(table.pts_T[at]) - int(table.pts_T[0])) * table.time_base)
    return [
        segment.first,
        segment.end,
        round(float(one.start), 4),
        round(float(one.stop), 4),
        clip.timecode(one.first),
        segment.verdict,
        segment.fault,
        _short(segment.value),
        segment.unit,
        _short(segment.threshold),
        _short(segment.confidence),
        at,
        round(worst, 4),
        None,
    ]


def _short(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else float(f"{number:.4g}")


def _add_pictures(clip: dict[str, Any], pictures: Pictures) -> None:
    places = {row: at for at, row in enumerate(pictures.jpeg or {})}
    clip["pictures"] = list((pictures.jpeg or {}).values())
    clip["along"] = [places[row] for row in pictures.along]
    for segment in clip["segments"]:
        if segment[_VERDICT] != "keep":
            segment[_PICTURE] = places.get(segment[_WORST])
