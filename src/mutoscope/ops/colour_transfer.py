"""Colours of one picture, painting of another: after the transfer by lightness, or before it by covariance.

Gatys, Bethge, Hertzmann and Shechtman (2016), "Preserving Color in Neural Artistic Style Transfer".
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mutoscope.ops.oklab import from_oklab, to_oklab

__all__ = ["ColourStatistics", "colour_statistics", "into_gamut", "keep_colours", "match_colours"]

_LAB_TO_CONES = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
"""From OKLab to cube roots of cone responses; rows of Ottosson's matrix."""

_CONES_TO_LINEAR = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
"""From cone responses to linear sRGB, likewise."""

_TOLERANCE = 1e-5
"""Of linear light: rounding must not make a colour on the edge paler."""

_LEAST_VARIANCE = (3 / 255) ** 2
"""A style that varies less than this along a colour axis holds noise there, which must not be blown up to a colour."""

_KNEE = 0.15
"""Share of the range at each end in which what lies outside is made room for."""

_LUMA = (0.2126, 0.7152, 0.0722)


class ColourStatistics(NamedTuple):
    """How the colours of a picture are spread.

    Attributes:
        mean_C: float64, of sRGB 0..1.
        covariance_CC: float64.

    """

    mean_C: Tensor
    covariance_CC: Tensor


def keep_colours(painted_NCHW: Tensor, source_NCHW: Tensor) -> Tensor:
    """Take lightness from the painting and colour from the source (Gatys et al. 2016, section 2.2, in OKLab).

    Where the two together are no colour that a screen shows, the colour is made paler; hue and lightness stay.

    Args:
        painted_NCHW: sRGB, 0..1.
        source_NCHW: sRGB, 0..1, of the same size.

    Returns:
        N,3,H,W, sRGB, 0..1.

    """
    lightness, colour = to_oklab(painted_NCHW)[:, :1], to_oklab(source_NCHW)[:, 1:]
    return from_oklab(into_gamut(torch.cat([lightness, colour], 1)))


def into_gamut(lab_NCHW: Tensor) -> Tensor:
    """Make colours outside sRGB paler, at their own lightness and hue, until they are inside.

    Args:
        lab_NCHW: OKLab, lightness 0..1.

    """
    lab_NHWC = lab_NCHW.movedim(1, -1)
    outside = ~_is_inside(lab_NHWC)
    far_PC = lab_NHWC[outside]
    low, high = torch.zeros_like(far_PC[:, :1]), torch.ones_like(far_PC[:, :1])
    for _ in range(12):  # halves the interval each time: 1/4096 of the chroma
        middle = (low + high) / 2
        inside = _is_inside(_paler(far_PC, middle))[:, None]
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    out_NHWC = lab_NHWC.clone()
    out_NHWC[outside] = _paler(far_PC, low)
    return out_NHWC.movedim(-1, 1)


def colour_statistics(x_NCHW: Tensor) -> ColourStatistics:
    """Measure mean and covariance of the colours of all pixels together."""
    x_CP = x_NCHW.movedim(1, 0).flatten(1).double()
    mean_C = x_CP.mean(1)
    centred_CP = x_CP - mean_C[:, None]
    return ColourStatistics(mean_C, centred_CP @ centred_CP.T / x_CP.shape[1])


def match_colours(style_NCHW: Tensor, wanted: ColourStatistics) -> Tensor:
    """Give a style picture the colours of the footage, before its style is taken (Gatys et al. 2016, section 2.1).

    A linear map of the colours, with the symmetric roots of image analogies. It meets the wanted mean and covariance
    exactly where the result is a colour that a screen shows; the rest is bent into the range, without clipping.

    Args:
        style_NCHW: sRGB, 0..1.
        wanted: as `colour_statistics` measures them.

    Returns:
        N,3,H,W, sRGB, 0..1.

    """
    own = colour_statistics(style_NCHW)
    wanted_CC, wanted_C = wanted.covariance_CC.to(own.covariance_CC), wanted.mean_C.to(own.mean_C)
    # A grey painting has two axes without variance: there the map is held small, or its noise becomes a colour.
    map_CC = _power(wanted_CC, 0.5) @ _power(own.covariance_CC, -0.5, _LEAST_VARIANCE)
    centred_NCHW = style_NCHW.double() - own.mean_C[:, None, None]
    moved_NCHW = torch.einsum("oc,nchw->nohw", map_CC, centred_NCHW) + wanted_C[:, None, None]
    return _bend(moved_NCHW).to(style_NCHW.dtype)


def _is_inside(lab_XC: Tensor) -> Tensor:
    """Tell which OKLab colours, in the last dimension, are in sRGB."""
    cones_XC = (lab_XC @ lab_XC.new_tensor(_LAB_TO_CONES).T) ** 3
    linear_XC = cones_XC @ lab_XC.new_tensor(_CONES_TO_LINEAR).T
    return ((linear_XC >= -_TOLERANCE) & (linear_XC <= 1 + _TOLERANCE)).all(-1)


def _paler(lab_PC: Tensor, share_P1: Tensor) -> Tensor:
    return torch.cat([lab_PC[:, :1], lab_PC[:, 1:] * share_P1], 1)


def _power(covariance_CC: Tensor, power: float, least: float = 0.0) -> Tensor:
    """Give a power of a symmetric matrix, whose eigenvalues are held above `least`."""
    values_C, vectors_CC = torch.linalg.eigh(covariance_CC)
    powered_CC: Tensor = (vectors_CC * values_C.clamp_min(least) ** power) @ vectors_CC.T
    return powered_CC


def _bend(x_NCHW: Tensor) -> Tensor:
    """Bring colours into 0..1: luma by a soft knee at each end, then paler where a channel still lies outside."""
    luma_N1HW = (x_NCHW * x_NCHW.new_tensor(_LUMA)[:, None, None]).sum(1, keepdim=True)
    bent_N1HW = 1 - _knee(1 - _knee(luma_N1HW))
    colour_NCHW = x_NCHW - luma_N1HW
    room_NCHW = torch.where(colour_NCHW > 0, 1 - bent_N1HW, bent_N1HW)
    share_N1HW = (room_NCHW / colour_NCHW.abs().clamp_min(1e-9)).amin(1, keepdim=True).clamp(0, 1)
    return (bent_N1HW + colour_NCHW * share_N1HW).clamp(0, 1)


def _knee(luma_N1HW: Tensor) -> Tensor:
    """Press what lies above 1 below it (Reinhard et al. 2002, eq. 4, above a knee); nothing moves where all is."""
    start = 1 - _KNEE
    above_N1HW = (luma_N1HW - start).clamp_min(0) / _KNEE
    most = above_N1HW.max().clamp_min(1)
    pressed_N1HW = above_N1HW * (1 + above_N1HW / most**2) / (1 + above_N1HW)
    return torch.minimum(luma_N1HW, luma_N1HW.new_tensor(start)) + _KNEE * pressed_N1HW
