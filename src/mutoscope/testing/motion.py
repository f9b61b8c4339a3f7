"""A clip whose flow is known exactly: a disc cut from one picture moves over another that zooms and pans."""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["ExactClip", "exact_clip", "smooth_noise", "warping_error"]


@dataclass(frozen=True)
class ExactClip:
    """Frames and the truth about their motion.

    Attributes:
        frames_TCHW: 0..1.
        backward_T2HW: flow from frame i to i-1 in pixels, x then y; zero for frame 0.
        visible_T1HW: 1 where the pixel of frame i was visible in frame i-1; all 0 for frame 0.

    """

    frames_TCHW: Tensor
    backward_T2HW: Tensor
    visible_T1HW: Tensor


def smooth_noise(height: int, width: int, seed: int = 0) -> Tensor:
    """Make a picture 3,H,W with detail at every scale, by formula."""
    generator = torch.Generator().manual_seed(seed)
    octaves = [
        nnf.interpolate(
            torch.rand(1, 3, height // s + 2, width // s + 2, generator=generator),
            (height, width),
            mode="bicubic",
        )
        for s in (3, 8, 21, 55)
    ]
    mixed = torch.stack(octaves).mean(0)[0]
    return ((mixed - 0.5) * 1.6 + 0.5).clamp(0, 1)


def exact_clip(
    ground_CHW: Tensor,
    figure_CHW: Tensor,
    height: int,
    width: int,
    num_frames: int,
    *,
    zoom: float = 1.004,
    pan_px: tuple[float, float] = (1.5, -0.6),
    figure_px: tuple[float, float] = (-3.2, 1.1),
) -> ExactClip:
    """Render the clip.

    Args:
        ground_CHW: picture of the ground, sampled in its middle; larger than the frame.
        figure_CHW: picture that the disc is cut from; larger than the disc.
        height: frame height in px.
        width: frame width in px.
        num_frames: frames.
        zoom: growth of the ground per frame, about the centre of the frame.
        pan_px: motion of the ground per frame, x then y.
        figure_px: motion of the disc per frame, x then y.

    """
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    centre = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    grid = torch.stack([x, y])
    pan, step = torch.tensor(pan_px), torch.tensor(figure_px)
    radius = min(height, width) * 0.22
    frames, flows, visibles, insides = [], [], [], []
    for i in range(num_frames):
        scale = zoom ** (-i)
        ground_at = (grid - centre[:, None, None] - pan[:, None, None] * i) * scale
        home = centre - step * (num_frames - 1) / 2 + step * i
        figure_at = grid - home[:, None, None]
        inside = (figure_at.square().sum(0, keepdim=True) < radius**2).float()
        frame = torch.lerp(_sample(ground_CHW, ground_at), _sample(figure_CHW, figure_at), inside)
        # A ground point at q stood one frame earlier at centre + pan (i-1) + (q - centre - pan i) / zoom.
        ground_back = (grid - centre[:, None, None] - pan[:, None, None] * i) / zoom + centre[:, None, None]
        ground_back = ground_back + pan[:, None, None] * (i - 1) - grid
        flow = torch.lerp(ground_back, -step[:, None, None].expand_as(grid), inside)
        visible = torch.zeros_like(inside)
        if i > 0:
            came_from = grid + flow
            old_home = home - step
            covered = ((came_from - old_home[:, None, None]).square().sum(0, keepdim=True) < (radius + 1) ** 2).float()
            edges = torch.tensor([width - 1.0, height - 1.0])[:, None, None]
            in_frame = ((came_from >= 0) & (came_from <= edges)).all(0, keepdim=True).float()
            visible = torch.maximum(inside, (1 - covered) * in_frame)
        frames.append(frame)
        flows.append(flow if i > 0 else torch.zeros_like(flow))
        visibles.append(visible)
        insides.append(inside)
    return ExactClip(torch.stack(frames).clamp(0, 1), torch.stack(flows), torch.stack(visibles))


def warping_error(frames_TCHW: Tensor, truth: ExactClip) -> float:
    """E_warp: mean square difference of each frame and its predecessor carried along the true flow.

    Over visible pixels only, averaged over frames 1..T-1 (Lai et al. 2018, eq. 6). Flat frames lower it for
    free: report contrast beside it.
    """
    from mutoscope.ops.warp import warp

    errors = []
    for i in range(1, len(frames_TCHW)):
        carried = warp(frames_TCHW[i - 1 : i], truth.backward_T2HW[i : i + 1], "bilinear")
        weight = truth.visible_T1HW[i : i + 1]
        error = (weight * (frames_TCHW[i : i + 1] - carried).square()).sum()
        errors.append(error / (weight.sum() * frames_TCHW.shape[1]))
    return float(torch.stack(errors).mean())


def _sample(picture_CHW: Tensor, offset_2HW: Tensor) -> Tensor:
    _, height, width = picture_CHW.shape
    scale = torch.tensor([2.0 / width, 2.0 / height])
    grid_HW2 = offset_2HW.movedim(0, -1) * scale
    return nnf.grid_sample(
        picture_CHW[None], grid_HW2[None], mode="bicubic", padding_mode="reflection", align_corners=False
    )[0]
