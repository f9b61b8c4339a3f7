"""Carry a picture along a flow field."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["inside_frame", "warp"]


def _target_positions(flow_N2HW: Tensor) -> Tensor:
    _, _, height, width = flow_N2HW.shape
    y = torch.arange(height, dtype=flow_N2HW.dtype, device=flow_N2HW.device)
    x = torch.arange(width, dtype=flow_N2HW.dtype, device=flow_N2HW.device)
    grid_2HW = torch.stack(torch.meshgrid(x, y, indexing="xy"))
    return grid_2HW + flow_N2HW


def warp(x_NCHW: Tensor, flow_N2HW: Tensor, mode: str = "bicubic") -> Tensor:
    """Fetch each pixel from where the flow points: out(q) = x(q + flow(q)).

    Args:
        x_NCHW: the picture to fetch from.
        flow_N2HW: pixels, x then y, at the pixels of the result. With the backward flow from frame i to
            frame i-1, the result is frame i-1 as it would look at time i.
        mode: "bicubic" (keeps brush strokes sharp over many frames), "bilinear" or "nearest".

    Positions outside the picture take its nearest edge pixel. Bicubic results may leave 0..1 slightly.

    """
    positions_N2HW = _target_positions(flow_N2HW)
    height, width = x_NCHW.shape[2:]
    scale = torch.tensor([2.0 / max(width, 1), 2.0 / max(height, 1)], device=x_NCHW.device)
    # Pixel centres stand at half-integers of the [-1, 1] square: align_corners=False.
    grid_NHW2 = (positions_N2HW.movedim(1, -1) + 0.5) * scale - 1.0
    return nnf.grid_sample(x_NCHW, grid_NHW2, mode=mode, padding_mode="border", align_corners=False)


def inside_frame(flow_N2HW: Tensor) -> Tensor:
    """Tell, as N,1,H,W booleans, where the flow points to a pixel inside the frame."""
    _, _, height, width = flow_N2HW.shape
    x_NHW, y_NHW = _target_positions(flow_N2HW).unbind(1)
    inside = (x_NHW >= 0) & (x_NHW <= width - 1) & (y_NHW >= 0) & (y_NHW <= height - 1)
    return inside[:, None]
