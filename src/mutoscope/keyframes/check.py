"""Whether a painted picture belongs to the frame that it is said to be painted on."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.ops.resize import fit_long_side, resize

__all__ = ["check_belongs", "check_shape", "likeness"]

_LONG_SIDE_PX = 96
_MOST_ASPECT_ERROR = 0.02
_LEAST_LIKENESS = 0.25
"""Paintings of other frames and pictures of anything reach 0.24, stylized frames 0.5 to 0.8 with their own."""
_FLAT = 0.01
"""A frame whose edges differ by no more has none that a painting could share."""


def check_shape(name: str, painted_hw: tuple[int, int], frame_hw: tuple[int, int], result_hw: tuple[int, int]) -> None:
    """Refuse a painting of another shape than the film.

    Args:
        name: of the picture, for the error.
        painted_hw: its height and width in px.
        frame_hw: those of the film.
        result_hw: those of the result, which may be smaller.

    Raises:
        InputError: the shapes differ, or the painting is much smaller than the result.

    """
    (height, width), (wanted_height, wanted_width) = painted_hw, frame_hw
    told = f"the keyframe {name} has {width}x{height} px and the film {wanted_width}x{wanted_height}"
    # Two pixels: programs round sides to even numbers.
    slack = _MOST_ASPECT_ERROR + 2 / min(height, width)
    if abs(width * wanted_height / (height * wanted_width) - 1) > slack:
        raise InputError(f"{told}; it must have the same shape: paint on a frame that 'mutoscope frames' took out.")
    if 2 * width < result_hw[1]:
        raise InputError(
            f"{told}; it must be at least half as large as the result, {result_hw[1]}x{result_hw[0]}: paint larger, or "
            "give a smaller --size."
        )


def check_belongs(name: str, painted_CHW: Tensor, frame_CHW: Tensor, seconds: float) -> None:
    """Refuse a painting that has nothing in common with its frame.

    Raises:
        InputError: its edges are elsewhere.

    """
    is_flat = float(_edges(frame_CHW[None]).std()) < _FLAT
    if not is_flat and likeness(painted_CHW, frame_CHW) < _LEAST_LIKENESS:
        raise InputError(
            f"the keyframe {name} shows nothing of the frame at {seconds:.2f} s: hardly an edge lies where one of the "
            "frame lies; give the time of the frame that it was painted on, like painted.png@3s."
        )


def likeness(painted_CHW: Tensor, frame_CHW: Tensor) -> float:
    """Correlate the edges of two pictures, -1..1; colours do not matter, and brush strokes hardly."""
    height, width = fit_long_side(frame_CHW.shape[1], frame_CHW.shape[2], _LONG_SIDE_PX)
    first, second = (_edges(resize(x[None], height, width)) for x in (painted_CHW, frame_CHW))
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).sum() / (first.norm() * second.norm()).clamp_min(1e-6))


def _edges(x_1CHW: Tensor) -> Tensor:
    # Of all channels: two colours may have the same lightness.
    x = nnf.avg_pool2d(nnf.pad(x_1CHW, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = nnf.pad(x, (1, 1, 1, 1), mode="replicate")
    down, right = x[:, :, 2:, 1:-1] - x[:, :, :-2, 1:-1], x[:, :, 1:-1, 2:] - x[:, :, 1:-1, :-2]
    strength = torch.sqrt((down.square() + right.square()).sum(1, keepdim=True))
    return nnf.avg_pool2d(nnf.pad(strength, (1, 1, 1, 1), mode="replicate"), 3, 1)
