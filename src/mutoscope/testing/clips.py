"""Small clips by formula, with odd sides: even ones hide faults."""

from fractions import Fraction

import torch

from mutoscope.core.clip import Clip

__all__ = ["gradient_clip"]


def gradient_clip(
    num_frames: int = 7, height: int = 17, width: int = 23, seed: int = 0, *, alpha: bool = False
) -> Clip:
    """Make a clip of noise over a moving gradient, with uneven time stamps (a variable frame rate).

    With `alpha`, its left edge is clear and its right edge opaque.
    """
    generator = torch.Generator().manual_seed(seed)
    y = torch.linspace(0, 1, height)[:, None]
    x = torch.linspace(0, 1, width)[None]
    frames = []
    for i in range(num_frames):
        base = torch.stack([(x + y + i / 10) % 1, x.expand(height, width), y.expand(height, width)])
        noise = torch.rand(base.shape, generator=generator)
        frames.append((0.7 * base + 0.3 * noise).clamp(0, 1))
    pts = tuple(7 + 10 * i + (i % 3) for i in range(num_frames))
    alpha_T1HW = x.expand(num_frames, 1, height, width).clone() if alpha else None
    return Clip(torch.stack(frames), pts, Fraction(1, 240), alpha_T1HW)
