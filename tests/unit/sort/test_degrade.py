"""Spoiled pictures: more of a fault is more of it, and the truth about it fits."""

import pytest
import torch

from mutoscope.ops.primaries import srgb_to_linear
from mutoscope.sort.degrade import OUTPUTS, Degradation, degrade, draw
from mutoscope.sort.synthetic import example, part_of
from mutoscope.testing.motion import smooth_noise


def picture(height: int = 61, width: int = 83) -> torch.Tensor:
    return smooth_noise(height, width, 3).clamp(0.05, 0.9)


@pytest.mark.parametrize("kind", ["defocus", "camera"])
def test_more_blur_leaves_less_detail(kind):
    x_3HW = picture()
    spoiled = [degrade(x_3HW, Degradation(kind, size, seed=3)) for size in (0.0, 1.0, 2.0, 4.0, 8.0)]
    left = [float((y_3HW[:, :, 1:] - y_3HW[:, :, :-1]).square().mean()) for y_3HW in spoiled]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.5 * left[0]


def test_more_light_is_brighter_and_clips():
    x_3HW = picture()
    means = [float(degrade(x_3HW, Degradation(stops=stops)).mean()) for stops in (-3.0, -1.0, 0.0, 1.0, 3.0)]
    assert means == sorted(means)
    assert float((degrade(x_3HW, Degradation(stops=3)) == 1).float().mean()) > 0.3


def test_stops_are_doublings_of_light():
    x_3HW = torch.full((3, 17, 23), 0.25)
    half = srgb_to_linear(degrade(x_3HW, Degradation(stops=-1))).mean() / srgb_to_linear(x_3HW).mean()
    assert float(half) == pytest.approx(0.5, abs=0.02)


def test_blur_keeps_the_light_as_it_mixes_light_and_not_numbers():
    x_3HW = torch.zeros(3, 33, 41)
    x_3HW[:, 16, 20] = 1.0
    before = srgb_to_linear(x_3HW).sum()
    after = srgb_to_linear(degrade(x_3HW, Degradation("defocus", 3.0))).sum()
    assert float(after / before) == pytest.approx(1.0, abs=0.05)


def test_a_moving_part_leaves_the_rest_sharp_and_is_no_blurred_picture():
    x_3HW = picture()
    how = Degradation("subject", 12.0, seed=4)
    same = (degrade(x_3HW, how) - degrade(x_3HW, Degradation())).abs().amax(0) < 2 / 255
    assert 0.5 < float(same.float().mean()) < 0.98
    assert how.truth().tolist() == [0, 0, 0, pytest.approx(0, abs=0.01), pytest.approx(0, abs=0.01)]


def test_truth_grows_with_the_fault_and_names_its_kind():
    at = [float(Degradation("defocus", size).truth()[0]) for size in (0.2, 0.4, 0.5, 0.6, 3.0)]
    assert at == sorted(at)
    assert at[0] < 0.01
    assert at[2] == pytest.approx(0.5)
    assert at[-1] > 0.99
    assert Degradation("camera", 9.0, stops=2).truth().round().tolist() == [1, 0, 1, 0, 1]
    assert Degradation(stops=-2.2).truth().round().tolist() == [0, 0, 0, 1, 0]


def test_the_same_seed_spoils_the_same_way():
    x_3HW = picture()
    first, how = example(x_3HW, 5, 9)
    second, again = example(x_3HW, 5, 9)
    assert how == again
    assert torch.equal(first, second)
    assert example(x_3HW, 6, 9)[1] != how


def test_drawing_gives_every_kind_and_both_sides_of_exposure():
    drawn = [draw(seed) for seed in range(200)]
    assert {d.kind for d in drawn} == {"none", "defocus", "camera", "subject", "background"}
    truths = torch.stack([d.truth() for d in drawn])
    assert truths.shape[1] == len(OUTPUTS)
    assert bool(((truths > 0.9).float().mean(0) > 0.05).all())


def test_the_input_is_left_alone_and_the_result_in_range():
    x_3HW = picture(17, 23)
    before = x_3HW.clone()
    for seed in range(12):
        y_3HW = degrade(x_3HW, draw(seed))
        assert y_3HW.shape == x_3HW.shape
        assert 0 <= float(y_3HW.min()) <= float(y_3HW.max()) <= 1
    assert torch.equal(x_3HW, before)


def test_parts_are_never_enlarged():
    small = picture(30, 40)
    assert max(part_of(small, 0, 3).shape) <= 40
