"""Holds painted frames steady: each is blended with the one before it, carried along the flow of the footage."""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.flow.estimate import estimate_both
from mutoscope.flow.remap import remap
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.resize import resize
from mutoscope.ops.warp import warp

__all__ = ["Before", "carry_and_blend", "shrunken"]

_FLOW_LONG_SIDE_PX = 480
_COLOUR_TOLERANCE = 0.08
"""Where the footage itself has changed by this much, in 0..1, a third of the trust is left."""


@dataclass(frozen=True)
class Before:
    """The frame before: what it showed, small, and how it was painted. Both 1,3,H,W on the CPU."""

    shown: Tensor
    painted: Tensor


def shrunken(x_1CHW: Tensor) -> Tensor:
    """Make a frame small enough for fast flow."""
    height, width = x_1CHW.shape[2:]
    factor = max(1, -(-max(height, width) // _FLOW_LONG_SIDE_PX))
    return x_1CHW if factor == 1 else resize(x_1CHW, max(1, height // factor), max(1, width // factor))


def carry_and_blend(before: Before, shown_1CHW: Tensor, painted_1CHW: Tensor, share: float) -> Tensor:
    """Blend a painted frame with the one before it.

    Args:
        before: the frame before.
        shown_1CHW: what this frame shows, as `shrunken` gives it.
        painted_1CHW: what the network made of this frame.
        share: of the carried frame in the result, where it can be trusted; 0..1.

    Returns:
        1,3,H,W.

    """
    forward, backward = (flow[None] for flow in estimate_both(before.shown[0], shown_1CHW[0]))
    weights = _trust(before.shown, shown_1CHW, forward, backward) * share
    height, width = painted_1CHW.shape[2:]
    if backward.shape[2:] != (height, width):
        scale = torch.tensor([width / backward.shape[3], height / backward.shape[2]]).view(1, 2, 1, 1)
        backward = nnf.interpolate(backward, (height, width), mode="bilinear") * scale
        weights = nnf.interpolate(weights, (height, width), mode="bilinear")
    carried = remap(before.painted[0], backward[0])[None].clamp(0, 1)
    return torch.lerp(painted_1CHW, carried, weights)


def _trust(before_1CHW: Tensor, now_1CHW: Tensor, forward_12HW: Tensor, backward_12HW: Tensor) -> Tensor:
    """1 where the carried frame belongs, 0 where something was uncovered, less where the footage itself changed."""
    visible = (~disocclusion(forward_12HW, backward_12HW)).float()
    changed = (warp(before_1CHW, backward_12HW, mode="bilinear") - now_1CHW).square().mean(1, keepdim=True)
    trust = visible * torch.exp(-changed / _COLOUR_TOLERANCE**2)
    return nnf.avg_pool2d(nnf.pad(trust, (1, 1, 1, 1), mode="replicate"), 3, 1)
