"""How much of the source's drawing is left: likeness of the two frames' edges."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["edge_likeness", "edge_strength", "structural_similarity"]

_WINDOW_PX, _SIGMA_PX = 11, 1.5
_K1, _K2 = 0.01, 0.03


def edge_likeness(x_CHW: Tensor, source_CHW: Tensor) -> float:
    """SSIM of the edges of two frames: 1, every edge is where it was and as strong; near 0, none is."""
    return structural_similarity(edge_strength(x_CHW), edge_strength(source_CHW))


def edge_strength(x_CHW: Tensor) -> Tensor:
    """Magnitude of the luma's gradient by Sobel's kernels, H,W; a straight step from 0 to 1 has 1."""
    luma = x_CHW.mul(x_CHW.new_tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)).sum(0)
    across = luma.new_tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    padded = nnf.pad(luma[None, None], (1, 1, 1, 1), mode="replicate")
    slopes = nnf.conv2d(padded, torch.stack([across, across.T])[:, None])
    return slopes.square().sum(1).sqrt()[0]


def structural_similarity(a_HW: Tensor, b_HW: Tensor) -> float:
    """SSIM of two planes with values 0..1 (Wang et al. 2004, eq. 13; Gaussian window of 11 px, deviation 1.5 px).

    Planes smaller than the window get a smaller one.
    """
    window = _window(min(_WINDOW_PX, *a_HW.shape)).to(a_HW)
    planes = torch.stack([a_HW, b_HW, a_HW * a_HW, b_HW * b_HW, a_HW * b_HW])[:, None]
    means = nnf.conv2d(nnf.conv2d(planes, window[None, None, None]), window[None, None, :, None])[:, 0]
    mean_a, mean_b, square_a, square_b, product = means
    variance_a, variance_b = square_a - mean_a.square(), square_b - mean_b.square()
    covariance = product - mean_a * mean_b
    likeness = (2 * mean_a * mean_b + _K1**2) * (2 * covariance + _K2**2)
    return float(
        (likeness / ((mean_a.square() + mean_b.square() + _K1**2) * (variance_a + variance_b + _K2**2))).mean()
    )


def _window(size: int) -> Tensor:
    x = torch.arange(size) - (size - 1) / 2
    weights = torch.exp(-x.square() / (2 * _SIGMA_PX**2))
    return weights / weights.sum()
