"""`sort.json`: what `find` searches in: verdicts, and the mean of each meter over each segment."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mutoscope.sort.export.footage import Footage, clean
from mutoscope.sort.export.json_file import clip_document, dump
from mutoscope.sort.model import ClipReport, FrameTable
from mutoscope.sort.params import SortParams

__all__ = ["NAME", "SCHEMA", "WITHOUT_MEAN", "write_numbers"]

NAME = "sort.json"
SCHEMA = "mutoscope.sort.report/1"
"""Name and version of the document: a field may be added within a version, none is renamed or taken away."""

WITHOUT_MEAN = frozenset({"blur_direction", "blur_kind", "path_x", "path_y"})
"""Angles, kinds and places: an average of them says nothing."""

_DIGITS = 5


def write_numbers(reports: Sequence[tuple[ClipReport, Footage | None]], root: Path, params: SortParams) -> bytes:
    """Write the document; the folder that was sorted is the only absolute path in it.

    Args:
        reports: with what editors are told of each.
        root: the folder that was sorted.
        params: thresholds, by which words like "shaky" are understood.

    """
    clips = [_clip(report, footage) for report, footage in reports]
    told = params.model_dump(mode="json")
    return dump({"schema": SCHEMA, "root": clean(str(root.absolute())), "params": told, "clips": clips})


def _clip(report: ClipReport, footage: Footage | None) -> dict[str, Any]:
    plain = clip_document(report, footage)
    plain.pop("url", None)
    if footage is None or report.table is None:
        return plain
    for segment, one in zip(plain["segments"], footage.ranges, strict=True):
        rows = slice(one.segment.first, one.segment.end)
        segment |= {"first": rows.start, "end_row": rows.stop, "means": _means(report.table, rows)}
    return plain


def _means(table: FrameTable, rows: slice) -> dict[str, float]:
    """Average each column over what is known of it."""
    means = {}
    for name in sorted(set(table.columns) - WITHOUT_MEAN):
        part = table.columns[name][rows].astype(np.float64)
        known = part[np.isfinite(part)]
        if len(known):
            means[name] = float(f"{known.mean():.{_DIGITS}g}")
    return means
