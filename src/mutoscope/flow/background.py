"""What the camera did: the motion that most of the picture shares. OpenCV lives here."""

import cv2
import numpy as np
import torch
from torch import Tensor

__all__ = ["background_flow"]

_STEP_PX = 8
_INLIER_PX = 0.5
_STILL_PX = 0.04
"""A camera that moved by less did not move: grain alone makes single flows wrong by far more, but not on average."""


def background_flow(flow_2HW: Tensor) -> Tensor:
    """Fit one affine motion to a flow field, by random sample consensus (Fischler and Bolles 1981).

    Returns:
        2,H,W px, x then y; exactly zero where the camera stood still. Zero where no motion is shared.

    """
    _, height, width = flow_2HW.shape
    if _stands(flow_2HW):
        return torch.zeros_like(flow_2HW)
    step = max(1, min(_STEP_PX, min(height, width) // 4))
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step].astype(np.float32)
    there_N2 = np.stack([x.ravel(), y.ravel()], 1)
    moved_2N = flow_2HW[:, step // 2 :: step, step // 2 :: step].flatten(1).numpy()
    # OpenCV draws its samples from a fixed seed here: the same flow gives the same fit.
    affine, inliers = cv2.estimateAffine2D(
        there_N2, there_N2 + moved_2N.T, method=cv2.RANSAC, ransacReprojThreshold=_INLIER_PX
    )
    if affine is None or inliers.mean() < 0.2:  # type: ignore[redundant-expr] # the stub forgets None: no fit
        return torch.zeros_like(flow_2HW)
    grid = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    ys, xs = grid
    a = torch.from_numpy(affine.astype(np.float32))
    return torch.stack([a[0, 0] * xs + a[0, 1] * ys + a[0, 2] - xs, a[1, 0] * xs + a[1, 1] * ys + a[1, 2] - ys])


def _stands(flow_2HW: Tensor) -> bool:
    """Tell whether the median of the flow is next to nothing in each quarter of the picture that most of it shares."""
    _, height, width = flow_2HW.shape
    quarters = [
        half_2HW[:, :, columns].flatten(1).median(1).values.norm()
        for half_2HW in (flow_2HW[:, : (height + 1) // 2], flow_2HW[:, height // 2 :])
        for columns in (slice(None, (width + 1) // 2), slice(width // 2, None))
    ]
    # One quarter may be filled by what moves before a camera that stands.
    return bool(sorted(quarters)[2] < _STILL_PX)
