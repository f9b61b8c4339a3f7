"""Blending: exact at both ends, and a feather that stays inside its mask."""

import pytest
import torch

from mutoscope.ops.blend import blend, feather


@pytest.mark.parametrize("width", [0, 1, 3, 9, 40])
def test_feathering_never_grows_a_mask(width):
    mask = torch.rand(2, 1, 33, 41, generator=torch.Generator().manual_seed(0))
    mask[..., 20:] = 0

    soft = feather(mask, width)

    assert (soft <= mask).all()
    assert (soft[mask == 0] == 0).all()


@pytest.mark.parametrize(("width", "soft_px"), [(0, 0), (1, 2), (2, 2), (4, 4), (10, 10), (40, 40)])
def test_the_soft_edge_is_as_wide_as_said(width, soft_px):
    mask = torch.zeros(1, 1, 17, 101)
    mask[..., 30:] = 1

    row = feather(mask, width)[0, 0, 8]

    assert ((row > 0) & (row < 1)).sum() == soft_px
    assert (row[:30] == 0).all()
    assert (row[30 + soft_px :] == 1).all()
    assert (row.diff() >= 0).all()


@pytest.mark.parametrize("width", [0, 6, 100])
def test_a_full_mask_stays_full_up_to_the_frames_edge(width):
    assert torch.equal(feather(torch.ones(1, 1, 17, 23), width), torch.ones(1, 1, 17, 23))


def test_blend_is_exact_at_both_ends_even_beside_nan():
    under, over = torch.rand(1, 3, 3, 5), torch.full((1, 3, 3, 5), torch.nan)
    mask = torch.zeros(1, 1, 3, 5)

    assert torch.equal(blend(under, over, mask), under)
    assert torch.equal(blend(over, under, mask + 1), under)


def test_blend_is_linear_between():
    under, over = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)

    assert torch.allclose(blend(under, over, torch.full((1, 1, 2, 2), 0.3)), torch.tensor(0.3))
