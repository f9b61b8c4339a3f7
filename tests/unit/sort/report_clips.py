"""Reports of clips that never were, for tests of the page and of `find`."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from mutoscope.sort.model import COLUMNS, ClipReport, FrameTable, Segment

_FAULTS = ("shaky", "defocus", "overexposed", "noisy")


def made_up(name="a.mp4", num_frames=250, num_segments=5, *, seed=0, rate=Fraction(25), **more):
    """Give a report with every column, noisy enough that nothing is saved by chance."""
    chance = np.random.default_rng(seed)
    columns = {column: chance.random(num_frames).astype(np.float32) for column in COLUMNS}
    columns["sharpness_best"] += np.float32(0.3)
    columns["shake"] *= np.float32(0.2)
    edges = np.linspace(0, num_frames, num_segments + 1).round().astype(int).tolist()
    segments = tuple(_segment(i, first, end) for i, (first, end) in enumerate(pairwise(edges)))
    table = FrameTable(np.arange(num_frames, dtype=np.int64), 1 / rate, columns)
    return ClipReport(
        path=name,
        sha256=f"{seed:064x}",
        width=1920,
        height=1080,
        frame_rate=rate,
        duration=num_frames / rate,
        **{
            "table": table,
            "segments": segments,
            "score": float(seed % 101),
            "shares": {"sharp": 66.6, "blurred": 33.4},
            **more,
        },
    )


def _segment(number, first, end):
    if number % 2 == 0:
        return Segment(first, end, "keep", worst=first, confidence=0.9)
    fault = _FAULTS[number // 2 % len(_FAULTS)]
    verdict = "unsure" if number % 4 == 3 else "reject"
    return Segment(first, end, verdict, fault, 0.52, "% of width", 0.3, worst=(first + end) // 2, confidence=0.8)


def unreadable(name="broken.mp4", reason="broken.mp4 is empty; give a film or picture."):
    """Give a report of a file that could not be sorted."""
    return ClipReport(name, error=reason)
