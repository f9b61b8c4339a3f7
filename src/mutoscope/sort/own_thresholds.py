"""Thresholds from a person's own decisions: what was kept although it was rejected, and the other way round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mutoscope.core.errors import InputError
from mutoscope.sort.calibration import Calibration, load_calibration
from mutoscope.sort.model import FrameTable
from mutoscope.sort.params import FaultGroup, SortParams
from mutoscope.sort.verdicts import curves_of

__all__ = ["MIN_DECISIONS", "Decision", "calibrate"]

Floats = npt.NDArray[np.float64]

MIN_DECISIONS = 20
_LASTS = 0.7
"""A fault is as bad as it is in the worst three tenths of a range."""
_STEEPNESS = 4.0
_PULL = 0.35
"""Weight of the shipped thresholds: about as much as one decision at twice a threshold."""
_STEPS = np.linspace(-2, 2, 81)
_ROUNDS = 6


@dataclass(frozen=True)
class Decision:
    """What a person said of a range of frames.

    Attributes:
        path: of the clip, as in its report.
        first: number of the first frame.
        end: number of the first frame after it.
        keep: whether it is kept.

    """

    path: str
    first: int
    end: int
    keep: bool


def calibrate(decisions: Sequence[Decision], tables: Mapping[str, FrameTable], params: SortParams) -> Calibration:
    """Fit what each threshold is multiplied by, so that verdicts agree with decisions.

    A range is rejected for the fault that exceeds its threshold most, so thresholds are fitted together: the logistic
    loss of that excess, with a pull to the shipped thresholds, is lowered along one threshold after the other. A fault
    that no decision speaks of stays as it was. The same decisions give the same thresholds, in any order.

    Args:
        decisions: at least 20, of both kinds.
        tables: by path; decisions about others are left out.
        params: thresholds and method that the multipliers go with; its own calibration is built upon.

    Raises:
        InputError: too few decisions, or all alike.

    """
    known = [d for d in decisions if d.path in tables and 0 <= d.first < d.end <= len(tables[d.path])]
    if len(known) < MIN_DECISIONS:
        text = f"{len(known)} decisions about known clips are too few; decide about {MIN_DECISIONS} or more segments."
        raise InputError(text)
    if len({d.keep for d in known}) == 1:
        raise InputError(f"all {len(known)} decisions are alike; keep some segments and reject others.")
    excess_NG, groups = _excess(known, tables, params)
    rejected_N = np.array([not d.keep for d in known])
    shift_G = np.zeros(len(groups))
    for _ in range(_ROUNDS):
        before_G = shift_G.copy()
        for g in range(len(groups)):
            losses = [
                _loss(excess_NG - _with(shift_G, g, step), rejected_N, _with(shift_G, g, step)) for step in _STEPS
            ]
            shift_G = _with(shift_G, g, float(_STEPS[int(np.argmin(np.round(losses, 9)))]))
        if (shift_G == before_G).all():
            break
    started = load_calibration(params.calibration, params.method)
    own = {g: float(started.multipliers.get(g, 1.0) * 2.0**s) for g, s in zip(groups, shift_G, strict=True)}
    return replace(started, multipliers={**started.multipliers, **{g: m for g, m in own.items() if m != 1.0}})


def _excess(
    decisions: Sequence[Decision], tables: Mapping[str, FrameTable], params: SortParams
) -> tuple[Floats, list[FaultGroup]]:
    curves = {path: curves_of(tables[path], params) for path in {d.path for d in decisions}}
    groups = list(next(iter(curves.values())))
    rows = [[np.quantile(curves[d.path][g].excess_T[d.first : d.end], _LASTS) for g in groups] for d in decisions]
    return np.asarray(rows, np.float64), groups


def _with(shift_G: Floats, group: int, value: float) -> Floats:
    moved_G = shift_G.copy()
    moved_G[group] = value
    return moved_G


def _loss(excess_NG: Floats, rejected_N: npt.NDArray[np.bool_], shift_G: Floats) -> float:
    # Half a threshold and less is nothing at all: no sign of a fault is to be bought by silencing others.
    margin_N = _STEEPNESS * np.maximum(excess_NG.max(1), -1) * np.where(rejected_N, 1, -1)
    return float(np.logaddexp(0, -margin_N).sum() + _PULL * (shift_G**2).sum())
