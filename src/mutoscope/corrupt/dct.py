"""The loss of JPEG, block by block: DCT of 8 x 8 px in YCbCr, quantised by the tables of ITU-T T.81, annex K."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.jit import kernel

__all__ = ["compress_cell", "quantisation_tables"]

Floats = npt.NDArray[np.float32]

_LUMA = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA_CORNER = ((17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99))
_SIDE = 8


def quantisation_tables(quality: int) -> Floats:
    """Scale the standard's tables to a quality 1..100, as the reference coder does.

    Returns:
        2,8,8: steps of luma and chroma, for values 0..255.

    """
    chroma = np.full((_SIDE, _SIDE), 99.0)
    chroma[:4, :4] = _CHROMA_CORNER
    tables = np.stack([np.array(_LUMA, float).reshape(_SIDE, _SIDE), chroma])
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip(np.floor((tables * scale + 50) / 100), 1, 255).astype(np.float32)


def _basis() -> Floats:
    """Give the DCT's matrix: row k holds the cosine of frequency k, of length 1."""
    k, n = np.arange(_SIDE)[:, None], np.arange(_SIDE)[None]
    basis = np.cos((2 * n + 1) * k * np.pi / (2 * _SIDE)) * np.sqrt(2 / _SIDE)
    basis[0] /= np.sqrt(2)
    rounded: Floats = basis.astype(np.float32)
    return rounded


_BASIS = _basis()
_BACK = np.ascontiguousarray(_BASIS.T)


@kernel
def _multiply(a: Floats, b: Floats, out: Floats) -> None:
    """Multiply matrices of 8 x 8."""
    for i in range(_SIDE):
        a0, a1, a2, a3, a4, a5, a6, a7 = a[i, 0], a[i, 1], a[i, 2], a[i, 3], a[i, 4], a[i, 5], a[i, 6], a[i, 7]
        for j in range(_SIDE):  # written out, so that it becomes one loop over j
            low = a0 * b[0, j] + a1 * b[1, j] + a2 * b[2, j] + a3 * b[3, j]
            out[i, j] = low + (a4 * b[4, j] + a5 * b[5, j] + a6 * b[6, j] + a7 * b[7, j])


@kernel
def _read(x_CHW: Floats, top: int, left: int, bottom: int, right: int, out_C88: Floats) -> None:
    """Read 8 x 8 px as YCbCr in 0..255 about their middle; beyond the cell its last row and column go on."""
    for i in range(_SIDE):
        y = min(top + i, bottom - 1)
        for j in range(_SIDE):
            x = min(left + j, right - 1)
            r, g, b = x_CHW[0, y, x] * 255, x_CHW[1, y, x] * 255, x_CHW[2, y, x] * 255
            out_C88[0, i, j] = 0.299 * r + 0.587 * g + 0.114 * b - 128
            out_C88[1, i, j] = -0.168736 * r - 0.331264 * g + 0.5 * b
            out_C88[2, i, j] = 0.5 * r - 0.418688 * g - 0.081312 * b


@kernel
def compress_cell(
    x_CHW: Floats, top: int, left: int, bottom: int, right: int, tables_288: Floats, strength: float
) -> None:
    """Compress one cell in place as JPEG would, without chroma at half size; no px outside it is read or written."""
    block_C88 = np.empty((3, _SIDE, _SIDE), np.float32)
    half_88, wave_88 = np.empty((_SIDE, _SIDE), np.float32), np.empty((_SIDE, _SIDE), np.float32)
    for y0 in range(top, bottom, _SIDE):
        for x0 in range(left, right, _SIDE):
            _read(x_CHW, y0, x0, bottom, right, block_C88)
            for c in range(3):
                table = tables_288[min(c, 1)]
                _multiply(_BASIS, block_C88[c], half_88)
                _multiply(half_88, _BACK, wave_88)
                for i in range(_SIDE):
                    for j in range(_SIDE):
                        wave_88[i, j] = np.rint(wave_88[i, j] / table[i, j]) * table[i, j]
                _multiply(_BACK, wave_88, half_88)
                _multiply(half_88, _BASIS, block_C88[c])
            for i in range(min(_SIDE, bottom - y0)):
                for j in range(min(_SIDE, right - x0)):
                    luma, blue, red = block_C88[0, i, j] + 128, block_C88[1, i, j], block_C88[2, i, j]
                    rgb = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
                    for c in range(3):
                        here = x_CHW[c, y0 + i, x0 + j]
                        there = min(max(rgb[c] / 255, 0.0), 1.0)
                        x_CHW[c, y0 + i, x0 + j] = here + (there - here) * strength
