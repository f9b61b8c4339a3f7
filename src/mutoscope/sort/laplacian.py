"""The measure to beat: variance of the Laplacian at 512 x 512, as in priyabagaria/Image-Blur-Detection."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.ops.resize import resize

__all__ = ["SHARP_FROM", "laplacian_variance"]

SHARP_FROM = 400.0
"""Threshold of that source; at it 87.3 % of CERTH's natural and digital pictures come out right."""

_SIDE_PX = 512


def laplacian_variance(x_1CHW: Tensor) -> float:
    """Give the variance of the 3 x 3 Laplacian of the grey picture, in squared levels of 255.

    Args:
        x_1CHW: sRGB 0..1, any size; stretched to 512 x 512, as the source does.

    """
    small_1CHW = resize(x_1CHW, _SIDE_PX, _SIDE_PX)
    grey_11HW = (small_1CHW * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True) * 255
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    padded = nnf.pad(grey_11HW.round(), (1, 1, 1, 1), mode="reflect")
    return float(nnf.conv2d(padded, kernel).var(correction=0))
