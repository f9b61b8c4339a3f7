"""OKLab (Ottosson 2020): lightness and two colour axes in which equal distances look equal."""

import torch
from torch import Tensor

__all__ = ["from_oklab", "to_oklab"]

# From linear sRGB to cone responses, and from their cube roots to L, a, b. Rows of Ottosson's matrices.
_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def to_oklab(x_NCHW: Tensor) -> Tensor:
    """Turn sRGB 0..1 into OKLab: L 0..1, a and b about -0.4..0.4."""
    linear = torch.where(x_NCHW <= 0.04045, x_NCHW / 12.92, ((x_NCHW.clamp_min(0) + 0.055) / 1.055) ** 2.4)
    cones = _mix(linear, _matrix(_TO_CONES, x_NCHW)).clamp_min(0)
    return _mix(cones ** (1 / 3), _matrix(_TO_LAB, x_NCHW))


def from_oklab(lab_NCHW: Tensor) -> Tensor:
    """Turn OKLab into sRGB, clamped to 0..1."""
    cones = _mix(lab_NCHW, torch.linalg.inv(_matrix(_TO_LAB, lab_NCHW))) ** 3
    linear = _mix(cones, torch.linalg.inv(_matrix(_TO_CONES, lab_NCHW))).clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp_min(1e-9) ** (1 / 2.4) - 0.055)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).to(like)


def _mix(x_NCHW: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("oc,nchw->nohw", matrix, x_NCHW)
