"""Ghosts of what has passed, beside the seed's method; and how far a ground that stands still drifts in 200 frames."""

from fractions import Fraction

import torch
from common import PAINTING, keep, photograph, table
from seed_method import by_the_seed
from steadiness import ours

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.ghosts import ghost_share, occluder_clip
from mutoscope.testing.motion import smooth_noise

HEIGHT, WIDTH, FRAMES = 144, 256, 12
LONG = 200
NOISE = 2 / 255
"""A camera's grain, so that the film stands still but is never the same twice."""


def occluders():
    ground = photograph(HEIGHT, WIDTH)[0]
    tint = torch.tensor([1.0, 0.35, 0.1])[:, None, None]
    return occluder_clip(ground, (smooth_noise(HEIGHT, WIDTH) * tint + 0.1).clamp(0, 1), FRAMES)


def drift(params: OptimiseParams) -> dict[str, float]:
    """Mean and contrast of the last frame by those of the tenth, grain and all; 108x192 px."""
    ground = photograph(108, 192)
    chance = torch.Generator().manual_seed(1)
    frames = (
        Clip((ground + torch.randn(ground.shape, generator=chance) * NOISE).clamp(0, 1), (i,), Fraction(1, 25))
        for i in range(LONG)
    )
    mean, contrast = [], []
    for painted in Optimise(params)(frames, Context()):
        mean.append(painted.pixels_TCHW.mean().item())
        contrast.append(painted.pixels_TCHW.std().item())
    return {
        "mean": mean[-1] / mean[0],
        "contrast": contrast[-1] / contrast[0],
        "contrast of the last by the tenth": contrast[-1] / contrast[9],
    }


def main() -> None:
    torch.set_num_threads(2)
    clip = occluders()
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    shares = {
        "the seed's method": ghost_share(
            by_the_seed(painter, clip.frames_TCHW), by_the_seed(painter, clip.ground_TCHW), clip
        ),
        "ours": ghost_share(ours(params, clip.frames_TCHW), ours(params, clip.ground_TCHW), clip),
    }
    table(
        f"What is left of bars that passed, {WIDTH}x{HEIGHT}, {FRAMES} frames (goal: energy <= 0.1 of the seed's)",
        ("what", "share", "energy", "of the seed's"),
        [(k, v, v * v, (v / shares["the seed's method"]) ** 2) for k, v in shares.items()],
    )
    drifted = drift(params)
    table(f"A still ground with grain, {LONG} frames (goal: within 2 %)", ("what", "ratio"), list(drifted.items()))
    keep("ghosts", {**shares, "energy ratio": (shares["ours"] / shares["the seed's method"]) ** 2, "drift": drifted})


if __name__ == "__main__":
    main()
