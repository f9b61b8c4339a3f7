"""Carry a picture along a flow on the processor, fast: OpenCV's remap."""

import cv2
import numpy as np
import torch
from torch import Tensor

__all__ = ["remap"]


def remap(x_CHW: Tensor, flow_2HW: Tensor) -> Tensor:
    """Fetch each pixel from where the flow points, as `ops.warp` does; a third of its time.

    Args:
        x_CHW: the picture to fetch from, on the CPU.
        flow_2HW: pixels, x then y, at the pixels of the result.

    Returns:
        C,H,W; bicubic, places rounded to 1/32 px; the edge is replicated.

    """
    height, width = flow_2HW.shape[1:]
    map_x = (flow_2HW[0].numpy() + np.arange(width, dtype=np.float32)[None]).astype(np.float32)
    map_y = (flow_2HW[1].numpy() + np.arange(height, dtype=np.float32)[:, None]).astype(np.float32)
    picture_HWC = np.ascontiguousarray(x_CHW.permute(1, 2, 0).numpy())
    fetched = cv2.remap(picture_HWC, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return torch.from_numpy(fetched).reshape(height, width, -1).permute(2, 0, 1).contiguous()
