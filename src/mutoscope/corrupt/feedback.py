"""The effect that mixes its last result in again."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.corrupt.feedback_kernel import BLENDS, EDGES, mix_rows
from mutoscope.corrupt.feedback_params import FeedbackParams
from mutoscope.corrupt.pattern import wander
from mutoscope.corrupt.threads import Spread, spreading
from mutoscope.effects.protocol import Context, Memory
from mutoscope.effects.shots import Shots

__all__ = ["Feedback"]

_ZOOM_STRAYS, _TURN_STRAYS, _PLACE_STRAYS = math.log(2.0), 40.0, 0.12
"""How far chance goes at wander 1 in a second: a factor's logarithm, degrees, a share of the longer side."""
_LEAD_STEP_S = 0.04
"""Seconds between two results where one frame is fed back to itself."""


class Feedback:
    """Film the own screen: each result is the frame and, over it, the last result as a moved camera sees it."""

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    memory: ClassVar[Memory] = "carried"

    def __init__(self, params: FeedbackParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the mixed clips."""
        shots: Shots | None = ctx.side.get("shots")
        before = ctx.carry.before
        last, last_pts = (before["last"], int(before["pts"][0])) if before else (None, 0)
        with spreading() as spread:
            for clip in clips:
                results = []
                for frame in clip.frames():
                    pts, pixels = frame.pts_T[0], frame.pixels_TCHW
                    is_cut = shots is not None and shots.is_cut_between(last_pts, pts)
                    params = self.params.at(frame.seconds(0))
                    if last is None or is_cut or last.shape != pixels.shape:
                        last = pixels
                        for _ in range(round(params.lead_s / _LEAD_STEP_S)):
                            last = _mix(frame, last, _LEAD_STEP_S, params, ctx, spread)
                    else:
                        passed = float((pts - last_pts) * frame.time_base)
                        last = _mix(frame, last, passed, params, ctx, spread)
                    last_pts = pts
                    results.append(last)
                yield clip.with_pixels(results[0] if len(results) == 1 else torch.cat(results))
        if last is not None:
            ctx.carry.after.update(last=last.clone(), pts=torch.tensor([last_pts]))


def _mix(frame: Clip, last: Tensor, passed_s: float, params: FeedbackParams, ctx: Context, spread: Spread) -> Tensor:
    x_CHW = frame.pixels_TCHW[0].contiguous().numpy()
    last_CHW = last[0].contiguous().numpy()
    out_CHW = np.empty_like(x_CHW)
    map_6 = _camera(frame, passed_s, params, ctx)
    colours_33 = _turned_colours(params.hue * passed_s)
    mix = np.float32(0.1 ** (passed_s / params.fade_s))
    blend, edge = BLENDS.index(params.blend), EDGES.index(params.edge)
    spread(
        frame.size[0],
        lambda first, end: mix_rows(x_CHW, last_CHW, out_CHW, first, end, map_6, colours_33, mix, blend, edge),
    )
    return torch.from_numpy(out_CHW)[None]


def _camera(frame: Clip, passed_s: float, params: FeedbackParams, ctx: Context) -> npt.NDArray[np.float64]:
    """Say which place of the last result a pixel shows."""
    height, width = frame.size
    strays = [params.wander * v for v in wander(frame, ctx, params.rate, "feedback", 4)]
    larger = math.exp((math.log(params.zoom) + strays[0] * _ZOOM_STRAYS) * passed_s)
    turn = math.radians((params.turn + strays[1] * _TURN_STRAYS) * passed_s)
    right = (params.right + strays[2] * _PLACE_STRAYS) * passed_s * max(height, width)
    down = (params.down + strays[3] * _PLACE_STRAYS) * passed_s * max(height, width)
    cos, sin = math.cos(turn) / larger, math.sin(turn) / larger
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    from_x, from_y = middle_x + right, middle_y + down
    return np.array(
        [
            *(cos, sin, middle_x - cos * from_x - sin * from_y),
            *(-sin, cos, middle_y + sin * from_x - cos * from_y),
        ]
    )


def _turned_colours(degrees: float) -> npt.NDArray[np.float32]:
    """Turn colours about the axis of greys: Rodrigues' formula; grey stays grey, and so does the mean of r, g, b."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    third, root = (1 - cos) / 3, sin / math.sqrt(3)
    circle = np.array([[0.0, -root, root], [root, 0.0, -root], [-root, root, 0.0]])
    turned: npt.NDArray[np.float64] = cos * np.eye(3) + third + circle
    return turned.astype(np.float32)
