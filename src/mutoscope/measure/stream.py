"""Measures a film frame by frame beside its source. Memory does not grow with the film's length."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from torch import Tensor

from mutoscope.measure.edges import edge_likeness
from mutoscope.measure.temporal import (
    FlowFunction,
    Motion,
    flicker,
    observe_motion,
    still_area,
    warping_error,
)

__all__ = ["FramePair", "StyleJudge", "measure_frames"]

_MOVING = ("e_warp_short", "e_warp_long", "e_warp_first", "flicker")

StyleJudge = Callable[[Tensor], float]
"""From a frame C,H,W to its distance from the style picture."""


@dataclass(frozen=True)
class FramePair:
    """A frame of the film and the frame of the source that it was made from, of one size.

    Attributes:
        out_CHW: 0..1 sRGB.
        source_CHW: 0..1 sRGB.
        seconds: its time.
        shot: number of its shot: nothing is compared across a cut.

    """

    out_CHW: Tensor
    source_CHW: Tensor
    seconds: float = 0.0
    shot: int = 0


def measure_frames(
    pairs: Iterable[FramePair], flow: FlowFunction, *, gap: int = 10, judge: StyleJudge | None = None
) -> Iterator[tuple[FramePair, dict[str, float]]]:
    """Yield each frame with its numbers; NaN where there is none, as for the first frame of a shot.

    Names come twice, as "out.NAME" and "source.NAME": "contrast" (standard deviation of all values), "mean",
    "edges" (`edge_likeness`), "style" (distance, where there is a judge), "flicker" (`flicker`), and E_warp against
    the frame before ("e_warp_short"), `gap` frames before ("e_warp_long") and the first of the shot
    ("e_warp_first", from `gap` frames on). At most `gap` + 1 pairs are kept.

    Args:
        pairs: the film.
        flow: estimates the motion of the source.
        gap: frames.
        judge: style distance; None: it is left out.

    """
    first: FramePair | None = None
    recent: deque[FramePair] = deque(maxlen=gap)
    for pair in pairs:
        if first is None or pair.shot != first.shot:
            first = pair
            recent.clear()
        yield pair, _still_numbers(pair, judge) | _moving_numbers(pair, first, recent, flow)
        recent.append(pair)


def _still_numbers(pair: FramePair, judge: StyleJudge | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, x_CHW in (("out", pair.out_CHW), ("source", pair.source_CHW)):
        found[f"{name}.contrast"] = float(x_CHW.std(correction=0))
        found[f"{name}.mean"] = float(x_CHW.mean())
        found[f"{name}.style"] = judge(x_CHW) if judge is not None else math.nan
    found["out.edges"] = edge_likeness(pair.out_CHW, pair.source_CHW)
    found["source.edges"] = 1.0
    return found


def _moving_numbers(
    pair: FramePair, first: FramePair, recent: deque[FramePair], flow: FlowFunction
) -> dict[str, float]:
    """Compare a frame with earlier ones of its shot."""
    found = dict.fromkeys((f"{side}.{name}" for name in _MOVING for side in ("out", "source")), math.nan)
    if recent:
        motion = observe_motion(pair.source_CHW, recent[-1].source_CHW, flow)
        found |= _errors("e_warp_short", pair, recent[-1], motion)
        still = still_area(pair.source_CHW, recent[-1].source_CHW, motion)
        found["out.flicker"] = flicker(pair.out_CHW, recent[-1].out_CHW, still)
        found["source.flicker"] = flicker(pair.source_CHW, recent[-1].source_CHW, still)
    if len(recent) == recent.maxlen:
        motion = observe_motion(pair.source_CHW, recent[0].source_CHW, flow)
        found |= _errors("e_warp_long", pair, recent[0], motion)
        if recent[0] is not first:
            motion = observe_motion(pair.source_CHW, first.source_CHW, flow)
        found |= _errors("e_warp_first", pair, first, motion)
    return found


def _errors(name: str, pair: FramePair, before: FramePair, motion: Motion) -> dict[str, float]:
    return {
        f"out.{name}": warping_error(pair.out_CHW, before.out_CHW, motion),
        f"source.{name}": warping_error(pair.source_CHW, before.source_CHW, motion),
    }
