"""Where a flow cannot be trusted: the two inequalities of Sundaram et al. (2010).

w is the forward flow (frame i-1 to i), w^ the backward flow (i to i-1), w~ the forward flow carried to frame i:
w~(x, y) = w((x, y) + w^(x, y)). u^ and v^ are the components of w^.
"""

import torch
from torch import Tensor

from mutoscope.ops.warp import inside_frame, warp

__all__ = ["disocclusion", "flow_gradients", "motion_boundary", "temporal_weights"]


def disocclusion(forward_N2HW: Tensor, backward_N2HW: Tensor) -> Tensor:
    """Tell which pixels of frame i were hidden in frame i-1.

    |w~ + w^|^2 > 0.01 (|w~|^2 + |w^|^2) + 0.5                       (Sundaram et al. 2010, eq. 4)

    A pixel that comes from outside the frame was hidden too (as in Ruder et al.'s consistency checker).

    Returns:
        N,1,H,W booleans.

    """
    carried_N2HW = warp(forward_N2HW, backward_N2HW, mode="bilinear")
    gap = (carried_N2HW + backward_N2HW).square().sum(1, keepdim=True)
    size = (carried_N2HW.square() + backward_N2HW.square()).sum(1, keepdim=True)
    return (gap > 0.01 * size + 0.5) | ~inside_frame(backward_N2HW)


def motion_boundary(backward_N2HW: Tensor) -> Tensor:
    """Tell which pixels lie on the edge of something that moves.

    |grad u^|^2 + |grad v^|^2 > 0.01 |w^|^2 + 0.002                  (Sundaram et al. 2010, eq. 5)

    Gradients are central differences in pixels (one-sided at the border).

    Returns:
        N,1,H,W booleans.

    """
    grad_y, grad_x = flow_gradients(backward_N2HW)
    steep = (grad_y.square() + grad_x.square()).sum(1, keepdim=True)
    return steep > 0.01 * backward_N2HW.square().sum(1, keepdim=True) + 0.002


def temporal_weights(forward_N2HW: Tensor, backward_N2HW: Tensor) -> Tensor:
    """Weights c of the temporal loss: 0 at disocclusions and motion boundaries, 1 elsewhere.

    Returns:
        N,1,H,W floats, 0 or 1 (Ruder et al. 2016, sec. 4.1).

    """
    doubtful = disocclusion(forward_N2HW, backward_N2HW) | motion_boundary(backward_N2HW)
    return (~doubtful).float()


def flow_gradients(x_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences in px down and to the right, one-sided at the border.

    torch.gradient wants two samples; a frame one pixel high or wide has no slope in that direction.
    """
    zero = torch.zeros_like(x_NCHW)
    grad_y = torch.gradient(x_NCHW, dim=2)[0] if x_NCHW.shape[2] > 1 else zero
    grad_x = torch.gradient(x_NCHW, dim=3)[0] if x_NCHW.shape[3] > 1 else zero
    return grad_y, grad_x
