"""Blend two pictures by a mask with soft edges."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["blend", "feather"]


def feather(mask_N1HW: Tensor, radius_px: float) -> Tensor:
    """Soften the edge of a mask inwards: it falls to 0 at its border, and nothing outside becomes visible.

    Args:
        mask_N1HW: 0..1.
        radius_px: how far the soft edge reaches into the mask; 0 leaves the mask as it is.

    The mask is shrunk by the radius, then blurred by a box of that radius twice, which gives a smooth slope
    that is 0 wherever the mask was 0.
    """
    radius = round(radius_px / 2)
    if radius < 1:
        return mask_N1HW
    side = 2 * radius + 1
    shrunk = -nnf.max_pool2d(_padded(-mask_N1HW, 2 * radius), 4 * radius + 1, stride=1)
    soft = nnf.avg_pool2d(_padded(shrunk, radius), side, stride=1)
    soft = nnf.avg_pool2d(_padded(soft, radius), side, stride=1)
    # Rounding in the running sums must not let a trace of the picture through.
    return torch.where(mask_N1HW > 0, soft.clamp(0, 1), torch.zeros_like(soft))


def blend(under_NCHW: Tensor, over_NCHW: Tensor, mask_N1HW: Tensor) -> Tensor:
    """Lay one picture over another. Where the mask is 0 the result equals `under` bit by bit, where 1, `over`."""
    mixed = torch.lerp(under_NCHW, over_NCHW, mask_N1HW)
    return torch.where(mask_N1HW <= 0, under_NCHW, torch.where(mask_N1HW >= 1, over_NCHW, mixed))


def _padded(x_N1HW: Tensor, by: int) -> Tensor:
    # At the frame's edge the mask goes on as it is there: a mask that touches the edge is not faded there.
    return nnf.pad(x_N1HW, (by, by, by, by), mode="replicate")
