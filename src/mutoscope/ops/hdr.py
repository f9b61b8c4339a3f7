"""High dynamic range to standard: PQ and HLG to light, light to BT.709."""

import torch
from torch import Tensor

from mutoscope.ops.primaries import linear_to_srgb, to_709

__all__ = ["hlg_to_linear", "pq_to_linear", "tone_map"]

_WHITE_NITS = 203.0
"""Diffuse white of HDR pictures (ITU-R BT.2408): it becomes white, light above it is rolled off."""

_PEAK_NITS = 1000.0


def pq_to_linear(x: Tensor) -> Tensor:
    """Undo SMPTE ST 2084: code values 0..1 to light, 1.0 being diffuse white (203 cd/m²)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = x.clamp(0, 1) ** (1 / m2)
    light = ((root - c1).clamp_min(0) / (c2 - c3 * root)) ** (1 / m1)
    return light * (10_000 / _WHITE_NITS)


def hlg_to_linear(x_NCHW: Tensor) -> Tensor:
    """Undo ITU-R BT.2100 HLG for a display of 1,000 cd/m²: to light, 1.0 being diffuse white (203 cd/m²)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    x = x_NCHW.clamp(0, 1)
    scene = torch.where(x <= 0.5, x.square() / 3, (torch.exp((x - c) / a) + b) / 12)
    luma = torch.tensor([0.2627, 0.6780, 0.0593]).view(1, 3, 1, 1)
    y_N1HW = (scene * luma).sum(1, keepdim=True)
    return scene * y_N1HW.clamp_min(1e-6) ** 0.2 * (_PEAK_NITS / _WHITE_NITS)


def tone_map(light_NCHW: Tensor) -> Tensor:
    """Roll light off into 0..1 and move BT.2020 to BT.709.

    Args:
        light_NCHW: linear BT.2020, 1.0 being diffuse white, up to about 5 (1,000 cd/m²).

    Returns:
        sRGB 0..1. Extended Reinhard (Reinhard et al. 2002, eq. 4) on the largest channel, which keeps hue;
        a grey of half the white's light loses a third of a stop.

    """
    largest = light_NCHW.amax(1, keepdim=True).clamp_min(1e-6)
    peak = _PEAK_NITS / _WHITE_NITS
    # The shoulder begins at the knee: below it, light is left as it is.
    knee = 0.6
    excess = (largest - knee).clamp_min(0) / (1 - knee)
    top = (peak - knee) / (1 - knee)
    rolled = knee + (1 - knee) * excess * (1 + excess / top**2) / (1 + excess)
    mapped = torch.where(largest > knee, rolled, largest)
    matrix = to_709("bt2020")
    assert matrix is not None
    linear_709 = torch.einsum("ij,njhw->nihw", matrix, light_NCHW * (mapped / largest))
    return linear_to_srgb(linear_709.clamp(0, 1))
