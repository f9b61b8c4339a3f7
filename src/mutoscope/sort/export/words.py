"""What a verdict is called and how it is coloured, the same in all formats."""

import math

from mutoscope.sort.export.footage import Footage
from mutoscope.sort.model import Segment, Verdict

__all__ = ["COLOURS", "label", "reason", "stars", "summary"]

COLOURS: dict[Verdict, str] = {"keep": "green", "unsure": "yellow", "reject": "red"}
"""Colour of a marker."""

_MIDDLE = 3
_MOST = 5


def label(segment: Segment) -> str:
    """Say a verdict in a few words: "keep", "reject: shaky"."""
    return segment.verdict if segment.fault is None else f"{segment.verdict}: {segment.fault}"


def reason(segment: Segment) -> str:
    """Say why, in one line: what was measured, against what, how sure it is."""
    sure = f"{round(100 * segment.confidence)} % sure"
    if segment.fault is None or segment.value is None or not math.isfinite(segment.value):
        return f"{label(segment)}, {sure}"
    unit = f" {segment.unit}" if segment.unit else ""
    limit = "" if segment.threshold is None else f", limit {segment.threshold:.3g}"
    return f"{label(segment)}, {segment.value:.3g}{unit}{limit}, worst at frame {segment.worst}, {sure}"


def stars(clip: Footage) -> int:
    """Rate a clip as XMP does: -1 rejected, 0 not rated (a person should look), 1..5 by its rank within the shoot."""
    verdicts = {one.segment.verdict for one in clip.ranges}
    if "keep" not in verdicts:
        return 0 if "unsure" in verdicts else -1
    if clip.report.score is None:
        return _MIDDLE
    return min(_MOST, 1 + int(clip.report.score // (100 / _MOST)))


def summary(clip: Footage) -> str:
    """Say in one line what of a clip can be used, and the faults of the rest."""
    kept = float(sum((one.stop - one.start for one in clip.keeps), start=0 * clip.duration))
    told = f"{kept:.1f} of {float(clip.duration):.1f} s can be used"
    return f"{told}; faults: {', '.join(clip.keywords)}" if clip.keywords else told
