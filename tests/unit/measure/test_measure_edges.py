"""Likeness of edges: what raises it and what lowers it."""

import pytest
import torch

from mutoscope.measure.edges import edge_likeness, edge_strength, structural_similarity
from mutoscope.testing.motion import smooth_noise


def test_a_straight_step_from_black_to_white_has_strength_one():
    step = torch.zeros(3, 17, 23)
    step[:, :, 11:] = 1

    strength = edge_strength(step)

    assert strength.max() == pytest.approx(1)
    assert strength[:, :10].max() == 0


def test_a_frame_is_like_itself():
    x = smooth_noise(33, 47)

    assert edge_likeness(x, x) == pytest.approx(1)


def test_brightness_does_not_matter_and_blur_and_other_pictures_do():
    x = smooth_noise(33, 47)
    blurred = torch.nn.functional.avg_pool2d(x[None], 5, 1, 2, count_include_pad=False)[0]

    brighter, soft, other = (edge_likeness(y, x) for y in (x * 0.8 + 0.2, blurred, smooth_noise(33, 47, 5)))

    assert brighter > 0.9
    assert other < soft < brighter


def test_ssim_is_that_of_the_paper():
    # Two planes of one value each: only the term of luminance is left, (2ab + c1) / (a² + b² + c1).
    found = structural_similarity(torch.full((17, 23), 0.2), torch.full((17, 23), 0.6))

    assert found == pytest.approx((2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4), rel=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2)])
def test_small_frames_have_a_likeness(size):
    x = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))

    assert edge_likeness(x, x) == pytest.approx(1)
