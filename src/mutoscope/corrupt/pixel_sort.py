"""The effect that sorts pixels."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.chance import draw_seed
from mutoscope.corrupt.pattern import draw
from mutoscope.corrupt.pixel_sort_kernel import sort_lines
from mutoscope.corrupt.pixel_sort_params import PixelSortParams
from mutoscope.corrupt.pixel_sort_runs import INTERVALS, KEYS
from mutoscope.corrupt.threads import Spread, spreading
from mutoscope.effects.protocol import Context, Memory

__all__ = ["PixelSort"]


class PixelSort:
    """Sort runs of pixels along parallel lines.

    A line at any angle takes one pixel of each column (or row, where it is steep), so that every pixel belongs to one
    line and the result holds the very pixels of the source in another order.
    """

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: PixelSortParams) -> None:
        """Take the parameters.

        Raises:
            ParameterError: no brightness is a run's, so that the film would stay as it is.

        """
        if params.low > params.high and params.intervals == "threshold" and not params.is_animated:
            raise ParameterError(
                f"low={params.low:g} lies above high={params.high:g}, so nothing is between; exchange them."
            )
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the sorted clips."""
        with spreading() as spread:
            for clip in clips:
                sorted_frames = [_sort(frame, self.params.at(frame.seconds(0)), ctx, spread) for frame in clip.frames()]
                yield clip.with_pixels(sorted_frames[0] if len(sorted_frames) == 1 else torch.cat(sorted_frames))


def _sort(frame: Clip, params: PixelSortParams, ctx: Context, spread: Spread) -> Tensor:
    height, width = frame.size
    side = max(height, width)
    offsets_K, is_steep, is_backward = _lines(height, width, params.angle)
    chance = draw(frame, ctx, params.rate, "pixel sort")
    seed = draw_seed(chance)
    x_CHW = frame.pixels_TCHW[0].contiguous().numpy()
    out_CHW = np.empty_like(x_CHW)
    across = width if is_steep else height
    first = -int(offsets_K.max())
    num_lines = across - int(offsets_K.min()) - first

    def work(start: int, end: int) -> None:
        sort_lines(
            x_CHW,
            out_CHW,
            offsets_K,
            is_steep,
            first + start,
            first + end,
            KEYS.index(params.key),
            INTERVALS.index(params.intervals),
            params.reverse != is_backward,
            round(params.low * 255),
            round(params.high * 255),
            round(params.edge * 255),
            max(2, round(params.min_length * side)),
            max(1, round(params.length * side)) if params.length < 1 else 0,
            params.share,
            max(1, round(params.band * side)),
            seed,
        )

    spread(num_lines, work)
    return torch.from_numpy(out_CHW)[None]


def _lines(height: int, width: int, angle: float) -> tuple[npt.NDArray[np.int64], bool, bool]:
    """Lay parallel lines over the frame.

    Returns:
        how far a line has moved across at each of its steps; whether steps go down columns (steep) or along rows;
        whether the direction is against that.

    """
    turned = math.fmod(angle, 360.0)
    along_x, along_y = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    is_steep = abs(along_y) > abs(along_x)
    step, drift, length = (along_y, along_x, height) if is_steep else (along_x, along_y, width)
    offsets_K = np.floor(np.arange(length) * (drift / step) + 0.5).astype(np.int64)
    return offsets_K, is_steep, step < 0
