"""Each loss against its formula written out, and its gradient against finite differences."""

import pytest
import torch

from mutoscope.ops.gram import gram_matrix
from mutoscope.ops.losses import (
    content_loss,
    gram_loss,
    relative_square_errors,
    temporal_loss,
    total_variation,
)


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_content_loss_is_the_seeds_formula():
    F, P = rand(1, 4, 5, 7), rand(1, 4, 5, 7, seed=1)
    N, M = 4, 35

    expected = sum((F[0, i].flatten()[j] - P[0, i].flatten()[j]) ** 2 for i in range(N) for j in range(M))

    assert content_loss(F, P).item() == pytest.approx((expected / (N * M)).item())


def test_gram_loss_is_the_seeds_formula_when_sizes_agree():
    F, S = rand(1, 4, 5, 7), rand(1, 4, 5, 7, seed=1)
    N, M = 4, 35
    G, A = gram_matrix(F)[0], gram_matrix(S)[0]

    expected = ((G - A) ** 2).sum() / (N**2 * M**2)

    assert gram_loss(F, gram_matrix(S) / M).item() == pytest.approx(expected.item())


def test_temporal_loss_ignores_pixels_of_weight_zero():
    x, omega = rand(1, 3, 5, 7), rand(1, 3, 5, 7, seed=1)
    c = torch.zeros(1, 1, 5, 7, dtype=torch.float64)
    c[0, 0, 2, 3] = 1

    expected = ((x - omega)[0, :, 2, 3] ** 2).sum() / (3 * 5 * 7)

    assert temporal_loss(x, omega, c).item() == pytest.approx(expected.item())


def test_total_variation_of_a_step_edge():
    x = torch.zeros(1, 3, 5, 7)
    x[..., 3:] = 1

    assert total_variation(x).item() == pytest.approx(5 * 3 / (3 * 5 * 7))
    assert total_variation(torch.rand(1, 3, 1, 1)).item() == 0


def test_relative_square_errors_are_one_for_zeros():
    target = rand(3, 4) + 1

    assert relative_square_errors(torch.zeros_like(target), target).tolist() == pytest.approx([1] * len(target))


@pytest.mark.parametrize("name", ["content", "gram", "temporal", "variation", "relative"])
def test_gradients_agree_with_finite_differences(name):
    other, weights = rand(1, 3, 4, 5, seed=1), rand(1, 1, 4, 5, seed=2).round()
    losses = {
        "content": lambda x: content_loss(x, other),
        "gram": lambda x: gram_loss(x, gram_matrix(other) / 20),
        "temporal": lambda x: temporal_loss(x, other, weights),
        "variation": total_variation,
        "relative": lambda x: relative_square_errors(x, other).sum(),
    }

    assert torch.autograd.gradcheck(losses[name], rand(1, 3, 4, 5).requires_grad_(True))
