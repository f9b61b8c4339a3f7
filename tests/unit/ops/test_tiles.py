"""Tiles: together they are the picture, with no seam."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.ops.tiles import map_tiles, merge_weights, tiles


@st.composite
def grids(draw):
    side = draw(st.integers(3, 40))
    overlap = draw(st.integers(0, (side + 1) // 2 - 1))
    offset = draw(st.tuples(st.integers(0, 60), st.integers(0, 60)))
    return draw(st.integers(1, 70)), draw(st.integers(1, 70)), side, overlap, offset


@settings(max_examples=150, deadline=None)
@given(grids())
def test_weights_sum_to_one_at_every_pixel(grid):
    height, width, side, overlap, offset = grid
    total = torch.zeros(1, 1, height, width)

    for tile in tiles(height, width, side, overlap, offset):
        tile.of(total).add_(merge_weights(tile, height, width, overlap))

    assert torch.allclose(total, torch.ones_like(total), atol=1e-6, rtol=0)


@settings(max_examples=50, deadline=None)
@given(grids())
def test_doing_nothing_gives_the_picture_back(grid):
    height, width, side, overlap, offset = grid
    x = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))

    assert torch.allclose(map_tiles(x, lambda t, _: t, side, overlap, offset), x, atol=1e-6, rtol=0)


@settings(max_examples=50, deadline=None)
@given(grids())
def test_tiles_are_never_larger_than_asked(grid):
    height, width, side, overlap, offset = grid

    for tile in tiles(height, width, side, overlap, offset):
        assert 0 < tile.bottom - tile.top <= side
        assert 0 < tile.right - tile.left <= side


def test_tiles_of_different_brightness_meet_without_a_step():
    x = torch.zeros(1, 1, 33, 97)

    out = map_tiles(x, lambda t, tile: t + (tile.left // 24) % 2, 32, 8)

    assert out.diff(dim=3).abs().max() < 0.25


def test_an_overlap_of_half_a_tile_is_refused():
    with pytest.raises(ValueError, match="less than half"):
        list(tiles(10, 10, 8, 4))
