"""The style picture, ready to be measured."""

from pathlib import Path

import torch
from torch import Tensor

from mutoscope.video.read import read_picture

__all__ = ["read_style", "trim_plain_border"]

_LONG_SIDE_PX = 2048
"""More than any scale will ask for; keeps a huge scan out of memory."""

_RIM = 0.02


def read_style(path: Path, *, trim: bool = True) -> Tensor:
    """Read a picture as 1,3,H,W float32 0..1; transparent parts become white, as on paper.

    Raises:
        InputError: it is missing, not a picture, or a video.

    """
    clip = read_picture(path, size=_LONG_SIDE_PX)
    x_1CHW = clip.pixels_TCHW
    if clip.alpha_T1HW is not None:
        x_1CHW = torch.lerp(torch.ones_like(x_1CHW), x_1CHW, clip.alpha_T1HW)
    return trim_plain_border(x_1CHW) if trim else x_1CHW


def trim_plain_border(x_1CHW: Tensor, most: float = 0.2) -> Tensor:
    """Cut rows and columns of plain black or plain white off the edges: scans and web pictures have them.

    Args:
        x_1CHW: 0..1.
        most: share of a side that may go at each end; a picture that is plain farther in is left whole there.

    """
    luma_HW = x_1CHW[0].mean(0)
    top, bottom = _plain_ends(luma_HW, most)
    left, right = _plain_ends(luma_HW.T, most)
    # Behind a plain border often comes the bare edge of the canvas: a little more goes where one was found.
    rim_y, rim_x = round(luma_HW.shape[0] * _RIM), round(luma_HW.shape[1] * _RIM)
    top, bottom = (n and n + rim_y for n in (top, bottom))
    left, right = (n and n + rim_x for n in (left, right))
    return x_1CHW[:, :, top : x_1CHW.shape[2] - bottom, left : x_1CHW.shape[3] - right]


def _plain_ends(luma_HW: Tensor, most: float) -> tuple[int, int]:
    # Quantiles, not extremes: a scan's border carries specks and JPEG ringing.
    low, high = torch.quantile(luma_HW, torch.tensor([0.05, 0.95]), dim=1)
    plain = ((high < 0.05) | (low > 0.97)).tolist()
    limit = int(len(plain) * most)
    head = next((i for i, p in enumerate(plain) if not p), len(plain))
    tail = next((i for i, p in enumerate(reversed(plain)) if not p), len(plain))
    return (head if head <= limit else 0), (tail if tail <= limit else 0)
