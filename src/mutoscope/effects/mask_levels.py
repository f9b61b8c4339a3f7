"""The effect that makes a mask of the brightness of a guide film: depth, segmentation, one's own drawing."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.mask_levels_params import LevelsParams
from mutoscope.effects.masks import check_shape, mask_at
from mutoscope.effects.protocol import Context, Memory
from mutoscope.ops.resize import resize

__all__ = ["Levels", "between"]


class Levels:
    """Make a mask film: white where the guide's brightness lies between two levels. The guide is followed by time."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: LevelsParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield grey clips of the film's size and times.

        Raises:
            InputError: there is no guide, or it is empty or of another shape than the film.

        """
        if "guide" not in ctx.inputs:
            raise InputError('a guide was expected and none was given; give --guide FILE, or the side input "guide".')
        guides = mask_at(ctx.inputs["guide"]())
        next(guides)
        shown: Tensor | None = None
        fitted = torch.empty(0)
        for clip in clips:
            masks = []
            for frame in clip.frames():
                guide_11HW = guides.send(frame.seconds(0))
                if guide_11HW is not shown:
                    check_shape(guide_11HW.shape[2:], frame.size, "the guide")
                    shown, fitted = guide_11HW, resize(guide_11HW, *frame.size)
                params = self.params.at(frame.seconds(0))
                mask_11HW = between(fitted, params.low, params.high, params.softness)
                masks.append((1 - mask_11HW if params.invert else mask_11HW).expand(-1, 3, -1, -1))
            yield Clip(torch.cat(masks), clip.pts_T, clip.time_base)


def between(guide_N1HW: Tensor, low: float, high: float, softness: float) -> Tensor:
    """Give 1 where brightness lies between two levels, 0 outside, slopes around the levels; 0 and 1 are no levels."""
    # Below a step of 8 bits a slope is none; the level itself counts as white.
    width = max(softness, 1e-6)
    edge = 0.5 if softness > 1e-6 else 1.0
    inside = torch.ones_like(guide_N1HW)
    if low > 0:
        inside = ((guide_N1HW - low) / width + edge).clamp(0, 1)
    if high < 1:
        inside = torch.minimum(inside, ((high - guide_N1HW) / width + edge).clamp(0, 1))
    return inside
