"""A mask as side input of any effect: the effect shows where the mask is white, the source stays elsewhere."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.protocol import Context, Effect
from mutoscope.ops.blend import blend, feather
from mutoscope.ops.resize import resize

__all__ = ["Masked", "mask_at"]


class Masked:
    """Wrap an effect so that it shows only where the side input "mask" is white.

    A picture is held for the whole film; a video is followed by time, and its last frame is held. Pixels
    where the mask is black are bit-equal to the source. One clip at a time is in memory.

    Args:
        effect: any effect that keeps the size and the times of its frames.
        feather_px: softness of the edge, inside the mask.
        invert: show the effect where the mask is black.
    """

    def __init__(self, effect: Effect[Any], feather_px: float = 0.0, *, invert: bool = False) -> None:
        self.effect = effect
        self.params = effect.params
        self.analyses: tuple[str, ...] = effect.analyses
        self.feather_px = feather_px
        self.invert = invert

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the blended clips.

        Raises:
            InputError: there is no mask, it is empty, or the effect changed the size or number of frames.
        """
        if "mask" not in ctx.inputs:
            raise InputError("a mask was expected and none was given; give --mask FILE.")
        seen: deque[Clip] = deque()

        def watched() -> Iterator[Clip]:
            for clip in clips:
                seen.append(clip)
                yield clip

        masks = mask_at(ctx.inputs["mask"]())
        next(masks)
        for done in self.effect(watched(), ctx):
            if not seen or seen[0].pts_T != done.pts_T or seen[0].size != done.size:
                raise InputError("a mask cannot follow an effect that changes size or times; use it on another.")
            source = seen.popleft()
            mask_T1HW = torch.cat([self._mask(masks.send(source.seconds(i)), source) for i in range(len(source))])
            yield done.with_pixels(blend(source.pixels_TCHW, done.pixels_TCHW, mask_T1HW))

    def _mask(self, mask_11HW: Tensor, like: Clip) -> Tensor:
        fitted = resize(mask_11HW, *like.size)
        # What is nearly black or white in a compressed mask is meant to be so.
        levelled = ((fitted - 0.03) / 0.94).clamp(0, 1)
        return feather(1 - levelled if self.invert else levelled, self.feather_px)


def mask_at(clips: Iterator[Clip]) -> Iterator[Any]:
    """Follow a mask by time: prime with `next`, then `send(seconds)` in rising order gives 1,1,H,W.

    Raises:
        InputError: the mask has no frame.
    """
    frames = (frame for clip in clips for frame in clip.frames())
    current = next(frames, None)
    if current is None:
        raise InputError("the mask has no frame; give a picture or a film that plays.")
    coming = next(frames, None)
    answer: Tensor | None = None
    while True:
        seconds = yield answer
        while coming is not None and coming.seconds(0) <= seconds + 1e-6:
            current, coming = coming, next(frames, None)
        answer = current.pixels_TCHW.mean(1, keepdim=True)
        if current.alpha_T1HW is not None:
            answer = answer * current.alpha_T1HW
