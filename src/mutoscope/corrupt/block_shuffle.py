"""The effect that moves blocks."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch

from mutoscope.core.clip import Clip
from mutoscope.corrupt.block_shuffle_params import BlockShuffleParams
from mutoscope.corrupt.pattern import draw
from mutoscope.effects.protocol import Context, Memory

__all__ = ["BlockShuffle"]

_Box = tuple[int, int, int, int, int, int]
"""Top, bottom, left and right of what is painted; how far down and to the right what is shown there lies."""


class BlockShuffle:
    """Copy blocks to other places; those that no copy covers stay as they are."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: BlockShuffleParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the shuffled clips."""
        for clip in clips:
            shuffled_TCHW = clip.pixels_TCHW.clone(memory_format=torch.contiguous_format)
            for frame, out_CHW in zip(clip.frames(), shuffled_TCHW, strict=True):
                x_CHW = frame.pixels_TCHW[0]
                for top, bottom, left, right, down, over in _boxes(frame, self.params.at(frame.seconds(0)), ctx):
                    out_CHW[:, top:bottom, left:right] = x_CHW[
                        :, top + down : bottom + down, left + over : right + over
                    ]
            yield clip.with_pixels(shuffled_TCHW)


def _boxes(frame: Clip, params: BlockShuffleParams, ctx: Context) -> Iterator[_Box]:
    """Draw the runs of blocks that move, row by row."""
    height, width = frame.size
    longer = max(height, width)
    side = max(1, round(params.block * longer))
    # Blocks of the edge take what remains, so that every pixel belongs to one.
    rows, columns = max(1, round(height / side)), max(1, round(width / side))
    generator = draw(frame, ctx, params.rate, "block shuffle")
    if float(torch.rand((), generator=generator)) >= params.chance:
        return
    lots_RC5 = torch.rand(rows, columns, 5, generator=generator, dtype=torch.float64).tolist()
    far = params.distance * longer
    # A run begins in so many of the blocks that are not within one.
    begins = params.share / max(params.share, params.run * (1 - params.share) + params.share)
    for row, lots_C5 in enumerate(lots_RC5):
        top, bottom = row * height // rows, (row + 1) * height // rows
        column = 0
        while column < columns:
            lot, length, up, aside, _ = lots_C5[column]
            if lot >= begins:
                column += 1
                continue
            end = min(columns, column + _num_blocks(length, params.run))
            left, right = column * width // columns, end * width // columns
            down = _inside(_whole((2 * up - 1) * far, side), -top, height - bottom)
            over = _inside(_whole((2 * aside - 1) * far, side), -left, width - right)
            if down or over:
                yield top, bottom, left, right, down, over
            column = end


def _num_blocks(lot: float, mean: float) -> int:
    """Draw the length of a run: geometric, at least 1."""
    if mean <= 1:
        return 1
    return 1 + int(math.log(1 - lot) / math.log(1 - 1 / mean))


def _whole(px: float, side: int) -> int:
    """Round to whole blocks, away from 0, so that what moves is seen to move."""
    return math.ceil(abs(px) / side) * side * (1 if px > 0 else -1) if px else 0


def _inside(move: int, least: int, most: int) -> int:
    return max(least, min(most, move))
