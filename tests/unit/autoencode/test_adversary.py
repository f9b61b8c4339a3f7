"""What the discriminator sees, how it learns, how hard it may push; and when."""

import pytest
import torch

from mutoscope.autoencode.adversary import (
    Augmentation,
    adaptive_weight,
    diff_augment,
    draw_augmentation,
    features_distance,
    hinge_loss,
)
from mutoscope.autoencode.phases import moment_at
from mutoscope.core.random import generator

HEIGHT, WIDTH = 17, 23


def frames(num: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.rand((num, 3, HEIGHT, WIDTH), generator=generator(seed, 0, "frames"))


def unchanged(num: int = 4) -> Augmentation:
    return Augmentation(
        torch.tensor([[0.0, 1.0, 1.0]]).expand(num, 3),
        torch.zeros(num, 2, dtype=torch.long),
        torch.zeros(num, 4, dtype=torch.long),
    )


def test_an_augmentation_of_nothing_changes_nothing():
    x = frames()

    assert torch.allclose(diff_augment(x, unchanged()), x, atol=1e-6)


def test_what_is_moved_in_and_cut_out_is_grey_and_the_rest_is_moved():
    x, how = frames(), unchanged()
    how = Augmentation(how.colour_N3, torch.tensor([[2, -3]] * 4), torch.tensor([[5, 6, 9, 11]] * 4))

    y = diff_augment(x, how)

    assert torch.allclose(y[:, :, 10, 7], x[:, :, 12, 4], atol=1e-6)
    assert (y[:, :, -2:] == 0.5).all()
    assert (y[:, :, :, :3] == 0.5).all()
    assert (y[:, :, 5:9, 6:11] == 0.5).all()


def test_gradients_go_through_what_is_seen_and_no_further():
    x, how = frames().requires_grad_(), unchanged()
    how = Augmentation(how.colour_N3, how.shift_N2, torch.tensor([[5, 6, 9, 11]] * 4))

    diff_augment(x, how).sum().backward()

    assert x.grad is not None
    assert (x.grad[:, :, 5:9, 6:11].abs() < 1e-6).all()
    assert torch.allclose(x.grad[:, :, 0, 0], torch.ones(()), atol=1e-5)


def test_augmentations_keep_to_the_policy_of_the_paper():
    how = draw_augmentation(500, HEIGHT, WIDTH, generator(3, 0, "test"))
    brightness, saturation, contrast = how.colour_N3.unbind(1)
    height, width = how.hole_N4[:, 2] - how.hole_N4[:, 0], how.hole_N4[:, 3] - how.hole_N4[:, 1]

    assert -0.25 <= brightness.min() < -0.2
    assert 0.2 < brightness.max() <= 0.25
    assert 0 <= saturation.min() < 0.1
    assert 1.9 < saturation.max() <= 2
    assert 0.5 <= contrast.min() < 0.6
    assert 1.4 < contrast.max() <= 1.5
    assert (how.shift_N2[:, 0].unique() == torch.arange(-2, 3)).all()
    assert (how.shift_N2[:, 1].unique() == torch.arange(-3, 4)).all()
    assert (height == 9).all()
    assert (width == 12).all()


def test_the_same_chance_draws_the_same_augmentation():
    one, other = (draw_augmentation(5, HEIGHT, WIDTH, generator(3, 0, "test")) for _ in range(2))

    assert torch.equal(diff_augment(frames(5), one), diff_augment(frames(5), other))


def test_a_discriminator_that_is_sure_enough_learns_nothing():
    assert hinge_loss(torch.tensor([1.0, 2.0]), torch.tensor([-1.5])).item() == 0
    assert hinge_loss(torch.tensor([0.0]), torch.tensor([0.0, 0.0])).item() == 2


def test_a_push_is_shortened_to_the_reconstruction_and_never_made_longer():
    reference, pushing = torch.full((9,), 0.1), torch.full((9,), 0.4)

    assert adaptive_weight(reference, pushing).item() == pytest.approx(0.25)
    assert adaptive_weight(pushing, reference).item() == 1
    assert adaptive_weight(reference, torch.zeros(9)).item() == 1


def test_likeness_does_not_depend_on_the_size_of_features():
    a, b = [frames(2, 1), frames(2, 2)], [frames(2, 3), frames(2, 4)]

    assert features_distance(a, a).item() == 0
    assert features_distance([9 * f for f in a], [9 * f for f in b]).item() == pytest.approx(
        features_distance(a, b).item(), rel=1e-5
    )


def test_the_discriminator_pushes_in_the_finish_only_and_ever_harder():
    moments = [moment_at(i / 100, 0.25) for i in range(101)]

    assert [m.phase for m in moments].index("finish") == 75
    assert all(m.push == 0 for m in moments[:75])
    assert [m.push for m in moments[75:]] == sorted(m.push for m in moments[75:])
    assert moments[-1].push == 1


def test_rates_fall_within_each_phase():
    for phase in ("variational", "finish"):
        rates = [m.rate for m in (moment_at(i / 100, 0.25) for i in range(101)) if m.phase == phase]
        assert rates == sorted(rates, reverse=True)
        assert rates[-1] < 0.2 * rates[0]


def test_without_a_finish_there_is_none():
    assert {moment_at(i / 10, 0).phase for i in range(11)} == {"variational"}


def test_a_finish_alone_leaves_the_encoder_time_to_learn():
    assert moment_at(0, 1).phase == "variational"


def test_the_seeds_training_is_one_phase():
    assert {moment_at(i / 10, 0.25, is_larsen=True).phase for i in range(11)} == {"larsen"}
