"""Style distance: near to the painting itself, far from something else."""

import pytest
import torch

from mutoscope.measure.params import MeasureParams
from mutoscope.measure.style_distance import measure_style, style_distance
from mutoscope.models.backbones import BACKBONES, load_backbone
from mutoscope.testing.motion import smooth_noise


def test_the_picture_itself_is_at_no_distance_and_noise_is():
    backbone, picture = load_backbone("tiny"), smooth_noise(48, 64)
    wanted = measure_style(backbone, picture[None], 48, 64)

    assert style_distance(backbone, picture, wanted) == pytest.approx(0, abs=1e-9)
    assert style_distance(backbone, torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(1)), wanted) > 0.1


def test_the_picture_is_measured_at_the_frames_area():
    backbone, picture = load_backbone("tiny"), smooth_noise(96, 128)
    small = torch.nn.functional.interpolate(picture[None], (48, 64), mode="bicubic", antialias=True)[0].clamp(0, 1)

    assert style_distance(backbone, small, measure_style(backbone, picture[None], 48, 64)) < 1e-6


def test_every_backbone_may_judge():
    choices = MeasureParams.model_fields["backbone"].annotation.__args__

    assert set(choices) == set(BACKBONES)
