"""Films whose faults are known: a camera looks at a photograph, and everything happens in linear light."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf

from mutoscope.testing.media import make_clip
from mutoscope.video.read import read_picture

PHOTOGRAPHS = Path(str(files("mutoscope.data") / "photographs"))
RATE = 25


@dataclass(frozen=True)
class Pose:
    """Where the camera looks: shift in widths of the frame, roll in degrees, zoom."""

    x: float = 0.0
    y: float = 0.0
    roll: float = 0.0
    zoom: float = 1.0


Way = Callable[[float], Pose]
"""Seconds to pose."""


def photographs(folder: Path = PHOTOGRAPHS) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))


def light(photograph: Path, size: int | None = None) -> torch.Tensor:
    """Linear light of a photograph, 3,H,W."""
    x = read_picture(photograph, size=size).pixels_TCHW[0]
    return torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def to_bytes(light_3HW: torch.Tensor, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Develop: clip, sRGB's curve, noise in levels of 255; H,W,3."""
    x = light_3HW.clamp(0, 1)
    x = torch.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055) * 255
    if noise:
        x = x + noise * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    return x.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


def look(light_3HW: torch.Tensor, pose: Pose, height: int, width: int, scale: float) -> torch.Tensor:
    """See the photograph, mirrored endlessly, through the frame; `scale` is its pixels per pixel of the frame."""
    _, tall, wide = light_3HW.shape
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    angle = torch.deg2rad(torch.tensor(pose.roll))
    x, y = (x - width / 2) * scale / pose.zoom, (y - height / 2) * scale / pose.zoom
    at_x = torch.cos(angle) * x - torch.sin(angle) * y + wide / 2 + pose.x * width * scale
    at_y = torch.sin(angle) * x + torch.cos(angle) * y + tall / 2 + pose.y * width * scale
    # The mirrors are folded here, as grid_sample's own reflection is good for one only.
    at_x = (at_x % (2 * wide) - wide).abs().neg() + wide
    at_y = (at_y % (2 * tall) - tall).abs().neg() + tall
    grid = torch.stack([2 * at_x / wide - 1, 2 * at_y / tall - 1], -1)[None]
    return nnf.grid_sample(light_3HW[None], grid, "bicubic", "reflection", align_corners=False)[0].clamp(0, None)


def shoot(
    light_3HW: torch.Tensor,
    path: Way,
    second: float,
    size: tuple[int, int],
    *,
    scale: float = 1.2,
    shutter_s: float = 0.0,
    samples: int = 12,
) -> torch.Tensor:
    """Expose one frame while the camera moves; linear light."""
    if shutter_s == 0:
        return look(light_3HW, path(second), *size, scale)
    moments = [second + shutter_s * ((i + 0.5) / samples - 0.5) for i in range(samples)]
    return torch.stack([look(light_3HW, path(moment), *size, scale) for moment in moments]).mean(0)


def defocus(light_3HW: torch.Tensor, radius: float) -> torch.Tensor:
    """Blur by a disc of a radius in px."""
    half = int(np.ceil(radius))
    y, x = torch.meshgrid(torch.arange(-half, half + 1), torch.arange(-half, half + 1), indexing="ij")
    disc = (radius + 0.5 - torch.hypot(x.float(), y.float())).clamp(0, 1)
    disc = (disc / disc.sum())[None, None].expand(3, 1, -1, -1)
    padded = nnf.pad(light_3HW[None], (half,) * 4, mode="reflect")
    return nnf.conv2d(padded, disc, groups=3)[0]


def film(place: Path, frames: Sequence[np.ndarray], crf: int = 23) -> Path:
    """Code frames as H.264."""
    height, width = frames[0].shape[:2]
    return make_clip(
        place,
        width=width,
        height=height,
        num_frames=len(frames),
        rate=RATE,
        pixels=lambda i, _h, _w: frames[i],
        options={"crf": str(crf), "preset": "veryfast", "threads": "1"},
    )


def trembling(rng: np.random.Generator, low_hz: float, high_hz: float) -> Callable[[float], float]:
    """A sum of sines of random phase between two frequencies; its root mean square is 1."""
    hz = rng.uniform(low_hz, high_hz, 24)
    phase, size = rng.uniform(0, 2 * np.pi, 24), rng.uniform(0.5, 1, 24)
    size = size / np.sqrt((size**2).sum() / 2)
    return lambda t: float((size * np.sin(2 * np.pi * hz * t + phase)).sum())


def night(photograph_3HW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A street at night: all dark, but lamps and windows that burn, and their glow."""
    scene = photograph_3HW * 2.0 ** -rng.uniform(3.5, 6)
    _, height, width = scene.shape
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    for _ in range(int(rng.integers(4, 25))):
        size = rng.uniform(0.004, 0.02) * width
        away = torch.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height)) / size
        colour = torch.tensor([1.0, rng.uniform(0.6, 1), rng.uniform(0.3, 1)]).float()[:, None, None]
        scene = scene + colour * ((away < 1).float() * 2 + 0.08 / (1 + away**2))
    return scene


def silhouette(photograph_3HW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """People or trees before a bright sky: nothing is to be seen in them, on purpose."""
    _, height, width = photograph_3HW.shape
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    top, bottom = sorted(rng.uniform(0.35, 0.9, 2))
    colour = torch.tensor([1.0, rng.uniform(0.75, 1), rng.uniform(0.5, 1)])[:, None, None]
    sky = (top + (bottom - top) * y)[None] * colour
    edge = rng.uniform(0.35, 0.65) + sum(
        rng.uniform(0, 0.25) / n * torch.sin(2 * np.pi * n * x + rng.uniform(0, 6)) for n in (1, 2, 5, 11)
    )
    dark = photograph_3HW * 2.0 ** -rng.uniform(4, 6)
    return torch.where(y > edge, dark, sky.float())


def snow(photograph_3HW: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A field of snow: nearly all of it light, with its shades, and little in white."""
    low, high = rng.uniform(0.35, 0.6), rng.uniform(0.8, 0.97)
    grey = photograph_3HW.mean(0, keepdim=True)
    shade = (grey / grey.flatten().quantile(0.97)).clamp(0, 1) ** 0.5
    field = (low + (high - low) * shade).expand_as(photograph_3HW).clone()
    _, height, width = photograph_3HW.shape
    wide, tall = int(width * rng.uniform(0.05, 0.2)), int(height * rng.uniform(0.1, 0.4))
    left, top = int(rng.integers(0, width - wide)), int(rng.integers(0, height - tall))
    field[:, top : top + tall, left : left + wide] = photograph_3HW[:, top : top + tall, left : left + wide] * 0.5
    return field
