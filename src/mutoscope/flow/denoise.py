"""Take the grain off a frame and keep its edges: grain is what makes networks and flow flicker. OpenCV lives here."""

import cv2
import numpy as np
import torch
from torch import Tensor

__all__ = ["denoise"]

_DIAMETER_PX = 5
_SIGMA_COLOUR = 0.1
"""Colours that differ by this much, in 0..1, are an edge."""
_SIGMA_SPACE_PX = 3.0


def denoise(x_CHW: Tensor) -> Tensor:
    """Smooth a frame within its edges (bilateral filter, Tomasi and Manduchi 1998).

    Args:
        x_CHW: float32 sRGB 0..1, three channels, on the CPU.

    Returns:
        C,H,W, 0..1.

    """
    picture_HWC = np.ascontiguousarray(x_CHW.permute(1, 2, 0).numpy())
    smooth_HWC = cv2.bilateralFilter(picture_HWC, _DIAMETER_PX, _SIGMA_COLOUR, _SIGMA_SPACE_PX)
    return torch.from_numpy(smooth_HWC).permute(2, 0, 1).contiguous().clamp_(0, 1)
