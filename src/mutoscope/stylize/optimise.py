"""Stylization of a film by optimisation: Gatys et al. (2016) per frame, Ruder et al. (2016) between frames."""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.progress import Progress
from mutoscope.effects.protocol import Carry, Context
from mutoscope.effects.protocol import Memory as HowFar
from mutoscope.effects.shots import Shots
from mutoscope.flow.estimate import FlowMethod, estimate_both
from mutoscope.ops.occlusion import temporal_weights
from mutoscope.ops.warp import warp
from mutoscope.stylize.objective import Memory
from mutoscope.stylize.painter import Painter, painter_for
from mutoscope.stylize.params import OptimiseParams

__all__ = ["Optimise", "remember"]


class Optimise:
    """Paint a film like a picture, steadily.

    The first frame of a shot is painted from coarse to fine. Each later one starts from the previous result
    carried along the optical flow, and a temporal loss holds it there wherever the flow can be trusted.
    At a cut all memory is dropped.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    memory: ClassVar[HowFar] = "carried"
    piece_frames: ClassVar[int] = 24

    def __init__(self, params: OptimiseParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the painted clips.

        Raises:
            InputError: the style picture cannot be read.
            WeightsError: the backbone's weights are not to be had.

        """
        shots: Shots | None = ctx.side.get("shots")
        painter: Painter | None = None
        previous, previous_pts = _unpack(ctx.carry, ctx.device)
        for clip in clips:
            painter = painter or painter_for(self.params, ctx.device)
            painted = []
            for frame in clip.frames():
                pts = frame.pts_T[0]
                if shots is not None and shots.is_cut_between(previous_pts, pts):
                    previous = None
                x_1CHW = self._paint(painter, frame, previous, ctx)
                previous, previous_pts = (frame.pixels_TCHW, x_1CHW), pts
                strength = self.params.at(frame.seconds(0)).strength
                painted.append(torch.lerp(frame.pixels_TCHW, x_1CHW.cpu(), strength))
            yield clip.with_pixels(torch.cat(painted))
        if previous is not None:
            ctx.carry.after.update(_pack(previous, previous_pts))

    def _paint(self, painter: Painter, frame: Clip, previous: tuple[Tensor, Tensor] | None, ctx: Context) -> Tensor:
        params = self.params.at(frame.seconds(0))
        generator = ctx.generator(frame.pts_T[0], "jitter")
        content = frame.pixels_TCHW
        if previous is None:
            after_step = _step_counter(ctx, painter.num_steps(*frame.size))
            return painter.paint(content, params, generator, after_step)
        memory = remember(*previous, content, params.flow)
        return painter.repaint(content, memory, params, generator)


def remember(previous_p_1CHW: Tensor, previous_x_1CHW: Tensor, content_p_1CHW: Tensor, flow: FlowMethod) -> Memory:
    """Carry the previous result to the present frame along the flow of the content.

    Args:
        previous_p_1CHW: content of frame i-1.
        previous_x_1CHW: result of frame i-1, on the device of the network.
        content_p_1CHW: content of frame i.
        flow: which estimator.

    """
    device = previous_x_1CHW.device
    forward, backward = (f[None].to(device) for f in estimate_both(previous_p_1CHW[0], content_p_1CHW[0], flow))
    return Memory(
        warped_omega_1CHW=warp(previous_x_1CHW, backward).clamp(0, 1),
        weights_c_11HW=temporal_weights(forward, backward),
    )


def _pack(previous: tuple[Tensor, Tensor], pts: int) -> dict[str, Tensor]:
    p_1CHW, x_1CHW = previous
    return {"content": p_1CHW.clone(), "result": x_1CHW.cpu(), "pts": torch.tensor([pts])}


def _unpack(carry: Carry, device: str) -> tuple[tuple[Tensor, Tensor] | None, int]:
    state = carry.before
    if not state:
        return None, 0
    return (state["content"], state["result"].to(device)), int(state["pts"][0])


def _step_counter(ctx: Context, total: int) -> Callable[[], None]:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        ctx.report(Progress("first frame", done, total, "steps"))

    return count
