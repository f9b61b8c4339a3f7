"""Resampled and blended distributions, against numbers and laws."""

import pytest
import torch

from mutoscope.ops.quantiles import blend_quantiles, quantiles


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_as_many_quantiles_as_values_are_the_sorted_values():
    assert quantiles(torch.tensor([[3.0, 1.0, 2.0]]), 3).tolist() == [[1.0, 2.0, 3.0]]


def test_fewer_quantiles_are_means_of_equal_shares():
    assert quantiles(torch.tensor([[4.0, 1.0, 2.0, 3.0]]), 2).tolist() == [[1.5, 3.5]]


def test_more_quantiles_lie_between_the_values():
    assert quantiles(torch.tensor([[2.0, 0.0]]), 4).tolist() == [[0.0, 0.5, 1.5, 2.0]]


@pytest.mark.parametrize("num", [5, 17, 40])
def test_quantiles_ascend_and_keep_the_mean(num):
    x = rand(3, 17)

    q = quantiles(x, num)

    assert q.shape == (3, num)
    assert (q.diff(dim=1) >= 0).all()
    assert torch.allclose(q.mean(1), x.mean(1), atol=0.02)


def test_a_blend_of_two_points_is_the_point_between():
    blended = blend_quantiles([torch.zeros(1, 5), torch.ones(1, 9)], [0.25, 0.75], 7)

    assert torch.allclose(blended, torch.full((1, 7), 0.75))


def test_a_blend_with_itself_changes_nothing():
    x = rand(2, 17)

    torch.testing.assert_close(blend_quantiles([x, x.flip(1)], [0.3, 0.7], 17), x.sort(1).values)
