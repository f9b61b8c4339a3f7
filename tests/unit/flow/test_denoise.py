import torch

from mutoscope.flow.denoise import denoise


def test_grain_goes_and_edges_stay():
    generator = torch.Generator().manual_seed(0)
    step = torch.full((3, 17, 23), 0.2)
    step[:, :, 12:] = 0.8
    grainy = (step + 0.02 * torch.randn(step.shape, generator=generator)).clamp(0, 1)

    smooth = denoise(grainy)

    assert (smooth - step).abs().mean() < 0.5 * (grainy - step).abs().mean()
    assert (smooth[:, :, 12] - smooth[:, :, 11]).mean() > 0.55


def test_a_frame_of_one_pixel_stays():
    dot = torch.full((3, 1, 1), 0.5)

    assert torch.allclose(denoise(dot), dot)
