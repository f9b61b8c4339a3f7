"""How far a flow can be trusted, pixel by pixel: the tests of Sundaram et al. (2010) with soft edges, and a look.

The hard tests of `ops.occlusion` switch a pixel on and off from frame to frame, which flickers; and a flow that fits
both ways may still be wrong where a thing is thinner than its step. So each test falls off smoothly, and what the flow
brings along must look like what is there.
"""

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.ops.occlusion import flow_gradients
from mutoscope.ops.warp import inside_frame, warp

__all__ = ["likeness", "reliability", "soft_boundary", "soft_edged", "soft_visibility"]

_DRAWN_BACK_PX = 2


def soft_visibility(forward_N2HW: Tensor, backward_N2HW: Tensor) -> Tensor:
    """1 where forward and backward flow agree, falling to 0 where `ops.occlusion.disocclusion` begins.

    The gap between the two is measured below the pixel: the forward flow is fetched bilinearly.

    Returns:
        N,1,H,W, 0..1.

    """
    carried_N2HW = warp(forward_N2HW, backward_N2HW, mode="bilinear")
    gap = (carried_N2HW + backward_N2HW).square().sum(1, keepdim=True)
    limit = 0.01 * (carried_N2HW.square() + backward_N2HW.square()).sum(1, keepdim=True) + 0.5
    return _falling(gap / limit) * inside_frame(backward_N2HW)


def soft_boundary(backward_N2HW: Tensor) -> Tensor:
    """1 inside of what moves as one, falling to 0 where `ops.occlusion.motion_boundary` begins; N,1,H,W."""
    grad_y, grad_x = flow_gradients(backward_N2HW)
    steep = (grad_y.square() + grad_x.square()).sum(1, keepdim=True)
    return _falling(steep / (0.01 * backward_N2HW.square().sum(1, keepdim=True) + 0.002))


def likeness(before_NCHW: Tensor, now_NCHW: Tensor, backward_N2HW: Tensor, tolerance: float) -> Tensor:
    """How much what the flow brings along looks like what is there: exp(-(difference / tolerance)^2), over 3x3 px.

    Args:
        before_NCHW: the earlier frame, 0..1.
        now_NCHW: the present frame.
        backward_N2HW: flow from the present to the earlier frame.
        tolerance: difference of colour, 0..1, at which a third is left.

    Returns:
        N,1,H,W, 0..1.

    """
    difference = _mean_3x3(warp(before_NCHW, backward_N2HW, "bilinear") - now_NCHW)
    return torch.exp(-difference.square().mean(1, keepdim=True) / tolerance**2)


def reliability(
    forward_N2HW: Tensor, backward_N2HW: Tensor, before_NCHW: Tensor, now_NCHW: Tensor, tolerance: float = 0.06
) -> Tensor:
    """Weights of the temporal loss, 0..1: visible, inside of what moves as one, and alike; soft at their edges.

    Returns:
        N,1,H,W.

    """
    sure = soft_visibility(forward_N2HW, backward_N2HW) * soft_boundary(backward_N2HW)
    return soft_edged(sure * likeness(before_NCHW, now_NCHW, backward_N2HW, tolerance))


def soft_edged(weights_N1HW: Tensor) -> Tensor:
    """Draw back from edges, where strokes of what moves reach over, and soften; nowhere more than before."""
    r = _DRAWN_BACK_PX
    shrunk = -nnf.max_pool2d(nnf.pad(-weights_N1HW, (r, r, r, r), mode="replicate"), 2 * r + 1, stride=1)
    return torch.minimum(shrunk, _mean_3x3(shrunk))


def _falling(share: Tensor) -> Tensor:
    """1 up to half of the limit, then down to 0 at the limit."""
    return (2 - 2 * share).clamp(0, 1)


def _mean_3x3(x_NCHW: Tensor) -> Tensor:
    return nnf.avg_pool2d(nnf.pad(x_NCHW, (1, 1, 1, 1), mode="replicate"), 3, 1)
