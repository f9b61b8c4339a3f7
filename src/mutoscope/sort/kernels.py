"""Point spread functions: what a lens or an unsteady hand makes of a point of light."""

import math

import torch
from torch import Tensor

__all__ = ["disc", "gaussian", "hand_path", "streak"]

_STEPS = 256


def disc(radius_px: float) -> Tensor:
    """Give the defocus of an ideal round aperture.

    Args:
        radius_px: radius of the circle of confusion; below about half a pixel hardly anything is left to see.

    Returns:
        K,K float32, K odd, sums to 1.

    """
    half = math.ceil(radius_px + 0.5)
    fine = 5  # samples per pixel and axis: a small disc must not jump from one pixel to nine
    offsets = (torch.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    inside = (offsets[:, None] ** 2 + offsets[None] ** 2 <= max(radius_px, 0.3) ** 2).float()
    kernel_KK = inside.view(2 * half + 1, fine, 2 * half + 1, fine).sum((1, 3))
    return kernel_KK / kernel_KK.sum()


def gaussian(sigma_px: float) -> Tensor:
    """Give a Gaussian, K,K float32, K odd, sums to 1."""
    half = max(1, math.ceil(3 * sigma_px))
    line_K = torch.exp(-0.5 * (torch.arange(-half, half + 1) / max(sigma_px, 1e-3)) ** 2)
    line_K = line_K / line_K.sum()
    return line_K[:, None] * line_K[None]


def hand_path(chance: torch.Generator) -> Tensor:
    """Draw the way of a hand-held camera during one exposure (Boracchi & Foi 2012, section 3).

    A particle with constant speed: its direction is pushed by Gaussian noise, drawn back by inertia, and thrown
    about by rare jerks.

    Returns:
        T,2 float32, x then y, around 0; as widely spread as a straight line of length 1.

    """
    jerkiness, pull, push, often = torch.rand(4, generator=chance).tolist()
    # Differs from Kupyn et al. (2018): most paths are nearly straight, as those of real hands are in short exposures.
    expression = 0.1 * jerkiness**4
    noise_T2 = torch.randn(_STEPS, 2, generator=chance).tolist()
    luck_T2 = torch.rand(_STEPS, 2, generator=chance).tolist()
    angle = 2 * math.pi * torch.rand((), generator=chance).item()
    speed = 1 / (_STEPS - 1)
    place, velocity = 0j, speed * complex(math.cos(angle), math.sin(angle))
    # Differs from Kupyn et al. (2018), who draw 2000 steps: 256 are finer than the pixels that they fall into.
    places = []
    for (noise_x, noise_y), (luck, turn) in zip(noise_T2, luck_T2, strict=True):
        places.append(place)
        change = 0j
        if luck < 0.2 * often * expression * 2000 / _STEPS:
            about = math.pi + turn - 0.5
            change = 2 * velocity * complex(math.cos(about), math.sin(about))
        change += expression * (10 * push * complex(noise_x, noise_y) - 0.7 * pull * place) * speed
        velocity += change
        velocity *= speed / max(abs(velocity), 1e-12)
        place += velocity
    path_T2 = torch.tensor([[p.real, p.imag] for p in places])
    path_T2 = path_T2 - path_T2.mean(0)
    # By its spread and not by its ends: a path that dwells in one place smears little, however far it strays.
    spread = (path_T2.square().sum(1).mean() * 12).sqrt()
    return path_T2 / spread.clamp_min(1e-9)


def streak(path_T2: Tensor, length_px: float) -> Tensor:
    """Give what a point becomes along a path.

    Args:
        path_T2: x and y in units of its length.
        length_px: how long the path is made.

    Returns:
        K,K float32, K odd, sums to 1.

    """
    at_T2 = path_T2 * length_px
    half = math.ceil(float(at_T2.abs().max())) + 1
    at_T2 = at_T2 + half
    low_T2 = at_T2.floor()
    part_T2, low = at_T2 - low_T2, low_T2.long()
    side = 2 * half + 2
    flat = torch.zeros(side * side)
    for dy in (0, 1):
        for dx in (0, 1):
            weight_T = (part_T2[:, 0] if dx else 1 - part_T2[:, 0]) * (part_T2[:, 1] if dy else 1 - part_T2[:, 1])
            flat.index_add_(0, (low[:, 1] + dy) * side + low[:, 0] + dx, weight_T)
    kernel_KK = flat.view(side, side)[:-1, :-1]
    return kernel_KK / kernel_KK.sum()
