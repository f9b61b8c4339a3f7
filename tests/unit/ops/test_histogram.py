"""Histogram loss against its laws."""

import pytest
import torch

from mutoscope.ops.histogram import histogram_loss, histogram_match
from mutoscope.ops.quantiles import quantiles


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_matched_maps_have_the_wanted_values_in_the_old_order():
    x, wanted = rand(3, 35), rand(3, 35, seed=1)

    matched = histogram_match(x, wanted.sort(1).values)

    assert torch.equal(matched.sort(1).values, wanted.sort(1).values)
    assert torch.equal(matched.argsort(1), x.argsort(1))


def test_a_map_with_the_wanted_histogram_is_at_rest():
    x = rand(3, 35)

    assert histogram_loss(x, quantiles(x.flip(1), 35)).item() == 0


def test_brightness_counts_in_units_of_variance():
    x = rand(1, 35)
    spread = x.var(correction=0)

    loss = histogram_loss(x + 2 * spread.sqrt(), quantiles(x, 35))

    assert loss.item() == pytest.approx(4)


def test_place_does_not_matter():
    x, wanted = rand(3, 35), quantiles(rand(3, 20, seed=1), 64)

    torch.testing.assert_close(histogram_loss(x.flip(1), wanted), histogram_loss(x, wanted))


def test_its_gradient_agrees_with_finite_differences():
    # The matched map is a constant only where ranks stay; so small steps see the paper's gradient.
    x, wanted = rand(3, 12).requires_grad_(True), quantiles(rand(3, 20, seed=1), 12)

    assert torch.autograd.gradcheck(lambda v: histogram_loss(v, wanted), x)
