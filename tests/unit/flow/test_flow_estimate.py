"""Flow estimators on pictures whose motion is known."""

import pytest
import torch
import torch.nn.functional as nnf

from mutoscope.flow.estimate import estimate, estimate_both


def texture(height: int, width: int) -> torch.Tensor:
    """Smooth noise with detail at every scale, 3,H,W."""
    generator = torch.Generator().manual_seed(0)
    octaves = [
        nnf.interpolate(
            torch.rand(1, 3, height // s + 2, width // s + 2, generator=generator),
            (height, width),
            mode="bicubic",
        )
        for s in (4, 8, 16)
    ]
    return (sum(octaves) / 3)[0].clamp(0, 1)


def moved(dx: int, dy: int, height: int = 95, width: int = 127) -> tuple[torch.Tensor, torch.Tensor]:
    big = texture(height + 32, width + 32)
    return big[:, 16 : 16 + height, 16 : 16 + width], big[:, 16 - dy : 16 - dy + height, 16 - dx : 16 - dx + width]


@pytest.mark.parametrize("method", ["dis", "farneback"])
@pytest.mark.parametrize("motion", [(3, 2), (-4, 1), (0, 0)])
def test_uniform_motion_is_found(method, motion):
    before, after = moved(*motion)

    flow = estimate(before, after, method)

    error = (flow - torch.tensor(motion).view(2, 1, 1)).norm(dim=0)[8:-8, 8:-8].mean()
    assert error < 0.25


@pytest.mark.parametrize("method", ["dis", "farneback"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (17, 23), (5, 70)])
def test_tiny_frames_have_a_flow(method, size):
    flow = estimate(torch.rand(3, *size), torch.rand(3, *size), method)

    assert flow.shape == (2, *size)
    assert flow.isfinite().all()


def test_backward_flow_undoes_forward_flow():
    forward, backward = estimate_both(*moved(3, -2))

    assert (forward + backward)[:, 10:-10, 10:-10].abs().mean() < 0.2


def test_zoom_is_found_by_dis():
    big = texture(127, 159)
    theta = torch.tensor([[[1 / 1.03, 0, 0], [0, 1 / 1.03, 0]]])
    zoomed = nnf.grid_sample(
        big[None], nnf.affine_grid(theta, [1, 3, 127, 159], align_corners=False), align_corners=False
    )[0]

    flow = estimate(big, zoomed)

    x = (torch.arange(159) - 79.0) * 0.03
    y = (torch.arange(127) - 63.0) * 0.03
    truth = torch.stack([x.expand(127, 159), y[:, None].expand(127, 159)])
    assert (flow - truth).norm(dim=0)[8:-8, 8:-8].mean() < 0.25
