"""Verdicts: which seconds of a clip to keep, which to reject, which to ask about, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mutoscope.sort.calibration import Calibration, load_calibration
from mutoscope.sort.hysteresis import drop_short, frame_edges, hold, lasting, runs
from mutoscope.sort.model import FrameTable, Segment, Verdict
from mutoscope.sort.params import FaultGroup, SortParams
from mutoscope.sort.signs import read_signs
from mutoscope.sort.thresholds import FaultCurve, blur_kind, fault_curves

__all__ = ["curves_of", "judge"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_BLINK_S = 0.1
"""What is shorter is an accident of a measure, not a fault."""


_SAYS_MORE = {"black": 2.0, "frozen": 0.5, "pumping": -1.0}
"""Of faults at the same moment, which gives the name: what is black is dark too, and what is dark swung there."""


@dataclass(frozen=True)
class _Shot:
    """What is known of one shot; frames are counted from its first."""

    first: int
    edges_T: Floats
    groups: tuple[FaultGroup, ...]
    excess_GT: Floats
    wrong_GT: Floats
    sharp_T: Floats


def judge(table: FrameTable, params: SortParams) -> tuple[Segment, ...]:
    """Divide a clip into segments.

    Cuts come first: each shot is judged by itself. Then each fault begins when its curve reaches its threshold and ends
    when it falls below the leaving one; faults together make rejects, which last `shortest_seconds` each, like the
    pauses between them. With `method="meters"` a stricter threshold never rejects a frame less.

    Args:
        table: columns may be missing or NaN.
        params: thresholds.

    Returns:
        in order, without gaps, covering every frame; empty for a table without frames.

    Raises:
        InputError: the calibration file cannot be read.

    """
    if not len(table):
        return ()
    calibration = load_calibration(params.calibration, params.method)
    curves = curves_of(table, params, calibration)
    groups = tuple(curves)
    shape = (len(groups), len(table))
    excess_GT = np.stack([curves[group].excess_T for group in groups]) if groups else np.zeros(shape)
    wrong_GT = np.stack([calibration.probability(g, curves[g].excess_T) for g in groups]) if groups else excess_GT
    sharp_T = np.nan_to_num(table.column("sharpness_best").astype(np.float64))
    seconds_T = table.seconds()
    # The last frame of a shot stays until the next one begins.
    edges_T = frame_edges(seconds_T)
    segments: list[Segment] = []
    for first, end in table.shots():
        part = slice(first, end)
        shot = _Shot(first, edges_T[first : end + 1], groups, excess_GT[:, part], wrong_GT[:, part], sharp_T[part])
        segments += _judge_shot(shot, table, curves, params)
    return tuple(segments)


def curves_of(
    table: FrameTable, params: SortParams, calibration: Calibration | None = None
) -> dict[FaultGroup, FaultCurve]:
    """Give the curve of each fault by the method of the parameters, moved by the calibration."""
    found = calibration or load_calibration(params.calibration, params.method)
    signs = read_signs(table, params)
    curves = fault_curves(table, params, signs)
    if params.method != "meters":
        from mutoscope.sort.recurrent import recurrent_curves

        heard = recurrent_curves(table, signs, curves)
        weight = 1.0 if params.method == "recurrent" else 0.5
        mixed = {g: weight * heard[g].excess_T + (1 - weight) * curve.excess_T for g, curve in curves.items()}
        curves = {g: FaultCurve(mixed[g], curve.signs) for g, curve in curves.items()}
    return {g: FaultCurve(curve.excess_T - found.shift(g), curve.signs) for g, curve in curves.items()}


def _judge_shot(
    shot: _Shot, table: FrameTable, curves: Mapping[FaultGroup, FaultCurve], params: SortParams
) -> list[Segment]:
    leave = float(np.log2(params.leave))
    reject_T, reject_GT = _bad(shot, 0.0, leave, params.shortest_seconds)
    doubt = float(np.log2(1 - params.unsure))
    doubt_T, doubt_GT = _bad(shot, doubt, doubt + leave, params.shortest_seconds)
    unsure_T = np.zeros_like(reject_T)
    for first, end in runs(~reject_T):
        # Between two rejects there is room for a segment; it is shared out without taking from them.
        unsure_T[first:end] = lasting(doubt_T[first:end], shot.edges_T[first : end + 1], params.shortest_seconds)
    segments: list[Segment] = []
    level_T = np.where(reject_T, 2, np.where(unsure_T, 1, 0))
    steps = [0, *(np.flatnonzero(np.diff(level_T)) + 1).tolist(), len(level_T)]
    for first, end in pairwise(steps):
        if level_T[first] == 0:
            segments.append(_keep(shot, first, end))
            continue
        verdict: Verdict = "reject" if level_T[first] == 2 else "unsure"
        active_GT = (reject_GT if verdict == "reject" else doubt_GT)[:, first:end]
        for start, stop, number in _by_fault(shot, active_GT, first, params.shortest_seconds):
            group = shot.groups[number]
            segments.append(_fault(shot, verdict, (start, stop), number, table, curves[group]))
    return segments


def _bad(shot: _Shot, enter: float, leave: float, shortest: float) -> tuple[Mask, Mask]:
    """Mark the frames with any fault that lasts, and with each fault by itself."""
    each_GT = np.zeros(shot.excess_GT.shape, np.bool_)
    for number, excess_T in enumerate(shot.excess_GT):
        # A shot of a frame or two may not be longer than a blink.
        blink = min(_BLINK_S, float(shot.edges_T[-1] - shot.edges_T[0]))
        each_GT[number] = drop_short(hold(excess_T, enter, leave), shot.edges_T, blink)
    any_T: Mask = np.logical_or.reduce(each_GT, axis=0)
    return lasting(any_T, shot.edges_T, shortest), each_GT


def _by_fault(shot: _Shot, active_GT: Mask, offset: int, shortest: float) -> list[tuple[int, int, int]]:
    """Divide a run by its worst fault: first frame, end, number of the fault. None is too short, unless the run is."""
    excess_GT = shot.excess_GT[:, offset : offset + active_GT.shape[1]]
    says_G1 = np.array([_SAYS_MORE.get(group, 0.0) for group in shot.groups])[:, None]
    worst_T = (excess_GT + says_G1 + 10 * active_GT).argmax(0)
    steps = [0, *(np.flatnonzero(np.diff(worst_T)) + 1).tolist(), len(worst_T)]
    parts = [(a + offset, b + offset, int(worst_T[a])) for a, b in pairwise(steps)]

    while len(parts) > 1:
        lengths = [float(shot.edges_T[b] - shot.edges_T[a]) for a, b, _ in parts]
        into = {i: near for i in range(len(parts)) if (near := _absorber(lengths, i, shortest)) is not None}
        if not into:
            break
        parts = _joined([(a, b, parts[into.get(i, i)][2]) for i, (a, b, _) in enumerate(parts)])
    return parts


def _absorber(lengths: list[float], i: int, shortest: float) -> int | None:
    """Give the neighbour that takes a part which is too short and shorter than both; the longer one, or the first."""
    if lengths[i] >= shortest - 1e-6:
        return None
    near = [j for j in (i - 1, i + 1) if 0 <= j < len(lengths)]
    if any((lengths[j], j) < (lengths[i], i) for j in near):
        return None  # it goes first, and all such at once: one after the other would take the square of the time
    return max(near, key=lambda j: (lengths[j], -j))


def _joined(parts: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    joined = parts[:1]
    for first, end, number in parts[1:]:
        if joined[-1][2] == number:
            joined[-1] = (joined[-1][0], end, number)
        else:
            joined.append((first, end, number))
    return joined


def _keep(shot: _Shot, first: int, end: int) -> Segment:
    worst_T = shot.wrong_GT[:, first:end].max(0) if len(shot.groups) else np.zeros(end - first)
    best = first + int(shot.sharp_T[first:end].argmax())
    return Segment(shot.first + first, shot.first + end, "keep", worst=shot.first + best, confidence=_sure(1 - worst_T))


def _fault(
    shot: _Shot, verdict: Verdict, span: tuple[int, int], number: int, table: FrameTable, curve: FaultCurve
) -> Segment:
    first, end = span[0] + shot.first, span[1] + shot.first
    worst = first + int(shot.excess_GT[number, span[0] : span[1]].argmax())
    sign = curve.at(worst)
    group = shot.groups[number]
    return Segment(
        first,
        end,
        verdict,
        fault=blur_kind(table, first, end) if group == "blurred" else group,
        value=float(sign.value_T[worst]) if sign else None,
        unit=sign.unit if sign else "",
        threshold=sign.threshold if sign else None,
        worst=worst,
        confidence=_sure(shot.wrong_GT[:, span[0] : span[1]].max(0)),
    )


def _sure(right_T: Floats) -> float:
    return float(np.clip(right_T.mean(), 0.0, 1.0))
