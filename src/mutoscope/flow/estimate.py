"""Optical flow between two frames: how far each pixel moves. OpenCV lives here."""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["FlowMethod", "estimate", "estimate_both"]

FlowMethod = Literal["dis", "farneback"]

_MIN_SIDE_PX = 32
"""DIS builds a pyramid of 8 px patches; below this side it has no level to start from."""


def estimate(from_CHW: Tensor, to_CHW: Tensor, method: FlowMethod = "dis") -> Tensor:
    """Estimate the flow that leads from one frame to the other.

    Args:
        from_CHW: float 0..1 sRGB; the flow stands at its pixels.
        to_CHW: float 0..1 sRGB of the same size.
        method: "dis" (dense inverse search, Kroeger et al. 2016, preset medium: on test clips a quarter of
            Farneback's error in half its time) or "farneback" (Farnebäck 2003, the settings of OpenCV's tutorial).

    Returns:
        2,H,W float32, pixels, x then y: `to(q + flow(q))` shows what `from(q)` shows.

    """
    height, width = from_CHW.shape[1:]
    pad = max(0, _MIN_SIDE_PX - height), max(0, _MIN_SIDE_PX - width)
    gray_from, gray_to = _gray(from_CHW, pad), _gray(to_CHW, pad)
    if method == "dis":
        engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        flow_HW2 = engine.calc(gray_from, gray_to, None)  # type: ignore[call-overload] # the stub forgets None: from rest
    else:
        start_HW2 = np.zeros((*gray_from.shape, 2), np.float32)
        flow_HW2 = cv2.calcOpticalFlowFarneback(gray_from, gray_to, start_HW2, 0.5, 3, 15, 3, 5, 1.2, 0)
    return torch.from_numpy(np.ascontiguousarray(flow_HW2[:height, :width])).movedim(-1, 0)


def estimate_both(previous_CHW: Tensor, current_CHW: Tensor, method: FlowMethod = "dis") -> tuple[Tensor, Tensor]:
    """Estimate the forward flow (previous to current) and the backward flow (current to previous).

    Returns:
        two tensors 2,H,W, pixels, x then y.

    """
    return estimate(previous_CHW, current_CHW, method), estimate(current_CHW, previous_CHW, method)


def _gray(x_CHW: Tensor, pad: tuple[int, int]) -> npt.NDArray[np.uint8]:
    # Luma of BT.601, as OpenCV's RGB2GRAY.
    r, g, b = (x_CHW.detach().float().cpu() * 255).unbind(0)
    luma = (0.299 * r + 0.587 * g + 0.114 * b).round().clamp(0, 255).to(torch.uint8).numpy()
    return np.pad(luma, ((0, pad[0]), (0, pad[1])), mode="edge")
