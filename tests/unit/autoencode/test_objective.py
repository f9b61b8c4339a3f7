"""What the variational phase minimises: each term against its formula, and where its gradient leads."""

import math

import pytest
import torch

from mutoscope.autoencode.objective import film_losses, movement_loss, prior_loss, structure_loss
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.core.random import generator
from mutoscope.effects.params import make_params

HEIGHT, WIDTH = 27, 45


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=generator(seed, 0, "noise"))


def params(**said: object) -> TrainAutoencoderParams:
    return make_params(TrainAutoencoderParams, said)


def judged(x: torch.Tensor, y: torch.Tensor, num_pairs: int = 0, **said: object):
    mean, log_variance = torch.zeros(len(x), 6), torch.zeros(len(x), 6)
    return film_losses(x, y, mean, log_variance, num_pairs, params(**said))


def test_a_perfect_memory_costs_what_its_latents_cost():
    x = noise(4, 3, HEIGHT, WIDTH)

    losses = judged(x, x.clone(), num_pairs=2).floats()

    assert losses["pixels"] == 0
    assert losses["structure"] == pytest.approx(0, abs=1e-6)
    assert losses["movement"] == 0
    assert 0 < losses["prior"] < 1e-4


def test_the_total_is_the_sum_of_what_is_told():
    x, y = noise(4, 3, HEIGHT, WIDTH), noise(4, 3, HEIGHT, WIDTH, seed=1)

    losses = judged(x, y, num_pairs=2)

    assert float(losses.total) == pytest.approx(sum(losses.floats().values()), rel=1e-6)
    assert set(losses.floats()) == set(losses.numbers()) == {"pixels", "structure", "prior", "movement"}
    assert all(value > 0 for value in losses.floats().values())


def test_pixels_are_the_mean_absolute_error():
    x = torch.full((2, 3, HEIGHT, WIDTH), 0.5)

    assert judged(x, x - 0.125).floats()["pixels"] == pytest.approx(0.125)


@pytest.mark.parametrize(("mean", "deviation"), [(0.5, 0.2), (-1.5, 1.0), (0.0, 2.0)])
def test_the_prior_is_the_divergence_of_two_normal_distributions(mean, deviation):
    q, p = torch.distributions.Normal(mean, deviation), torch.distributions.Normal(0.0, 1.0)
    expected = 6 * float(torch.distributions.kl_divergence(q, p))

    given = prior_loss(torch.full((3, 6), mean), torch.full((3, 6), 2 * math.log(deviation)))

    assert float(given) == pytest.approx(expected, rel=1e-5)


def test_a_latent_that_says_next_to_nothing_is_not_pushed_further():
    mean_NL = torch.tensor([[0.1, 1.0], [-0.1, -1.0]], requires_grad=True)

    prior_loss(mean_NL, torch.zeros(2, 2)).backward()

    assert mean_NL.grad is not None
    assert mean_NL.grad[:, 0].tolist() == [0, 0]
    assert mean_NL.grad[:, 1].abs().min() > 0


def test_the_weight_of_the_prior_is_the_users():
    x = noise(2, 3, HEIGHT, WIDTH)

    assert judged(x, x, kl=3.0).floats()["prior"] == pytest.approx(3 * judged(x, x).floats()["prior"])
    assert judged(x, x, kl=0.0).floats()["prior"] == 0


def test_structure_sees_blur_and_not_brightness():
    x = noise(2, 3, 64, 96) * 0.5
    blurred = torch.nn.functional.avg_pool2d(x, 3, 1, 1)
    brighter = x + (blurred - x).abs().mean()

    assert structure_loss(x, blurred) > 5 * structure_loss(x, brighter)
    assert 0 < structure_loss(x, 1 - x) <= 2


@pytest.mark.parametrize("sides", [(16, 16), (17, 23), (8, 8), (40, 200)])
def test_structure_of_frames_of_any_size_has_a_gradient(sides):
    x, y = noise(1, 3, *sides), noise(1, 3, *sides, seed=1).requires_grad_()

    structure_loss(x, y).backward()

    assert y.grad is not None
    assert torch.isfinite(y.grad).all()
    assert y.grad.abs().max() > 0


def test_structure_of_flat_frames_is_a_number():
    black = torch.zeros(1, 3, 16, 24, requires_grad=True)

    loss = structure_loss(torch.zeros(1, 3, 16, 24), black)
    loss.backward()

    assert float(loss.detach()) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(black.grad).all()


def test_a_still_memory_of_a_slow_movement_costs_as_much_as_of_a_fast_one():
    moved = noise(3, 3, HEIGHT, WIDTH) - 0.5

    slow = movement_loss(moved * 0.2, torch.zeros_like(moved))
    fast = movement_loss(moved, torch.zeros_like(moved))

    assert float(fast) == pytest.approx(1, abs=0.05)
    assert float(slow) > 0.9


def test_movement_is_nothing_where_nothing_moves_or_all_moves_alike():
    moved = noise(3, 3, HEIGHT, WIDTH) - 0.5
    still = torch.zeros_like(moved)

    assert movement_loss(still, still) == 0
    assert movement_loss(moved, moved) == 0
    assert movement_loss(moved, -moved) > 1.5


def test_movement_is_asked_of_each_frame_and_its_own_neighbour():
    x = noise(5, 3, HEIGHT, WIDTH)
    y = x + noise(5, 3, 1, 1, seed=1)
    # The same error on both of a pair leaves the movement as it is.
    y[2:4] = x[2:4] + (y[:2] - x[:2])

    assert judged(x, y, num_pairs=2).floats()["movement"] == pytest.approx(0, abs=1e-6)
    assert judged(x, y, num_pairs=1).floats()["movement"] > 1e-4


def test_without_neighbours_or_weight_no_movement_is_asked():
    x, y = noise(4, 3, HEIGHT, WIDTH), noise(4, 3, HEIGHT, WIDTH, seed=1)

    assert judged(x, y, num_pairs=0).floats()["movement"] == 0
    assert judged(x, y, num_pairs=2, motion=0.0).floats()["movement"] == 0
