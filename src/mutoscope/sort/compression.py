"""What a coder leaves of a picture: coarser colour, and 8 x 8 blocks with their fine detail rounded away."""

import functools
import math

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["compress"]

_LUMA = """16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"""
_CHROMA = """17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99
99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99 99"""
_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def compress(x_3HW: Tensor, quality: int, *, smooth: bool = False) -> Tensor:
    """Round a picture as JPEG does (ITU-T T.81, annex K tables), colours at half the size.

    Args:
        x_3HW: sRGB 0..1.
        quality: 1..100, on the scale of libjpeg.
        smooth: soften the edges of blocks afterwards, as video coders do.

    Returns:
        3,H,W, sRGB 0..1.

    """
    matrix = torch.tensor(_YCC)
    ycc_3HW = torch.einsum("ij,jhw->ihw", matrix, x_3HW * 255) - torch.tensor([128.0, 0, 0]).view(3, 1, 1)
    height, width = x_3HW.shape[1:]
    luma_HW = _rounded(ycc_3HW[0], _table(_LUMA, quality), smooth=smooth)
    small_2HW = nnf.avg_pool2d(ycc_3HW[None, 1:], 2, ceil_mode=True, count_include_pad=False)[0]
    small_2HW = torch.stack([_rounded(c_HW, _table(_CHROMA, quality), smooth=smooth) for c_HW in small_2HW])
    chroma_2HW = nnf.interpolate(small_2HW[None], (height, width), mode="bilinear", align_corners=False)[0]
    back = torch.cat([luma_HW[None] + 128, chroma_2HW])
    return (torch.einsum("ij,jhw->ihw", torch.linalg.inv(matrix), back) / 255).clamp(0, 1)


def _rounded(y_HW: Tensor, table_88: Tensor, *, smooth: bool) -> Tensor:
    height, width = y_HW.shape
    padded = nnf.pad(y_HW[None, None], (0, -width % 8, 0, -height % 8), mode="replicate")[0, 0]
    rows, columns = padded.shape[0] // 8, padded.shape[1] // 8
    blocks = padded.view(rows, 8, columns, 8).permute(0, 2, 1, 3)
    cosines = _cosines()
    spectrum = cosines @ blocks @ cosines.T
    blocks = cosines.T @ (torch.round(spectrum / table_88) * table_88) @ cosines
    whole = blocks.permute(0, 2, 1, 3).reshape(rows * 8, columns * 8)
    if smooth:
        whole = _smoothed(_smoothed(whole, float(table_88[0, 0])).T, float(table_88[0, 0])).T
    return whole[:height, :width]


def _smoothed(y_HW: Tensor, step: float) -> Tensor:
    """Close small steps between neighbouring columns of two blocks, as in-loop filters do; leave large ones."""
    left, right = y_HW[:, 7:-1:8], y_HW[:, 8::8]
    gap = right - left
    share = 0.25 * gap * (gap.abs() < 1.5 * step)
    out = y_HW.clone()
    out[:, 7:-1:8] = left + share
    out[:, 8::8] = right - share
    return out


@functools.cache
def _cosines() -> Tensor:
    k = torch.arange(8.0)
    matrix_88 = torch.cos(math.pi / 8 * (k[None] + 0.5) * k[:, None]) / 2
    matrix_88[0] /= math.sqrt(2)
    return matrix_88


@functools.cache
def _table(text: str, quality: int) -> Tensor:
    scale = 50 / quality if quality < 50 else 2 - quality / 50
    values_88 = torch.tensor([float(v) for v in text.split()]).view(8, 8)
    return (values_88 * scale).round().clamp_min(1)
