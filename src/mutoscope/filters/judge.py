"""Looks at a painting before it is trained from: what makes a good filter, and what to expect of this one."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.ops.oklab import to_oklab
from mutoscope.ops.resize import resize_to_area

__all__ = ["STYLE_SIDE_PX", "Verdict", "judge_painting"]

_LEAST_SIDE_PX = 96
_GOOD_SIDE_PX = 256
STYLE_SIDE_PX = 400
"""A style picture is shown with the area of a square of this side, where nobody asks for other strokes."""


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes:
        contrast: deviation of lightness, 0..0.5.
        texture: how much the lightness changes from pixel to pixel beside its changes over areas, 0..1.
        colour: mean distance from grey, 0..0.3.
        advice: what to expect, one line each.

    """

    contrast: float
    texture: float
    colour: float
    advice: tuple[str, ...]


def judge_painting(x_1CHW: Tensor) -> Verdict:
    """Measure a style picture at the size at which a filter sees it.

    Raises:
        InputError: it is too small, or plain.

    """
    height, width = x_1CHW.shape[2:]
    if min(height, width) < _LEAST_SIDE_PX:
        raise InputError(
            f"the style picture is {width}x{height} px; strokes need at least {_LEAST_SIDE_PX} px on the short side, "
            "better 300 or more. Give a larger one."
        )
    lab = to_oklab(resize_to_area(x_1CHW, min(height * width, STYLE_SIDE_PX**2)))
    lightness = lab[0, 0]
    contrast, colour = float(lightness.std()), float(lab[:, 1:].square().sum(1).sqrt().mean())
    if contrast < 0.01 and float(lab[:, 1:].std()) < 0.01:
        raise InputError("the style picture is one plain colour; there is no manner to learn. Give another one.")
    steps = torch.stack(
        [(lightness[1:, :-1] - lightness[:-1, :-1]).abs(), (lightness[:-1, 1:] - lightness[:-1, :-1]).abs()]
    )
    texture = float(steps.mean()) / max(contrast, 1e-3)
    return Verdict(contrast, texture, colour, tuple(_advice(contrast, texture, colour, min(height, width))))


def _advice(contrast: float, texture: float, colour: float, short_side: int) -> list[str]:
    lines = []
    if texture >= 0.25:
        lines.append("busy surface: a heavy filter, strokes or marks everywhere")
    elif texture >= 0.1:
        lines.append("clear marks: strokes will be recognisable")
    else:
        lines.append("smooth surface: a light filter, mostly its colours; try --brush 0.5 for more marks")
    if contrast < 0.1:
        lines.append("little contrast: flat pictures; -o content=2 keeps things apart")
    elif contrast > 0.28:
        lines.append("strong contrast: bold pictures, fine detail will go")
    if colour < 0.015:
        lines.append("no colour: the filter will paint in grey")
    if short_side < _GOOD_SIDE_PX:
        lines.append(
            f"small picture ({short_side} px): strokes will be large; a scan of 300 px or more shows finer ones"
        )
    return lines
