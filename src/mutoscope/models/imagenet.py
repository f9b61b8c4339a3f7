"""What torchvision's ImageNet weights expect."""

import torch
from torch import Tensor

__all__ = ["normalise"]

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


def normalise(x_NCHW: Tensor) -> Tensor:
    """Shift and scale 0..1 sRGB by the mean and spread of ImageNet's channels."""
    mean = torch.tensor(_MEAN, device=x_NCHW.device).view(1, 3, 1, 1)
    std = torch.tensor(_STD, device=x_NCHW.device).view(1, 3, 1, 1)
    return (x_NCHW - mean) / std
