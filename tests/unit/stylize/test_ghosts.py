"""What the seed found in its own films: smudges, a duplicate leg, and grounds that change while nothing moves."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch

import mutoscope
from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.ghosts import ghost_share, occluder_clip
from mutoscope.testing.motion import smooth_noise

PAINTING = Path(mutoscope.__file__).parent / "data" / "van-gogh-starry-night.jpg"


def painted(frames, **given):
    params = OptimiseParams(style=str(PAINTING), iterations=20, iterations_next=10, coarsest=48, **given)
    clip = Clip(frames, tuple(range(len(frames))), Fraction(1, 25))
    return Clip.join(list(Optimise(params)(clip.frames(), Context()))).pixels_TCHW


def test_nothing_is_left_of_a_bar_that_has_passed():
    figure = (smooth_noise(54, 96, 1) * torch.tensor([1, 0.35, 0.1])[:, None, None] + 0.1).clamp(0, 1)
    clip = occluder_clip(smooth_noise(54, 96), figure, 5)

    share = ghost_share(painted(clip.frames_TCHW), painted(clip.ground_TCHW), clip)

    assert ghost_share(clip.frames_TCHW, clip.ground_TCHW, clip) == pytest.approx(0, abs=1e-5)
    assert abs(share) < 0.1


def test_a_ghost_is_seen_where_there_is_one():
    clip = occluder_clip(torch.full((3, 54, 96), 0.3), torch.full((3, 54, 96), 0.9), 6)
    smeared = clip.frames_TCHW.clone()
    smeared[1:] = 0.6 * smeared[1:] + 0.4 * clip.frames_TCHW[:-1]

    assert ghost_share(smeared, clip.ground_TCHW, clip) > 0.1


def test_a_still_ground_under_grain_does_not_drift_in_two_hundred_frames():
    ground, chance = smooth_noise(36, 64)[None], torch.Generator().manual_seed(3)
    grain = torch.randn(200, 3, 36, 64, generator=chance) * 2 / 255
    quick = {"iterations": 30, "iterations_next": 3, "learning_rate_next": 0.01, "coarsest": None}
    params = OptimiseParams(style=str(PAINTING), **quick)
    clip = Clip((ground + grain).clamp(0, 1), tuple(range(200)), Fraction(1, 25))

    frames = Clip.join(list(Optimise(params)(clip.frames(), Context()))).pixels_TCHW

    assert abs(frames[-1].mean() / frames[0].mean() - 1) < 0.02
    assert abs(frames[-1].std() / frames[0].std() - 1) < 0.02
