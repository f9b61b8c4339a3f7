"""Sliced Wasserstein distance against what transport theory says."""

import pytest
import torch

from mutoscope.ops.sliced_wasserstein import directions, sliced_wasserstein_loss


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def drawn(num: int = 6, features: int = 4, seed: int = 9) -> torch.Tensor:
    return directions(num, features, torch.Generator().manual_seed(seed)).double()


def distance(x: torch.Tensor, *wanted: torch.Tensor, shares: tuple[float, ...] = (1.0,)) -> torch.Tensor:
    return sliced_wasserstein_loss(x, wanted, shares, drawn())


def test_directions_have_length_one_and_no_preference():
    d = directions(4000, 3, torch.Generator().manual_seed(0))

    assert torch.allclose(d.norm(dim=1), torch.ones(4000))
    assert torch.allclose(d.T @ d / 4000, torch.eye(3) / 3, atol=0.02)


def test_the_distance_to_oneself_is_zero_in_any_order():
    x = rand(4, 35)

    assert distance(x, x.flip(1)).item() < 1e-30


def test_a_shift_costs_its_square_along_the_direction():
    x, shift = rand(4, 35), rand(4, 1, seed=1)
    along = (shift / shift.norm()).T

    loss = sliced_wasserstein_loss(x + shift, [x], [1.0], along)

    assert loss.item() == pytest.approx(shift.square().sum().item())


def test_a_shift_costs_its_square_over_the_dimensions_on_average():
    x, shift = rand(4, 35), torch.tensor([[1.0], [2.0], [0.0], [1.0]], dtype=torch.float64)

    loss = sliced_wasserstein_loss(x + shift, [x], [1.0], drawn(20_000))

    assert loss.item() == pytest.approx(6 / 4, rel=0.02)


def test_the_number_of_positions_does_not_matter():
    x, wanted = rand(4, 35), rand(4, 20, seed=1)

    assert distance(x, wanted.repeat_interleave(3, 1)).item() == pytest.approx(distance(x, wanted).item(), rel=0.05)
    assert distance(x, rand(4, 4000, seed=2)).item() < 0.01


def test_it_sees_what_mean_and_covariance_do_not():
    two_points = torch.tensor([[-1.0, 1.0] * 50], dtype=torch.float64)
    even = torch.linspace(-1, 1, 100, dtype=torch.float64)[None]
    even = even / even.square().mean().sqrt()

    loss = sliced_wasserstein_loss(two_points, [even], [1.0], torch.ones(1, 1, dtype=torch.float64))

    # Mean square of u - 1 for u even on 0..sqrt(3): 2 - sqrt(3).
    assert loss.item() == pytest.approx(2 - 3**0.5, rel=0.02)


def test_halfway_between_two_styles_is_at_their_mix():
    x, shift = rand(4, 35), rand(4, 1, seed=1)

    assert distance(x + shift / 2, x, x + shift, shares=(0.5, 0.5)).item() == pytest.approx(0, abs=1e-12)


def test_its_gradient_agrees_with_finite_differences():
    x, wanted = rand(4, 12).requires_grad_(True), rand(4, 7, seed=1)

    assert torch.autograd.gradcheck(lambda v: distance(v, wanted), x)
