"""Holds painted frames steady: each is blended with the one before it, carried along the flow of the footage."""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.flow.estimate import estimate_both
from mutoscope.flow.remap import remap
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.warp import warp

__all__ = ["Motion", "carry_and_blend", "keep_contrast", "measure_motion", "shrunken"]

_FLOW_LONG_SIDE_PX = 240
_MOST_GAIN = 1.15
_COLOUR_TOLERANCE = 0.08
"""Where the footage itself has changed by this much, in 0..1, a third of the trust is left."""


@dataclass(frozen=True)
class Motion:
    """How the footage has moved since the frame before.

    Attributes:
        backward_12HW: flow in px, from this frame to the one before.
        trust_11HW: 1 where the frame before can be carried along it, 0 where something was uncovered.

    Both are measured on frames made small (`shrunken`).

    """

    backward_12HW: Tensor
    trust_11HW: Tensor


def shrunken(x_1CHW: Tensor) -> Tensor:
    """Make a frame small enough for fast flow."""
    height, width = x_1CHW.shape[2:]
    factor = max(1, -(-max(height, width) // _FLOW_LONG_SIDE_PX))
    # Means of squares: flow wants no finer filter, and it costs a tenth.
    return (
        x_1CHW if factor == 1 else nnf.adaptive_avg_pool2d(x_1CHW, (max(1, height // factor), max(1, width // factor)))
    )


def measure_motion(before_1CHW: Tensor, now_1CHW: Tensor) -> Motion:
    """Measure the motion between two frames of footage, as `shrunken` gives them."""
    forward, backward = (flow[None] for flow in estimate_both(before_1CHW[0], now_1CHW[0]))
    return Motion(backward, _trust(before_1CHW, now_1CHW, forward, backward))


def carry_and_blend(before_1CHW: Tensor, painted_1CHW: Tensor, motion: Motion, share: float) -> Tensor:
    """Blend a painted frame with the one before it.

    Args:
        before_1CHW: the frame before as it was painted and blended, on the CPU.
        painted_1CHW: what the network made of this frame.
        motion: of the footage between the two.
        share: of the carried frame in the result, where it can be trusted; 0..1.

    Returns:
        1,3,H,W.

    """
    backward, weights = motion.backward_12HW, motion.trust_11HW * share
    height, width = painted_1CHW.shape[2:]
    if backward.shape[2:] != (height, width):
        scale = torch.tensor([width / backward.shape[3], height / backward.shape[2]]).view(1, 2, 1, 1)
        backward = nnf.interpolate(backward, (height, width), mode="bilinear") * scale
        weights = nnf.interpolate(weights, (height, width), mode="bilinear")
    carried = remap(before_1CHW[0], backward[0])[None].clamp(0, 1)
    return torch.lerp(painted_1CHW, carried, weights)


def keep_contrast(blended_1CHW: Tensor, painted_1CHW: Tensor) -> Tensor:
    """Give a blended frame the contrast that the network painted: a mean of two textures is flatter than either."""
    # Every third pixel tells it as well, in a ninth of the time.
    deviation, mean = torch.std_mean(blended_1CHW[:, :, ::3, ::3], (2, 3), correction=0, keepdim=True)
    wanted = painted_1CHW[:, :, ::3, ::3].std((2, 3), correction=0, keepdim=True)
    gain = (wanted / deviation.clamp_min(1e-4)).clamp(1, _MOST_GAIN)
    return torch.addcmul(mean * (1 - gain), blended_1CHW, gain).clamp_(0, 1)


def _trust(before_1CHW: Tensor, now_1CHW: Tensor, forward_12HW: Tensor, backward_12HW: Tensor) -> Tensor:
    """1 where the carried frame belongs, 0 where something was uncovered, less where the footage itself changed."""
    visible = (~disocclusion(forward_12HW, backward_12HW)).float()
    changed = (warp(before_1CHW, backward_12HW, mode="bilinear") - now_1CHW).square().mean(1, keepdim=True)
    trust = visible * torch.exp(-changed / _COLOUR_TOLERANCE**2)
    return nnf.avg_pool2d(nnf.pad(trust, (1, 1, 1, 1), mode="replicate"), 3, 1)
