"""A clip in which things pass before a ground that stands still, and what is left of them where they were."""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["OccluderClip", "ghost_share", "occluder_clip"]

_LOOK_BACK = 3
_BLUR_PX = 3.0


@dataclass(frozen=True)
class OccluderClip:
    """Frames and the truth about what is hidden.

    Attributes:
        frames_TCHW: 0..1.
        ground_TCHW: the same without what passes.
        hidden_THW: where the ground is hidden.

    """

    frames_TCHW: Tensor
    ground_TCHW: Tensor
    hidden_THW: Tensor


def occluder_clip(ground_CHW: Tensor, figure_CHW: Tensor, num_frames: int) -> OccluderClip:
    """Let a thin bar run, a wider one walk against it, and a block creep, at whole px per frame.

    The thin one is narrower than three of its steps, like a leg: optical flow fails about it.

    Args:
        ground_CHW: the ground.
        figure_CHW: what the bars are cut from, of the same size.
        num_frames: frames.

    """
    _, height, width = ground_CHW.shape
    y, x = torch.meshgrid(torch.arange(height) / height, torch.arange(width).float(), indexing="ij")
    unit = width / 256
    frames, hiddens = [], []
    for i in range(num_frames):
        frame, hidden = ground_CHW, torch.zeros(height, width, dtype=torch.bool)
        for start, wide, step, top, bottom in (
            (20, 14, 9.0, 0.07, 0.9),
            (200, 22, -5.0, 0.2, 0.83),
            (60, 40, 3.0, 0.42, 0.76),
        ):
            at = round((start + step * i) * unit)
            inside = ((x - at).abs() < wide * unit / 2) & (y > top) & (y < bottom)
            frame = torch.where(inside, torch.roll(figure_CHW, at, 2), frame)
            hidden = hidden | inside
        frames.append(frame)
        hiddens.append(hidden)
    return OccluderClip(torch.stack(frames), ground_CHW[None].repeat(num_frames, 1, 1, 1), torch.stack(hiddens))


def ghost_share(painted_TCHW: Tensor, ground_painted_TCHW: Tensor, clip: OccluderClip) -> float:
    """How much of what stood at a place is still seen there when it has gone: 0 nothing, 1 all of it.

    Over all pixels that were uncovered in the last three frames: the projection of (picture - ground) on (what stood
    there - ground), all blurred within the uncovered pixels so that brush strokes do not count. Its square is the
    ghost's share of energy.

    Args:
        painted_TCHW: the clip, painted.
        ground_painted_TCHW: the same without what passes, painted in the same way.
        clip: the truth.

    """
    shared = total = 0.0
    for i in range(2, len(painted_TCHW)):
        for back in range(1, min(_LOOK_BACK, i) + 1):
            free = ~clip.hidden_THW[i - back + 1 : i + 1].any(0)
            uncovered = (clip.hidden_THW[i - back] & free)[None, None].float()
            ground = ground_painted_TCHW[i : i + 1]
            now = _within(painted_TCHW[i : i + 1] - ground, uncovered)
            then = _within(painted_TCHW[i - back : i - back + 1] - ground, uncovered)
            shared += float((now * then).sum())
            total += float(then.square().sum())
    return shared / total


def _within(x_NCHW: Tensor, mask_11HW: Tensor) -> Tensor:
    """Blur within a mask; 0 outside of it."""
    weight = _blurred(mask_11HW).clamp_min(0.05)
    return _blurred(x_NCHW * mask_11HW) / weight * mask_11HW


def _blurred(x_NCHW: Tensor) -> Tensor:
    reach = round(3 * _BLUR_PX)
    bell = torch.exp(-torch.arange(-reach, reach + 1).square() / (2 * _BLUR_PX**2))
    bell = (bell / bell.sum()).expand(x_NCHW.shape[1], 1, -1)
    x = nnf.conv2d(x_NCHW, bell[:, :, :, None], padding=(reach, 0), groups=x_NCHW.shape[1])
    return nnf.conv2d(x, bell[:, :, None], padding=(0, reach), groups=x_NCHW.shape[1])
