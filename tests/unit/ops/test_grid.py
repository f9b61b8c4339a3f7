"""Masks on the grid of a feature map."""

import pytest
import torch

from mutoscope.ops.grid import mask_on_grid


@pytest.mark.parametrize(("height", "width"), [(17, 23), (9, 12), (5, 6), (3, 3), (2, 2)])
def test_a_full_mask_is_full_on_every_grid(height, width):
    assert torch.equal(mask_on_grid(torch.ones(1, 1, 17, 23), height, width), torch.ones(1, 1, height, width))


def test_positions_stand_where_a_convolution_of_stride_two_puts_them():
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 6:8] = 1  # around position 3.5 of a map of stride 2

    on_grid = mask_on_grid(mask, 8, 8)

    assert on_grid[0, 0, 4].tolist() == [0, 0, 0, 0.5, 0.5, 0, 0, 0]


def test_the_size_of_the_input_is_the_mask_itself():
    mask = torch.rand(1, 1, 17, 23)

    assert torch.equal(mask_on_grid(mask, 17, 23), mask)


def test_a_part_beginning_at_a_multiple_of_the_stride_has_the_same_grid():
    mask = torch.rand(1, 1, 64, 96)

    whole, part = mask_on_grid(mask, 16, 24), mask_on_grid(mask[..., 16:, 32:], 12, 16)

    torch.testing.assert_close(part[..., 1:, 1:], whole[..., 5:, 9:])
