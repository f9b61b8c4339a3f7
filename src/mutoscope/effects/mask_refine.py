"""Fit a coarse mask to the edges of the frame that it lies on."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["box_mean", "fit_to_edges", "luma"]

_WEIGHTS = (0.299, 0.587, 0.114)


def luma(x_NCHW: Tensor) -> Tensor:
    """Give the brightness of sRGB pixels after BT.601, N,1,H,W."""
    return (x_NCHW * x_NCHW.new_tensor(_WEIGHTS)[:, None, None]).sum(1, keepdim=True)


def box_mean(x_NCHW: Tensor, radius: int) -> Tensor:
    """Mean over a square of 2 radius + 1 pixels; at the frame's edge over what lies within it."""
    side = 2 * radius + 1
    for window, pad in (((side, 1), (radius, 0)), ((1, side), (0, radius))):
        x_NCHW = nnf.avg_pool2d(x_NCHW, window, 1, pad, count_include_pad=False)
    return x_NCHW


def fit_to_edges(mask_11hw: Tensor, small_1Chw: Tensor, frame_1CHW: Tensor, *, radius: int = 4) -> Tensor:
    """Bring a mask to a frame's size, its edge along the edges of the frame.

    The fast guided filter (He and Sun 2015): within each window the mask is a linear function of brightness, which is
    measured on the small frame and applied to the large one. Then the slope between black and white is made steeper.

    Args:
        mask_11hw: 0..1.
        small_1Chw: the frame at the mask's size, 0..1.
        frame_1CHW: the frame, 0..1.
        radius: of the windows, in px of the mask.

    Returns:
        1,1,H,W; 0..1.

    """
    guide = luma(small_1Chw)
    mean_g, mean_m, mean_gg, mean_gm = box_mean(
        torch.cat([guide, mask_11hw, guide * guide, guide * mask_11hw], 1), radius
    ).unbind(1)
    slope = (mean_gm - mean_g * mean_m) / ((mean_gg - mean_g * mean_g).clamp_min(0) + _EPSILON)
    terms = box_mean(torch.stack([slope, mean_m - slope * mean_g], 1), radius)
    large = nnf.interpolate(terms, frame_1CHW.shape[2:], mode="bilinear", align_corners=False)
    fitted = large[:, :1] * luma(frame_1CHW) + large[:, 1:]
    return ((fitted - 0.5) * _STEEPER + 0.5).clamp(0, 1)


_EPSILON = 1e-3
"""Variance of brightness below which a window counts as flat: there the mask is only smoothed."""

_STEEPER = 2.5
"""How much steeper the slope becomes: the filter leaves one as wide as its windows."""
