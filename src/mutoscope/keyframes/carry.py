"""The painted keyframes as they would look in a frame."""

from collections.abc import Sequence

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.flow.remap import remap
from mutoscope.keyframes.fill import CELL_PX, certain_of, describe, fill_offsets
from mutoscope.keyframes.guides import Guide

__all__ = ["blend_carried", "borrow_from_itself", "carry_painting", "time_shares"]

_MOST_GAIN = 1.5
_LEAST_SHARE = 1e-3
"""Share of a keyframe far away in time: it counts where the near one does not show what is seen."""
_BORROWED_SHARE = 1e-4
"""Borrowed strokes count where no keyframe shows what is seen."""
_CELL_PX = 8
_APART_CELLS = 6
_BREAK_PX = 1.0
"""Offsets of neighbours that differ by more, in px of the guide, belong to two things."""


def carry_painting(painted_CHW: Tensor, guide: Guide) -> tuple[Tensor, Tensor]:
    """Carry a painted keyframe along a guide.

    Args:
        painted_CHW: of the frame's size.
        guide: at its own, smaller size.

    Returns:
        the picture 1,3,H,W, 0..1, and the trust 1,1,H,W.

    """
    height, width = painted_CHW.shape[1:]
    offset, trust = guide.offset_2HW[None], guide.trust_1HW[None]
    if offset.shape[2:] != (height, width):
        scale = torch.tensor([width / offset.shape[3], height / offset.shape[2]]).view(1, 2, 1, 1)
        offset = _enlarged(offset, height, width) * scale
        trust = nnf.interpolate(trust, (height, width), mode="bilinear")
    return remap(painted_CHW, offset[0])[None].clamp_(0, 1), trust


def _enlarged(offset: Tensor, height: int, width: int) -> Tensor:
    """Enlarge offsets; where neighbours differ, without anything in between."""
    nearest = nnf.interpolate(offset, (height, width), mode="nearest")
    smooth = nnf.interpolate(offset, (height, width), mode="bilinear")
    padded = nnf.pad(offset, (1, 1, 1, 1), mode="replicate")
    spread = nnf.max_pool2d(padded, 3, 1) + nnf.max_pool2d(-padded, 3, 1)
    broken = nnf.interpolate((spread.amax(1, keepdim=True) > _BREAK_PX).float(), (height, width), mode="nearest")
    return torch.where(broken > 0, nearest, smooth)


def borrow_from_itself(painted_CHW: Tensor, small_CHW: Tensor) -> Tensor:
    """Make a painted keyframe anew of strokes that belong to other places of it, as frames without a place in it are.

    Args:
        painted_CHW: the painting.
        small_CHW: the keyframe at the guides' size.

    """
    cells = describe(small_CHW[None])
    height, width = cells.shape[1:]
    none = torch.zeros(height, width, dtype=torch.long)
    apart = max(1, min(_APART_CELLS, height // 3, width // 3))
    to_y, to_x = fill_offsets((none, none), torch.ones(height, width, dtype=torch.bool), cells, cells, apart)
    offset = nnf.interpolate(CELL_PX * torch.stack([to_x, to_y]).float()[None], small_CHW.shape[1:], mode="nearest")[0]
    return carry_painting(painted_CHW, Guide(offset, torch.ones(1, *offset.shape[1:])))[0][0]


def time_shares(seconds: float, keys_s: Sequence[float]) -> list[float]:
    """Say how much each keyframe counts at a time: all or nothing near them, a smooth change in the middle.

    Args:
        seconds: time of the frame.
        keys_s: times of one or two keyframes, rising.

    """
    if len(keys_s) == 1:
        return [1.0]
    first, second = keys_s
    place = (seconds - first) / (second - first)
    # Two paintings shine through each other while they change: the shorter, the better, but never at once.
    part = min(1.0, max(0.0, (place - 0.25) / 0.5))
    later = part * part * (3 - 2 * part)
    return [1 - later, later]


def blend_carried(carried: Sequence[tuple[Tensor, Tensor]], shares: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Make one picture of several carried keyframes, each where it can be trusted.

    Args:
        carried: picture 1,3,H,W and trust 1,1,H,W of each.
        shares: of each, as `time_shares` gives them.

    Returns:
        picture and trust. A blend is as rich in contrast as its parts: the mean of two paintings is flatter than either
        (Heitz and Neyret 2018).

    """
    if len(carried) == 1:
        return carried[0]
    weights = [
        (certain_of(trust) + _BORROWED_SHARE * trust) * max(share, _LEAST_SHARE)
        for (_, trust), share in zip(carried, shares, strict=True)
    ]
    total = torch.stack(weights).sum(0).clamp_min(1e-12)
    shown = torch.stack([picture * (w / total) for (picture, _), w in zip(carried, weights, strict=True)]).sum(0)
    trust = torch.stack([trust for _, trust in carried]).amax(0)
    if min(shares) <= 0:
        return shown, trust
    mean, spread = _local(shown)
    wanted = torch.stack([_local(p)[1] * (w / total) for (p, _), w in zip(carried, weights, strict=True)]).sum(0)
    gain = (wanted / spread.clamp_min(1e-3)).clamp(1, _MOST_GAIN)
    return (mean + (shown - mean) * gain).clamp(0, 1), trust


def _local(x_1CHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of each neighbourhood, at full size."""
    size = x_1CHW.shape[2:]
    cell = min(_CELL_PX, *size)
    mean = nnf.avg_pool2d(x_1CHW, cell, ceil_mode=True)
    square = nnf.avg_pool2d(x_1CHW.square().mean(1, keepdim=True), cell, ceil_mode=True)
    spread = (square - mean.square().mean(1, keepdim=True)).clamp_min(0).sqrt()
    return nnf.interpolate(mean, size, mode="bilinear"), nnf.interpolate(spread, size, mode="bilinear")
