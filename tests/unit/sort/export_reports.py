"""Small reports made by hand, for tests of exports."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from mutoscope.sort.model import ClipReport, FrameTable, Segment

RATES = {
    "23.976": (Fraction(24000, 1001), None),
    "25": (Fraction(25), "10:20:30:12"),
    "29.97": (Fraction(30000, 1001), "01:00:00:00"),
    "29.97df": (Fraction(30000, 1001), "00:59:58;20"),
    "50": (Fraction(50), "01:00:00:49"),
    "59.94": (Fraction(60000, 1001), None),
    "59.94df": (Fraction(60000, 1001), "23:00:59;58"),
}
"""Frame rate and start timecode by name."""

CUTS = (0, 17, 61, 62, 170, 231)
VERDICTS = ("keep", "reject", "unsure", "keep", "reject")
FAULTS = (None, "shaky", "overexposed", None, "defocus")


def segments(edges=CUTS):
    return tuple(
        Segment(
            first,
            end,
            verdict,
            fault,
            value=None if fault is None else 1.25,
            unit="" if fault is None else "% of width",
            threshold=None if fault is None else 0.5,
            worst=first,
            confidence=0.875,
        )
        for (first, end), verdict, fault in zip(pairwise(edges), VERDICTS, FAULTS, strict=False)
    )


def constant(name="a.mp4", rate="25", time_base=None, pts0=0, sound=True, **more):
    """Give a report of a clip of constant rate: 231 frames in five segments."""
    frame_rate, timecode = RATES[rate]
    base = time_base or 1 / frame_rate
    pts = np.array([pts0 + round(i / frame_rate / base) for i in range(CUTS[-1])], np.int64)
    columns = {"loudness": np.full(len(pts), -20, np.float32)} if sound else {}
    return ClipReport(
        path=name,
        sha256="ab" * 32,
        table=FrameTable(pts, base, columns),
        width=1920,
        height=1080,
        frame_rate=frame_rate,
        start_timecode=timecode,
        duration=CUTS[-1] / frame_rate,
        **{"segments": segments(), "score": 71.0, "shares": {"blurred": 12.5}, **more},
    )


def variable(name="v.mp4"):
    """Give a report of a telephone's clip: about 30 frames a second, each a little off, in units of 1/90000 s."""
    steps = 3000 + 400 * np.sin(np.arange(CUTS[-1]) * 1.7)
    pts = 1234 + np.concatenate([[0], np.cumsum(steps.astype(np.int64))])
    table = FrameTable(pts[:-1], Fraction(1, 90000), {})
    return ClipReport(
        path=name,
        sha256="cd" * 32,
        table=table,
        segments=segments(),
        width=1080,
        height=1920,
        duration=int(pts[-1] - pts[0]) * table.time_base,
    )


ODD_NAMES = (
    "with spaces and 'quotes' \"too\".mp4",
    "emoji 🎬 <tags> & ampersands; ]]> --.mp4",
    "new\nline\r\nand\ttab.mp4",
    "n" * 246 + ".mp4",
    "not utf-8 \udcff\udcfe.mp4",
    "control \x01\x1f \ufffe.mp4",
    "deep/er/=1+1,semi;colon%20#?.mov",
    "-5.mp4",
    "no suffix",
    "漢字 日本.mp4",
)
ROOT = Path("/footage of/2026 & <more>")
