"""The effect that makes a mask of a box or an ellipse, which may move and grow."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.effects.mask_box_params import BoxParams
from mutoscope.effects.protocol import Context, Memory

__all__ = ["Box", "draw_box"]


class Box:
    """Make a mask film: white within a shape, or outside of it."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: BoxParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield grey clips of the film's size and times."""
        del ctx
        drawn: tuple[BoxParams, Tensor] | None = None
        for clip in clips:
            masks = []
            for i in range(len(clip)):
                params = self.params.at(clip.seconds(i))
                if drawn is None or drawn[0] is not params or drawn[1].shape[2:] != clip.size:
                    drawn = params, draw_box(params, clip.size)
                masks.append(drawn[1].expand(-1, 3, -1, -1))
            yield Clip(torch.cat(masks), clip.pts_T, clip.time_base)


def draw_box(params: BoxParams, size: tuple[int, int]) -> Tensor:
    """Draw the shape; where it begins within a pixel, that pixel is grey.

    Args:
        params: the numbers of one moment.
        size: of the frame, height and width in px.

    Returns:
        1,1,H,W; 0..1.

    """
    height, width = size
    soft_px = max(1.0, params.softness * min(size))
    sides = ((params.y, params.height, height), (params.x, params.width, width))
    if params.shape == "box":
        across_H, across_W = (_within(start * side, share * side, side, soft_px) for start, share, side in sides)
        mask_HW = torch.minimum(across_H[:, None], across_W[None])
    else:
        mask_HW = _ellipse(sides, soft_px)
    return (1 - mask_HW if params.invert else mask_HW)[None, None].clone()


def _within(start_px: float, length_px: float, side: int, soft_px: float) -> Tensor:
    """Along one side: how much of each pixel lies inside, rising over the soft edge."""
    left_N = torch.arange(side, dtype=torch.float32)
    covered = (torch.minimum(left_N + 1, torch.tensor(start_px + length_px)) - left_N.clamp_min(start_px)).clamp(0, 1)
    if soft_px <= 1:
        return covered
    centre_N = left_N + 0.5
    depth = torch.minimum(centre_N - start_px, start_px + length_px - centre_N)
    return torch.minimum(covered, (depth / soft_px).clamp(0, 1))


def _ellipse(sides: tuple[tuple[float, float, int], ...], soft_px: float) -> Tensor:
    (top, tall, height), (left, wide, width) = sides
    radius_y, radius_x = tall * height / 2, wide * width / 2
    if min(radius_y, radius_x) <= 0:
        return torch.zeros(height, width)
    y_H1 = (torch.arange(height, dtype=torch.float32)[:, None] + 0.5 - top * height - radius_y) / radius_y
    x_W = (torch.arange(width, dtype=torch.float32) + 0.5 - left * width - radius_x) / radius_x
    away_HW = (x_W.square() + y_H1.square()).sqrt()
    # Distance from the edge in px, to first order: how far off in radii, over how fast that changes.
    slope_HW = ((x_W / radius_x).square() + (y_H1 / radius_y).square()).sqrt() / away_HW.clamp_min(1e-6)
    inside_px = (1 - away_HW) / slope_HW.clamp_min(1e-6)
    if soft_px <= 1:
        return (inside_px + 0.5).clamp(0, 1)
    return (inside_px / soft_px).clamp(0, 1)
