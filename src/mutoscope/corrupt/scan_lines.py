"""The effect that shifts bands of lines."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.corrupt.pattern import draw
from mutoscope.corrupt.scan_lines_params import ScanLinesParams
from mutoscope.effects.protocol import Context, Memory

__all__ = ["ScanLines"]

_BLUE_LEADS = (-0.5, 0.0, 0.5)
"""Red, green and blue of a shifted band, in shares of how far they are apart."""


class ScanLines:
    """Shift bands of lines by whole pixels; what is not shifted stays as it is."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: ScanLinesParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the shifted clips."""
        for clip in clips:
            shifted_TCHW = clip.pixels_TCHW.clone(memory_format=torch.contiguous_format)
            for frame, out_CHW in zip(clip.frames(), shifted_TCHW, strict=True):
                _remake(frame, out_CHW, self.params.at(frame.seconds(0)), ctx)
            yield clip.with_pixels(shifted_TCHW)


def _remake(frame: Clip, out_CHW: Tensor, params: ScanLinesParams, ctx: Context) -> None:
    height, width = frame.size
    trembling = ctx.generator(frame.pts_T[0], "scan lines tremble")
    for top, bottom, shift in _bands(frame, params, ctx):
        moved = shift * (1 + params.tremble * float(torch.rand((), generator=trembling) * 2 - 1))
        for c, lead in enumerate(_BLUE_LEADS):
            right = round(moved * (1 + lead * params.colours) * width)
            _slide(frame.pixels_TCHW[0, c, top:bottom], out_CHW[c, top:bottom], right, wraps=params.edge == "wrap")
    if params.darken > 0:
        thick = max(1, round(params.line * height))
        is_dark_H = torch.arange(height) // thick % 2
        out_CHW.mul_(1 - params.darken * is_dark_H[:, None])


def _bands(frame: Clip, params: ScanLinesParams, ctx: Context) -> Iterator[tuple[int, int, float]]:
    """Yield top, bottom and shift of each band that is shifted, the shift in shares of the width."""
    height = frame.size[0]
    generator = draw(frame, ctx, params.rate, "scan lines")

    def chance() -> float:
        return float(torch.rand((), generator=generator, dtype=torch.float64))

    if chance() >= params.chance:
        return
    place, thinnest = 0.0, 1.5 / height
    while place < 1:
        # Lengths between two faults that come by chance are exponential; few bands are high, many are thin.
        high = max(params.band * -math.log(1 - chance()), thinnest)
        is_shifted, way, far = chance() < params.share, chance(), chance()
        top, bottom = round(place * height), min(height, round((place + high) * height))
        if is_shifted and bottom > top:
            yield top, bottom, params.amount * far * (1 if way < 0.5 else -1)
        place += high


def _slide(x_HW: Tensor, out_HW: Tensor, right: int, *, wraps: bool) -> None:
    width = x_HW.shape[1]
    if wraps:
        out_HW.copy_(x_HW.roll(right, 1))
        return
    right = max(-width + 1, min(width - 1, right))
    if right > 0:
        out_HW[:, right:] = x_HW[:, :-right]
        out_HW[:, :right] = x_HW[:, :1]
    elif right < 0:
        out_HW[:, :right] = x_HW[:, -right:]
        out_HW[:, right:] = x_HW[:, -1:]
