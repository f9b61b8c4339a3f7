"""How much of each fineness is in a picture: the power spectrum, averaged over directions. A blur shows there."""

from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["luma", "spectrum_distance", "spectrum_of"]

_FLOOR = 1 / 255**2 / 12
"""Power of the noise of rounding to 8 bits, per pixel: what is below it is not seen."""

_LUMA = (0.2126, 0.7152, 0.0722)


def luma(x_N3HW: Tensor) -> Tensor:
    """Weigh sRGB's channels as BT.709 does: N,H,W, 0..1."""
    red, green, blue = _LUMA
    return red * x_N3HW[:, 0] + green * x_N3HW[:, 1] + blue * x_N3HW[:, 2]


def spectrum_of(x_N3HW: Tensor) -> Tensor:
    """Give the power of luma by spatial frequency: N,R in dB.

    The mean is taken off, a Hann window keeps the borders from counting as edges, and the power of all directions of
    a frequency is averaged. Bin r holds frequencies of about r/(2(R-1)) cycles a pixel; the last also the finer ones
    of the diagonals. Powers are per pixel; below the noise of rounding to 8 bits they count as that noise.
    """
    height, width = x_N3HW.shape[2:]
    grey_NHW = luma(x_N3HW.float())
    grey_NHW = grey_NHW - grey_NHW.mean((1, 2), keepdim=True)
    window_HW, bin_HF, count_R = (part.to(x_N3HW.device) for part in _plan(height, width))
    power_NHF = torch.fft.rfft2(grey_NHW * window_HW).abs().square() / window_HW.square().sum()
    power_NR = power_NHF.new_zeros(len(power_NHF), len(count_R))
    power_NR.index_add_(1, bin_HF.flatten(), power_NHF.flatten(1))
    return 10 * torch.log10(power_NR / count_R + _FLOOR)


def spectrum_distance(a_N3HW: Tensor, b_N3HW: Tensor) -> Tensor:
    """Give how far two pictures' spectra are from each other: N, root of the mean square over frequencies, dB."""
    return (spectrum_of(a_N3HW) - spectrum_of(b_N3HW)).square().mean(1).sqrt()


@lru_cache(maxsize=8)
def _plan(height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    window_HW = torch.hann_window(height + 2)[1:-1, None] * torch.hann_window(width + 2)[None, 1:-1]
    down_H1, across_1F = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :]
    num = max(1, min(height, width) // 2)
    # Up to half a cycle a pixel in any direction; the corners beyond belong to the last bin.
    bin_HF = ((down_H1.square() + across_1F.square()).sqrt() * 2 * num).round().long().clamp(max=num)
    count_R = torch.bincount(bin_HF.flatten(), minlength=num + 1).clamp(min=1).float()
    return window_HW, bin_HF, count_R
