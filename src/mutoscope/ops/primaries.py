"""Transfer curves and primaries: from other gamuts to BT.709 / sRGB."""

from functools import cache

import torch
from torch import Tensor

__all__ = ["convert_primaries", "linear_to_srgb", "srgb_to_linear", "to_709"]

_D65 = (0.3127, 0.3290)
_CHROMATICITIES = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "smpte432": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "smpte170m": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    "bt470bg": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
}
"""x, y of red, green, blue: ITU-R BT.709, BT.2020, SMPTE EG 432-1 (Display P3), 170M, ITU-R BT.470 BG."""


@cache
def to_709(primaries: str) -> Tensor | None:
    """Give the 3x3 matrix from linear RGB of other primaries to linear BT.709.

    None where nothing need change: BT.709 itself, and primaries that are unknown. All have white D65.
    """
    if primaries == "bt709" or primaries not in _CHROMATICITIES:
        return None
    matrix: Tensor = torch.linalg.inv(_to_xyz("bt709")) @ _to_xyz(primaries)
    return matrix.float()


def _to_xyz(primaries: str) -> Tensor:
    """Matrix from linear RGB to CIE XYZ (SMPTE RP 177)."""
    columns = torch.tensor([_xyz(*xy) for xy in _CHROMATICITIES[primaries]], dtype=torch.float64).T
    white = torch.tensor(_xyz(*_D65), dtype=torch.float64)
    gains: Tensor = torch.linalg.solve(columns, white)
    return columns * gains


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    return x / y, 1.0, (1 - x - y) / y


def convert_primaries(x_N3HW: Tensor, matrix_33: Tensor) -> Tensor:
    """Move sRGB-coded pixels to other primaries by `matrix_33` (see `to_709`); what is outside is cut off."""
    linear_N3HW = torch.einsum("ij,njhw->nihw", matrix_33, srgb_to_linear(x_N3HW))
    return linear_to_srgb(linear_N3HW.clamp(0, 1))


def srgb_to_linear(x: Tensor) -> Tensor:
    """Undo the sRGB curve (IEC 61966-2-1), 0..1 to 0..1."""
    return torch.where(x <= 0.04045, x / 12.92, ((x.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(x: Tensor) -> Tensor:
    """Apply the sRGB curve (IEC 61966-2-1), 0..1 to 0..1."""
    return torch.where(x <= 0.0031308, x * 12.92, 1.055 * x.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)
