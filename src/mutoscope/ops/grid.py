"""Masks on the coarser grid of a feature map."""

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["mask_on_grid"]


def mask_on_grid(mask_N1HW: Tensor, height: int, width: int) -> Tensor:
    """Average a mask over what each position of a feature map looks at.

    Position i of a map of stride s stands over pixel i s, as convolutions of odd size with half of it as padding put
    it, and gets the mean of the s pixels around.

    Args:
        mask_N1HW: at the size of the network's input.
        height: of the map; its stride is the power of two nearest to the ratio of the sizes.
        width: of the map.

    Returns:
        N,1,height,width.

    """
    ratio = max(mask_N1HW.shape[2] / height, mask_N1HW.shape[3] / width)
    stride = 2 ** max(0, round(math.log2(ratio)))
    rows, columns = (
        (torch.arange(n * stride, device=mask_N1HW.device) - stride // 2).clamp(0, side - 1)
        for n, side in zip((height, width), mask_N1HW.shape[2:], strict=True)
    )
    return nnf.avg_pool2d(mask_N1HW[:, :, rows][:, :, :, columns], stride)
