"""Blend two pictures by a mask with soft edges."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["blend", "feather", "on_visible_mean"]


def feather(mask_N1HW: Tensor, width_px: float) -> Tensor:
    """Soften the edge of a mask inwards: it falls to 0 at its border, and nothing outside becomes visible.

    The mask is shrunk by half the width and blurred by two boxes that reach as far together, which gives a
    smooth slope. It never rises above the mask, so it is 0 wherever the mask is 0.

    Args:
        mask_N1HW: 0..1.
        width_px: how far the soft edge reaches into the mask; 0 leaves the mask as it is, and less than two
            pixels count as two.

    """
    if width_px <= 0:
        return mask_N1HW
    reach = max(1, round(width_px / 2))
    # Row by row, then column by column: the cost grows with the width, not with its square.
    shrunk = mask_N1HW
    for along in (2, 3):
        shrunk = -nnf.max_pool2d(_padded(-shrunk, reach, along), _window(reach, along), stride=1)
    soft = shrunk
    for radius in (reach - reach // 2, reach // 2):
        for along in (2, 3):
            soft = nnf.avg_pool2d(_padded(soft, radius, along), _window(radius, along), stride=1)
    # Rounding in the sums must not let a trace of the picture through, nor dim what is wholly inside.
    soft = torch.where(soft > 1 - 1e-6, torch.ones_like(soft), soft.clamp(min=0))
    return torch.minimum(soft, mask_N1HW)


def blend(under_NCHW: Tensor, over_NCHW: Tensor, mask_N1HW: Tensor) -> Tensor:
    """Lay one picture over another. Where the mask is 0 the result equals `under` bit by bit, where 1, `over`."""
    mixed = torch.lerp(under_NCHW, over_NCHW, mask_N1HW)
    return torch.where(mask_N1HW <= 0, under_NCHW, torch.where(mask_N1HW >= 1, over_NCHW, mixed))


def _window(radius: int, along: int) -> tuple[int, int]:
    side = 2 * radius + 1
    return (side, 1) if along == 2 else (1, side)


def _padded(x_N1HW: Tensor, by: int, along: int) -> Tensor:
    # At the frame's edge the mask goes on as it is there: a mask that touches the edge is not faded there.
    return nnf.pad(x_N1HW, (0, 0, by, by) if along == 2 else (by, by, 0, 0), mode="replicate")


def on_visible_mean(x_TCHW: Tensor, alpha_T1HW: Tensor | None) -> Tensor:
    """Lay frames with transparent parts on the mean of what is visible: what nobody sees must not colour the rest.

    Args:
        x_TCHW: frames, 0..1.
        alpha_T1HW: how opaque each place is, 0..1; None: all of it.

    """
    if alpha_T1HW is None:
        return x_TCHW
    mean = (x_TCHW * alpha_T1HW).sum((2, 3), keepdim=True) / alpha_T1HW.sum((2, 3), keepdim=True).clamp_min(1e-6)
    return torch.lerp(mean.expand_as(x_TCHW), x_TCHW, alpha_T1HW)
