"""A planned film as pixels: the camera moves over a photograph or over the frames of a real film, in linear light."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf
from numpy.random import default_rng
from torch import Tensor

from mutoscope.ops.primaries import linear_to_srgb, srgb_to_linear
from mutoscope.ops.resize import resize
from mutoscope.sort.degrade import spread
from mutoscope.sort.kernels import disc
from mutoscope.testing.media import make_clip
from mutoscope.testing.planted_faults import FilmPlan

__all__ = ["Scenery", "film_frame", "over_film", "over_photographs", "write_planted"]

_SIZE = (272, 480)
_ROOM = 1.35
"""How much wider a photograph is made than the frame, so that the camera has somewhere to go."""
_MARGIN = 1.08
"""Likewise for a real film, whose camera moves by itself."""
_MOST_STEPS = 24
_STEP_PX = 1.5


@dataclass(frozen=True)
class Scenery:
    """What the camera looks at.

    Attributes:
        size: height and width of the film.
        look: number of the shot and of the frame to linear light 3,H,W, larger than the film.

    """

    size: tuple[int, int]
    look: Callable[[int, int], Tensor]


def over_photographs(pictures_3HW: Sequence[Tensor], size: tuple[int, int] = _SIZE) -> Scenery:
    """Let each shot look at one photograph, sRGB 0..1; they are scaled to the film, and mirrored at their edges."""
    height, width = size
    ready = []
    for picture in pictures_3HW:
        scale = max(height * _ROOM / picture.shape[1], width * _ROOM / picture.shape[2])
        whole = (math.ceil(picture.shape[1] * scale), math.ceil(picture.shape[2] * scale))
        ready.append(srgb_to_linear(resize(picture[None], *whole)[0]))

    def look(shot: int, frame: int) -> Tensor:
        del frame
        return ready[shot % len(ready)]

    return Scenery(size, look)


def over_film(frames_TCHW: Tensor) -> Scenery:
    """Let the camera look at a real film, there and back again, a little narrower than it is; never enlarged."""
    height, width = frames_TCHW.shape[2:]
    size = (int(height / _MARGIN) // 2 * 2, int(width / _MARGIN) // 2 * 2)
    there_and_back = [*range(len(frames_TCHW)), *range(len(frames_TCHW) - 2, 0, -1)]

    def look(shot: int, frame: int) -> Tensor:
        del shot
        return srgb_to_linear(frames_TCHW[there_and_back[frame % len(there_and_back)]])

    return Scenery(size, look)


def film_frame(plan: FilmPlan, scenery: Scenery, number: int) -> Tensor:
    """Render a frame: 3,H,W, sRGB 0..1.

    Light is gathered along the camera's way while the shutter is open, then goes through the lens; grain, clipping and
    sRGB's curve come last.
    """
    shown = int(plan.shows_T[number])
    chance = torch.Generator().manual_seed(plan.seed * 100_003 + shown)
    if plan.black_T[number]:
        light_3HW = torch.zeros(3, *scenery.size)
    else:
        light_3HW = _exposed(plan, scenery, shown)
        radius_px = plan.radius_T[shown] * scenery.size[1] / 640
        if radius_px > 0.2:
            light_3HW = spread(light_3HW, disc(radius_px))
        light_3HW = light_3HW * 2.0 ** plan.stops_T[shown]
    coded_3HW = linear_to_srgb(light_3HW.clamp(0, 1))
    grain_3HW = torch.randn(coded_3HW.shape, generator=chance) * plan.manner.noise_levels / 255
    return (coded_3HW + grain_3HW).clamp(0, 1)


def _exposed(plan: FilmPlan, scenery: Scenery, number: int) -> Tensor:
    shot = sum(cut <= number for cut in plan.cuts)
    ground_3HW = scenery.look(shot, number)
    ways = []
    for way_T in (plan.x_T, plan.y_T):
        other = min(number + 1, len(plan) - 1)
        other = other if other > number and other not in plan.cuts else number - 1
        step = (way_T[other] - way_T[number]) * (1 if other > number else -1) if len(plan) > 1 else 0.0
        ways.append((float(way_T[number]), float(step) * float(plan.shutter_T[number])))
    length_px = math.hypot(ways[0][1], ways[1][1]) * scenery.size[1]
    steps = max(1, min(_MOST_STEPS, math.ceil(length_px / _STEP_PX)))
    total = torch.zeros(3, *scenery.size)
    for i in range(steps):
        part = (i + 0.5) / steps
        total += _looked_at(ground_3HW, scenery.size, *(at + part * step for at, step in ways))
    light_3HW = total / steps
    return _with_subject(light_3HW, plan, number) if plan.manner.subject else light_3HW


def _looked_at(ground_3HW: Tensor, size: tuple[int, int], x: float, y: float) -> Tensor:
    """Cut out what the camera sees with its middle at x, y (share of the frame's width from the ground's middle)."""
    height, width = ground_3HW.shape[1:]
    rows = torch.arange(size[0]) - (size[0] - 1) / 2 + y * size[1] + (height - 1) / 2
    columns = torch.arange(size[1]) - (size[1] - 1) / 2 + x * size[1] + (width - 1) / 2
    grid_HW2 = torch.stack(
        [
            (columns * 2 / (width - 1) - 1)[None].expand(size),
            (rows * 2 / (height - 1) - 1)[:, None].expand(size),
        ],
        2,
    )
    return nnf.grid_sample(
        ground_3HW[None], grid_HW2[None].float(), mode="bicubic", padding_mode="reflection", align_corners=True
    )[0].clamp_min(0)


def _with_subject(light_3HW: Tensor, plan: FilmPlan, number: int) -> Tensor:
    """Let a smeared wheel of stripes roll through: it covers up to a quarter of the picture."""
    height, width = light_3HW.shape[1:]
    chance = default_rng([plan.seed, 11])
    radius = height * chance.uniform(0.22, 0.365)
    seconds = number / plan.rate
    wide, speed = width * chance.uniform(0.1, 0.3), chance.uniform(0.3, 0.8)
    x = width / 2 + wide * math.sin(2 * math.pi * speed * seconds)
    y = height * chance.uniform(0.45, 0.6)
    rows, columns = torch.arange(height)[:, None] - y, torch.arange(width)[None] - x
    mask_HW = ((radius - (rows**2 + columns**2).sqrt()) / 6 + 0.5).clamp(0, 1)  # the edge is smeared too
    angle_HW = torch.atan2(rows, columns) * 3 + 9 * seconds
    colour_3 = torch.tensor(chance.uniform(0.05, 0.5, 3), dtype=torch.float32)
    wheel_3HW = colour_3[:, None, None] * (1 + 0.25 * torch.sin(angle_HW))
    return torch.lerp(light_3HW, wheel_3HW, mask_HW)


def write_planted(plan: FilmPlan, scenery: Scenery, path: Path, crf: int = 23) -> Path:
    """Write it as H.264."""

    def pixels(index: int, height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        del height, width
        frame_3HW = film_frame(plan, scenery, index)
        return np.asarray((frame_3HW.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())

    options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
    height, width = scenery.size
    return make_clip(
        path, width=width, height=height, num_frames=len(plan), rate=round(plan.rate), pixels=pixels, options=options
    )
