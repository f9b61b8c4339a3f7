"""Fine detail kept as strong as it was: carried from frame to frame a film would fade, or grow harsh.

Bilinear resampling fades; bicubic, as torch has it, overshoots: forty half steps make the contrast half as large again.
"""

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.ops.warp import warp

__all__ = ["warp_keeping_detail"]

_RADIUS_PX = 2
_MOST_GAIN = 1.3


def warp_keeping_detail(x_1CHW: Tensor, flow_12HW: Tensor, weights_11HW: Tensor) -> Tensor:
    """Carry a picture along a flow as `ops.warp`, and bring its fine detail back to the strength that it had.

    Args:
        x_1CHW: the picture to fetch from, 0..1.
        flow_12HW: px, x then y, at the pixels of the result.
        weights_11HW: where the two are compared, 0..1.

    Returns:
        1,C,H,W, 0..1.

    """
    carried = warp(x_1CHW, flow_12HW)
    fine = _fine(carried)
    had = (warp(_energy(_fine(x_1CHW)), flow_12HW, "bilinear") * weights_11HW).sum()
    has = (_energy(fine) * weights_11HW).sum()
    gain = (
        float((had / has.clamp_min(1e-9)).sqrt().clamp(1 / _MOST_GAIN, _MOST_GAIN))
        if float(weights_11HW.sum()) >= 1
        else 1.0
    )
    return torch.add(carried, fine, alpha=gain - 1).clamp(0, 1)


def _fine(x_NCHW: Tensor) -> Tensor:
    r = _RADIUS_PX
    return x_NCHW - nnf.avg_pool2d(nnf.pad(x_NCHW, (r, r, r, r), mode="replicate"), 2 * r + 1, stride=1)


def _energy(x_NCHW: Tensor) -> Tensor:
    return x_NCHW.square().mean(1, keepdim=True)
