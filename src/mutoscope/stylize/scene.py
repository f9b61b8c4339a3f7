"""One frame before it is painted: what is in it, which styles are wanted where, and how the result is put together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.masks import check_shape, fit_mask, mask_at
from mutoscope.effects.protocol import Context
from mutoscope.effects.style_list import StyleList
from mutoscope.ops.blend import blend, feather
from mutoscope.ops.colour_transfer import keep_colours
from mutoscope.ops.resize import resize
from mutoscope.stylize.painter import Mix, StyledRegion
from mutoscope.stylize.params import OptimiseParams

__all__ = ["Scene", "Scenery"]


@dataclass(frozen=True)
class Scene:
    """One frame.

    Attributes:
        frame: as it was filmed.
        params: of this moment.
        mix: styles of this moment.
        masks: of each region, 1,1,H,W.
        mixes: styles of each region.
        guide_11HW: the guide film, where there is one.

    """

    frame: Clip
    params: OptimiseParams
    mix: Mix
    masks: tuple[Tensor, ...] = ()
    mixes: tuple[Mix, ...] = ()
    guide_11HW: Tensor | None = None

    @property
    def content(self) -> Tensor:
        """The picture."""
        return self.frame.pixels_TCHW

    @property
    def regions(self) -> tuple[StyledRegion, ...]:
        """Where which styles are wanted; empty: one everywhere."""
        return tuple(StyledRegion(mask, mix) for mask, mix in zip(self.masks, self.mixes, strict=True))

    def finish(self, painted_1CHW: Tensor) -> Clip:
        """Make the frame of the result; outside all regions, and with strength 0, it is the source bit by bit."""
        source, over = self.content, painted_1CHW.cpu()
        if self.params.colours == "source":
            over = keep_colours(over, source)
        cover = torch.full_like(source[:, :1], self.params.strength)
        if self.masks:
            cover = cover * feather(torch.cat(self.masks).sum(0, keepdim=True).clamp(max=1), self.params.region_feather)
        return self.frame.with_pixels(blend(source, over, cover))


class Scenery:
    """Makes scenes: follows the masks of the regions and the guide by time.

    Args:
        params: of the run.
        ctx: its inputs "region1", "region2" … and "guide" are followed.

    Raises:
        InputError: a region has no mask.

    """

    def __init__(self, params: OptimiseParams, ctx: Context) -> None:
        self._params = params
        self._style = StyleList.parse(params.style)
        self._regions = tuple(StyleList.parse(text) for text in params.regions)
        self._masks = [self._follow(ctx.inputs, f"region{n}") for n in range(1, len(self._regions) + 1)]
        self._guide = self._follow(ctx.inputs, "guide") if "guide" in ctx.inputs else None

    @staticmethod
    def _follow(inputs: Mapping[str, Any], name: str) -> "_Follower":
        if name not in inputs:
            raise InputError(f"there is a style for {name} and no mask; give the step an input of this name.")
        return _Follower(inputs[name](), name)

    def scene(self, frame: Clip) -> Scene:
        """Make the scene of a frame; call it in the order of time."""
        seconds = frame.seconds(0)
        size = frame.size
        return Scene(
            frame,
            self._params.at(seconds),
            self._style.at(seconds),
            tuple(fit_mask(mask.at(seconds, size), size) for mask in self._masks),
            tuple(styles.at(seconds) for styles in self._regions),
            None if self._guide is None else resize(self._guide.at(seconds, size), *size),
        )


class _Follower:
    def __init__(self, clips: Iterator[Clip], name: str) -> None:
        self._name = name
        self._shown = mask_at(clips)
        next(self._shown)

    def at(self, seconds: float, size: tuple[int, int]) -> Tensor:
        shown = self._shown.send(seconds)
        check_shape(shown.shape[2:], size, f"the mask of {self._name}" if self._name != "guide" else "the guide")
        return shown
