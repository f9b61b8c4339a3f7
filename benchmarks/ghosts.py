"""Ghosts of what has passed, beside the seed's method; and how far a ground that stands still drifts in 200 frames."""

from fractions import Fraction

import torch
from common import DATA, PAINTING, keep, photograph, table
from seed_method import by_the_seed
from steadiness import ours

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context
from mutoscope.ops.resize import resize
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.ghosts import OccluderClip, ghost_share, occluder_clip
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.read import read_picture

HEIGHT, WIDTH, FRAMES = 144, 256, 12
LONG = 200
NOISE = 2 / 255
"""A camera's grain, so that the film stands still but is never the same twice."""


def occluders(ground_CHW: torch.Tensor) -> OccluderClip:
    tint = torch.tensor([1.0, 0.35, 0.1])[:, None, None]
    return occluder_clip(ground_CHW, (smooth_noise(HEIGHT, WIDTH) * tint + 0.1).clamp(0, 1), FRAMES)


def grounds() -> dict[str, torch.Tensor]:
    picture = sorted((DATA / "photographs").glob("*.jpg"))[10]
    return {
        "cartoon": photograph(HEIGHT, WIDTH)[0],
        picture.stem: resize(read_picture(picture).pixels_TCHW, HEIGHT, WIDTH)[0],
    }


def drift(params: OptimiseParams) -> dict[str, float]:
    """Mean and contrast of the last frame by those of the first, under grain; 108x192 px."""
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
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    rows, numbers, energy = [], {}, {"the seed's method": 0.0, "ours": 0.0}
    for ground, picture in grounds().items():
        clip = occluders(picture)
        made = {
            "the seed's method": [by_the_seed(painter, x) for x in (clip.frames_TCHW, clip.ground_TCHW)],
            "ours": [ours(params, x) for x in (clip.frames_TCHW, clip.ground_TCHW)],
        }
        for name, (painted, bare) in made.items():
            share = ghost_share(painted, bare, clip)
            energy[name] += share**2 / 2
            rows.append((ground, name, share, share**2))
            numbers[f"{ground}, {name}"] = share
    rows.append(("both", "ours / the seed's", "", energy["ours"] / energy["the seed's method"]))
    numbers["energy ratio (<= 0.1)"] = energy["ours"] / energy["the seed's method"]
    table(
        f"What is left of bars that passed, {WIDTH}x{HEIGHT}, {FRAMES} frames (goal: energy <= 0.1 of the seed's)",
        ("ground", "what", "share", "energy"),
        rows,
    )
    drifted = drift(params)
    table(f"A still ground with grain, {LONG} frames (goal: within 2 %)", ("what", "ratio"), list(drifted.items()))
    keep("ghosts", {**numbers, "drift": drifted})


if __name__ == "__main__":
    main()
