"""The effect that moves colours apart."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.corrupt.channel_shift_params import ChannelShiftParams
from mutoscope.corrupt.pattern import draw
from mutoscope.effects.protocol import Context, Memory

__all__ = ["ChannelShift"]


class ChannelShift:
    """Move each colour by whole pixels, so that none is softened."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: ChannelShiftParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the clips with colours apart."""
        for clip in clips:
            shifted_TCHW = torch.empty_like(clip.pixels_TCHW, memory_format=torch.contiguous_format)
            for frame, out_CHW in zip(clip.frames(), shifted_TCHW, strict=True):
                params = self.params.at(frame.seconds(0))
                moves = _moves(frame, params, ctx)
                for x_HW, out_HW, (right, down) in zip(frame.pixels_TCHW[0], out_CHW, moves, strict=True):
                    _shift(x_HW, out_HW, right, down, wraps=params.edge == "wrap")
            yield clip.with_pixels(shifted_TCHW)


def _moves(frame: Clip, params: ChannelShiftParams, ctx: Context) -> list[tuple[int, int]]:
    """Draw how far each colour moves: px to the right and down."""
    generator = draw(frame, ctx, params.rate, "channel shift")
    lot, *drawn = torch.rand(7, generator=generator).tolist()
    if lot >= params.chance:
        return [(0, 0)] * 3
    side = max(frame.size)
    turned = math.radians(math.fmod(params.angle, 360.0))
    moves = []
    for far, how_far, where in zip((params.red, params.green, params.blue), drawn[:3], drawn[3:], strict=True):
        strayed = params.jitter * math.sqrt(how_far)  # even over a disc
        right = far * math.cos(turned) + strayed * math.cos(2 * math.pi * where)
        down = far * math.sin(turned) + strayed * math.sin(2 * math.pi * where)
        moves.append((round(right * side), round(down * side)))
    return moves


def _shift(x_HW: Tensor, out_HW: Tensor, right: int, down: int, *, wraps: bool) -> None:
    if right == down == 0:
        out_HW.copy_(x_HW)
        return
    rows_H, columns_W = (torch.arange(length) - move for length, move in zip(x_HW.shape, (down, right), strict=True))
    height, width = x_HW.shape
    rows_H = rows_H % height if wraps else rows_H.clamp(0, height - 1)
    columns_W = columns_W % width if wraps else columns_W.clamp(0, width - 1)
    torch.index_select(x_HW[rows_H] if down else x_HW, 1, columns_W, out=out_HW)
