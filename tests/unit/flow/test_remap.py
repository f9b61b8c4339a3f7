"""OpenCV's remap against the project's own warp."""

import pytest
import torch

from mutoscope.flow.remap import remap
from mutoscope.ops.warp import warp
from mutoscope.testing.motion import smooth_noise


def swirl(height: int, width: int, strength_px: float) -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    return strength_px * torch.stack([torch.sin(2.1 * y) + 0.3 * x, torch.cos(1.7 * x) - 0.6 * y])


@pytest.mark.parametrize("strength_px", [0.4, 3.0, 40.0])
@pytest.mark.parametrize("size", [(37, 51), (64, 23)])
def test_it_agrees_with_warp(size, strength_px):
    x, flow = smooth_noise(*size), swirl(*size, strength_px)

    error = (remap(x, flow) - warp(x[None], flow[None])[0]).abs()

    # Places are rounded to 1/32 px, and neighbours differ by up to a quarter here.
    assert error.max() < 0.02
    assert error.mean() < 0.002


def test_no_flow_changes_nothing():
    x = smooth_noise(17, 23)

    assert torch.equal(remap(x, torch.zeros(2, 17, 23)), x)


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (0, -4), (-2, 5)])
def test_a_whole_pixel_flow_is_a_shift(dx, dy):
    x = smooth_noise(31, 43)

    out = remap(x, torch.tensor([dx, dy]).float().view(2, 1, 1).expand(2, 31, 43))

    torch.testing.assert_close(out[:, 6:-6, 6:-6], x.roll((-dy, -dx), (1, 2))[:, 6:-6, 6:-6], atol=1e-6, rtol=0)


def test_outside_takes_the_nearest_edge():
    x = smooth_noise(17, 23)

    out = remap(x, torch.tensor([-100.0, 0]).view(2, 1, 1).expand(2, 17, 23))

    torch.testing.assert_close(out, x[..., :1].expand_as(x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_number_of_channels_up_to_four(channels):
    x = torch.rand(channels, 9, 13, generator=torch.Generator().manual_seed(0))
    flow = swirl(9, 13, 1.0)

    out = remap(x, flow)

    assert out.shape == (channels, 9, 13)
    torch.testing.assert_close(out[-1:], remap(x[-1:], flow), atol=1e-6, rtol=0)


def test_the_size_is_that_of_the_flow_and_the_input_stays():
    x = smooth_noise(17, 23)
    before = x.clone()

    out = remap(x, torch.zeros(2, 9, 11))

    assert torch.equal(out, x[:, :9, :11])
    assert torch.equal(x, before)
