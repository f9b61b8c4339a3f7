"""A mask as side input of any effect: the effect shows where the mask is white, the source stays elsewhere."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.protocol import Context, Effect, memory_of
from mutoscope.ops.blend import blend, feather
from mutoscope.ops.resize import resize

__all__ = ["EMPTY", "Masked", "brightness", "check_shape", "fit_mask", "mask_at"]

EMPTY = 0.03
"""What is not brighter than this in a compressed mask is meant to be black."""

_SHAPE_TOLERANCE = 0.02


class Masked:
    """Wrap an effect so that it shows only where the side input "mask" is white.

    A picture is held for the whole film; a video is followed by time, and its last frame is held. Pixels
    where the mask is black are bit-equal to the source, and so is their alpha. One clip at a time is in memory.

    Args:
        effect: any effect that keeps the size and the times of its frames; how it cuts them into clips is free.
        feather_px: width of the soft edge, inside the mask.
        invert: show the effect where the mask is black.

    """

    def __init__(self, effect: Effect[Any], feather_px: float = 0.0, *, invert: bool = False) -> None:
        self.effect = effect
        self.params = effect.params
        self.analyses: tuple[str, ...] = effect.analyses
        self.memory = memory_of(effect)
        self.piece_frames: int = getattr(effect, "piece_frames", Effect.piece_frames)
        self.feather_px = feather_px
        self.invert = invert

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the blended clips.

        Raises:
            InputError: there is no mask, it is empty or of another shape than the film, or the effect changed the
                size or times of its frames.

        """
        if "mask" not in ctx.inputs:
            raise InputError("a mask was expected and none was given; give --mask FILE.")
        waiting: deque[Clip] = deque()

        def watched() -> Iterator[Clip]:
            for clip in clips:
                waiting.extend(clip.frames())
                yield clip

        masks = mask_at(ctx.inputs["mask"]())
        next(masks)
        drawn: Tensor | None = None
        fitted = torch.empty(0)
        for done in self.effect(watched(), ctx):
            blended = []
            for frame in done.frames():
                source = waiting.popleft() if waiting else None
                if source is None or source.pts_T != frame.pts_T or source.size != frame.size:
                    raise InputError("a mask cannot follow an effect that changes size or times; use it on another.")
                mask_11HW = masks.send(source.seconds(0))
                if mask_11HW is not drawn or fitted.shape[2:] != source.size:
                    check_shape(mask_11HW.shape[2:], source.size, "the mask")
                    drawn, fitted = mask_11HW, self._fit(mask_11HW, source.size)
                blended.append(_lay(source, frame, fitted))
            yield Clip.join(blended)

    def _fit(self, mask_11HW: Tensor, size: tuple[int, int]) -> Tensor:
        fitted = fit_mask(mask_11HW, size)
        return feather(1 - fitted if self.invert else fitted, self.feather_px)


def fit_mask(mask_11HW: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a mask to the size of a frame; what is nearly black or white in a compressed mask is meant to be so."""
    return ((resize(mask_11HW, *size) - EMPTY) / (1 - 2 * EMPTY)).clamp(0, 1)


def mask_at(clips: Iterator[Clip]) -> Generator[Tensor, float, None]:
    """Follow a mask by time: prime with `next`, then `send(seconds)` in rising order gives 1,1,H,W.

    The same tensor comes back for as long as the mask does not change.

    Raises:
        InputError: the mask has no frame.

    """
    frames = (frame for clip in clips for frame in clip.frames())
    first = next(frames, None)
    if first is None:
        raise InputError("the mask has no frame; give a picture or a film that plays.")
    answer = brightness(first)
    coming = next(frames, None)
    while True:
        seconds = yield answer
        current: Clip | None = None
        while coming is not None and coming.seconds(0) <= seconds + 1e-6:
            current, coming = coming, next(frames, None)
        if current is not None:
            answer = brightness(current)


def check_shape(size: Sequence[int], wanted: Sequence[int], name: str) -> None:
    """See that a mask or guide has the shape of the film; its size does not matter.

    Args:
        size: its height and width.
        wanted: the film's.
        name: what errors call it.

    Raises:
        InputError: it is wider or narrower by more than two in a hundred.

    """
    (height, width), (film_height, film_width) = size, wanted
    # Sizes are whole: a small picture may be off by half a pixel on each side.
    rounding = 1 / min(height, width, film_height, film_width)
    if abs(width * film_height / (height * film_width) - 1) > _SHAPE_TOLERANCE + rounding:
        raise InputError(
            f"{name} is {width}x{height} and the frames are {film_width}x{film_height}, which is another shape; "
            "give one that covers the whole frame."
        )


def brightness(frame: Clip) -> Tensor:
    """Give the mean of the colours, less where it is transparent: T,1,H,W."""
    mean_11HW = frame.pixels_TCHW.mean(1, keepdim=True)
    return mean_11HW if frame.alpha_T1HW is None else mean_11HW * frame.alpha_T1HW


def _lay(source: Clip, done: Clip, mask_11HW: Tensor) -> Clip:
    pixels = blend(source.pixels_TCHW, done.pixels_TCHW, mask_11HW)
    if source.alpha_T1HW is None and done.alpha_T1HW is None:
        return replace(source, pixels_TCHW=pixels)
    opaque = torch.ones_like(pixels[:, :1])
    under = opaque if source.alpha_T1HW is None else source.alpha_T1HW
    over = opaque if done.alpha_T1HW is None else done.alpha_T1HW
    return replace(source, pixels_TCHW=pixels, alpha_T1HW=blend(under, over, mask_11HW))
