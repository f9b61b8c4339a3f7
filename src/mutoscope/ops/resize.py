"""Change the size of a picture without aliasing."""

import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["fit_area", "fit_long_side", "resize", "resize_to_area"]


def resize(x_NCHW: Tensor, height: int, width: int) -> Tensor:
    """Scale to height × width pixels, bicubic, low-passed when smaller, clamped to 0..1."""
    if x_NCHW.shape[2:] == (height, width):
        return x_NCHW
    out = nnf.interpolate(x_NCHW, (height, width), mode="bicubic", antialias=True, align_corners=False)
    return out.clamp(0, 1)


def fit_long_side(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width with the same shape and the given long side, at least one pixel each."""
    scale = long_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def resize_to_area(x_NCHW: Tensor, area: float) -> Tensor:
    """Scale to about a number of pixels, in the same shape; as `resize`."""
    return resize(x_NCHW, *fit_area(x_NCHW.shape[2], x_NCHW.shape[3], area))


def fit_area(height: int, width: int, area: float) -> tuple[int, int]:
    """Height and width with the same shape and the given number of pixels, at least one each."""
    scale = (area / (height * width)) ** 0.5
    return max(1, round(height * scale)), max(1, round(width * scale))
