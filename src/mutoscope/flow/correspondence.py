"""Where each pixel of a frame was in an earlier one, and how sure that is."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.flow.background import background_flow
from mutoscope.flow.denoise import denoise
from mutoscope.flow.estimate import FlowMethod, estimate_both
from mutoscope.ops.reliability import likeness, reliability, soft_edged
from mutoscope.ops.warp import inside_frame

__all__ = ["Correspondence", "correspond"]

_TOLERANCE = 0.06
_BACKGROUND_TOLERANCE = 0.04
"""Stricter: two places of a still background look alike by chance more easily than along a flow that fits."""
_GUIDE_TOLERANCE = 0.04


@dataclass(frozen=True)
class Correspondence:
    """From a frame back to an earlier one.

    Attributes:
        backward_12HW: px, x then y, at the pixels of the present frame.
        trust_11HW: 0..1, soft at its edges.

    """

    backward_12HW: Tensor
    trust_11HW: Tensor


def correspond(
    before_1CHW: Tensor,
    now_1CHW: Tensor,
    method: FlowMethod = "dis",
    guides: tuple[Tensor, Tensor] | None = None,
) -> Correspondence:
    """Find where the pixels of a frame were in an earlier one.

    The flow is measured on denoised frames. Where it fails (around things thinner than their step it is wrong far
    about) the camera's own motion is tried: where that explains the picture, the pixel belongs to the background.

    Args:
        before_1CHW: the earlier frame, 0..1, on the CPU.
        now_1CHW: the present frame.
        method: which flow.
        guides: the guide film (depth, segmentation …) at both frames, 1,1,H,W; where it changes along the flow, one
            thing has come before another.

    """
    quiet_before, quiet_now = denoise(before_1CHW[0]), denoise(now_1CHW[0])
    forward, backward = (flow[None] for flow in estimate_both(quiet_before, quiet_now, method))
    before, now = quiet_before[None], quiet_now[None]
    trust = reliability(forward, backward, before, now, _TOLERANCE)
    camera = background_flow(backward[0])[None]
    behind = likeness(before, now, camera, _BACKGROUND_TOLERANCE) * inside_frame(camera)
    # Where the camera stands, the flow's hundredths of a pixel would only wear the picture down.
    is_behind = behind > (trust if camera.any() else 0.9 * trust)
    flow = torch.where(is_behind, camera, backward)
    trust = torch.where(is_behind, soft_edged(behind), trust)
    if guides is not None:
        trust = soft_edged(trust * likeness(*guides, flow, _GUIDE_TOLERANCE))
    return Correspondence(flow, trust)
