"""Rank within the shoot: an absolute score means little, its place among the others' does."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mutoscope.sort.hysteresis import frame_edges
from mutoscope.sort.model import ClipReport, FrameTable, Segment
from mutoscope.sort.over_time import windowed_mean
from mutoscope.sort.params import SortParams
from mutoscope.sort.signature import far_between
from mutoscope.sort.verdicts import curves_of

__all__ = ["best_second", "percentiles", "quality", "ranked"]

Floats = npt.NDArray[np.float64]

_BEST_S = 2.0
_NEAR = 2.0
"""How far below its threshold a fault begins to cost: at a quarter of it."""
_SHARP = 0.6
_VERDICT_COST = {"keep": 0.0, "unsure": 2.0, "reject": 6.0}
_MOST_SIGNATURES = 12


def quality(table: FrameTable, segments: Sequence[Segment], params: SortParams) -> Floats:
    """Score each frame, 0 at best: near a threshold it loses by the square, beyond it with the verdict; softness costs.

    Args:
        table: of the clip.
        segments: its verdicts.
        params: thresholds.

    """
    cost_T = np.zeros(len(table))
    # The network has spoken in the verdicts; how near a threshold is, the meters tell as well and sooner.
    for curve in curves_of(table, params.model_copy(update={"method": "meters"})).values():
        cost_T += np.maximum(curve.excess_T + _NEAR, 0) ** 2 / 4
    sharp_T = table.column("sharpness_best").astype(np.float64)
    # What is flat cannot be judged: it is worth as much as a half-sharp frame.
    soft_T = np.where(np.isfinite(sharp_T), np.log2(_SHARP / np.clip(sharp_T, 0.01, _SHARP)), 1.0)
    for segment in segments:
        cost_T[segment.first : segment.end] += _VERDICT_COST[segment.verdict]
    return -(cost_T + soft_T / 2)


def best_second(table: FrameTable, segments: Sequence[Segment], params: SortParams) -> tuple[int, float]:
    """Find the middle frame of the best two seconds and their quality.

    Raises:
        ValueError: the table has no frames.

    """
    if not len(table):
        raise ValueError("a table without frames has no best second")
    quality_T, seconds_T = quality(table, segments, params), table.seconds()
    edges_T = frame_edges(seconds_T)
    best = (0, -np.inf)
    for segment in segments:
        part = slice(segment.first, segment.end)
        mean_T = windowed_mean(quality_T[part], seconds_T[part], _BEST_S / 2)
        # Near its ends a window is cut off: of a short segment only the middle counts as all of it.
        whole_T = np.minimum(seconds_T[part] - edges_T[segment.first], edges_T[segment.end] - seconds_T[part])
        reach = min(_BEST_S / 2, (edges_T[segment.end] - edges_T[segment.first]) / 2)
        mean_T = np.where(whole_T >= 0.9 * reach, mean_T, -np.inf) if (whole_T >= 0.9 * reach).any() else mean_T
        at = int(mean_T.argmax())
        if mean_T[at] > best[1]:
            best = (segment.first + at, float(mean_T[at]))
    return best


def percentiles(qualities: Sequence[float]) -> list[float]:
    """Give each one's place among all: the share of the others that are worse, equals half, 0..100; a lone one 100."""
    values = np.asarray(qualities, np.float64)
    others = len(values) - 1
    if others <= 0:
        return [100.0] * len(values)
    order = np.sort(values)
    worse, not_better = np.searchsorted(order, values), np.searchsorted(order, values, side="right")
    return [float(100 * (w + (n - w - 1) / 2) / others) for w, n in zip(worse, not_better, strict=True)]


def ranked(
    reports: Sequence[ClipReport], params: SortParams | None = None, *, near_bits: float = 11.0
) -> list[ClipReport]:
    """Fill in score, group and best of group.

    Args:
        reports: of the whole shoot, in any order; those without a table stay as they are.
        params: thresholds; the defaults where None.
        near_bits: mean distance of signatures, of 63, up to which two clips are takes of the same.

    Returns:
        in the order given. Groups are numbered from 0 in that order; a clip without a likeness has none.

    """
    known = [i for i, report in enumerate(reports) if report.table is not None and len(report.table)]
    thresholds = params or SortParams()
    qualities = [_quality_of(reports[i], thresholds) for i in known]
    scores = percentiles(qualities)
    groups = _groups([_signatures(reports[i]) for i in known], near_bits)
    best: dict[int, int] = {}
    for at, group in enumerate(groups):
        if group is not None and (group not in best or qualities[at] > qualities[best[group]]):
            best[group] = at
    filled = list(reports)
    for at, i in enumerate(known):
        group = groups[at]
        is_best = group is not None and best[group] == at
        filled[i] = replace(reports[i], score=scores[at], group=group, is_best_of_group=is_best)
    return filled


def _quality_of(report: ClipReport, params: SortParams) -> float:
    assert report.table is not None
    return best_second(report.table, report.segments, params)[1]


def _signatures(report: ClipReport) -> npt.NDArray[np.uint64]:
    assert report.table is not None
    all_K = np.asarray(report.table.signatures, np.uint64)
    if len(all_K) <= _MOST_SIGNATURES:
        return all_K
    return np.asarray(all_K[np.linspace(0, len(all_K) - 1, _MOST_SIGNATURES).round().astype(int)], np.uint64)


def _groups(signatures: Sequence[npt.NDArray[np.uint64]], near_bits: float) -> list[int | None]:
    """Number what is alike; a clip joins the first group whose first clip is near enough, so that no chain drifts."""
    members: list[list[int]] = []
    for i, own_K in enumerate(signatures):
        home = next((m for m in members if far_between(own_K, signatures[m[0]]) <= near_bits), None)
        if home is None:
            members.append([i])
        else:
            home.append(i)
    groups: list[int | None] = [None] * len(signatures)
    for number, group in enumerate(m for m in members if len(m) > 1):
        for i in group:
            groups[i] = number
    return groups
