"""Warping against shifts done by slicing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.ops.warp import inside_frame, warp


def picture(height: int = 17, width: int = 23) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def uniform_flow(dx: float, dy: float, height: int = 17, width: int = 23) -> torch.Tensor:
    return torch.tensor([dx, dy]).view(1, 2, 1, 1).expand(1, 2, height, width).clone()


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_no_flow_changes_nothing(mode):
    x = picture()

    assert torch.allclose(warp(x, uniform_flow(0, 0), mode), x, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(dx=st.integers(-4, 4), dy=st.integers(-4, 4))
def test_whole_pixel_flow_is_a_shift(dx, dy):
    x = picture()

    out = warp(x, uniform_flow(dx, dy), "bicubic")

    rows, cols = torch.arange(5, 12), torch.arange(5, 18)
    assert torch.allclose(out[0, :, rows][:, :, cols], x[0, :, rows + dy][:, :, cols + dx], atol=1e-4)


def test_half_pixel_flow_is_the_mean_of_neighbours():
    x = picture()

    out = warp(x, uniform_flow(0.5, 0), "bilinear")

    assert torch.allclose(out[..., :-1], (x[..., :-1] + x[..., 1:]) / 2, atol=1e-5)


def test_outside_takes_the_nearest_edge():
    x = picture()

    out = warp(x, uniform_flow(-100, 0), "bilinear")

    assert torch.allclose(out, x[..., :1].expand_as(x), atol=1e-5)


def test_inside_frame_counts_pixels():
    inside = inside_frame(uniform_flow(3, -2))

    assert inside.sum().item() == (23 - 3) * (17 - 2)
