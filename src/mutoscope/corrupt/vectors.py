"""The effect that lets a decoder follow other motion vectors than the film's."""

import math
from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.core.clip import Clip
from mutoscope.corrupt.mosh_moments import Moment, moments
from mutoscope.corrupt.vectors_params import VectorsParams
from mutoscope.effects.protocol import Context, Memory
from mutoscope.flow.remap import remap
from mutoscope.video.mosh import MoshCodec, MoshDecoder, MoshEncoder

__all__ = ["Vectors", "bend"]

_QUALITY = 3
_BLOCK_PX = 16


class Vectors:
    """Move the last result along the film's motion vectors, after something was done to them.

    result = warp(last result, bent vectors) + residual * (frame - warp(last frame, vectors)), then a share of the
    frame itself. The vectors are those of a codec, block by block: the film is encoded and decoded for them, ahead, in
    a thread of its own.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    reads_ahead: ClassVar[int] = 4

    def __init__(self, params: VectorsParams) -> None:
        self.params = params

    @property
    def memory(self) -> Memory:
        """Everything starts anew at a cut, unless it is to go on."""
        return "film" if self.params.through_cuts else "shot"

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the clips whose pixels went astray."""
        last_CHW: Tensor | None = None
        frozen_2HW: Tensor | None = None
        for m, field_2HW in run_ahead(_with_fields(moments(clips, ctx), self.params.mosh_codec), depth=1):
            starts = m.before is None or (m.is_cut and not self.params.through_cuts)
            if starts:
                frozen_2HW = None
            elif frozen_2HW is None and field_2HW is not None and m.seconds >= (self.params.freeze_s or 0) - 1e-6:
                frozen_2HW = field_2HW
            if starts or last_CHW is None or field_2HW is None:
                last_CHW = m.pixels if starts or last_CHW is None else last_CHW
                yield _mixed(m, last_CHW, self.params)
                continue
            last_CHW = _astray(m, last_CHW, field_2HW, frozen_2HW, self.params, ctx)
            yield _mixed(m, last_CHW, self.params)


def _with_fields(frames: Iterator[Moment], codec: MoshCodec) -> Iterator[tuple[Moment, Tensor | None]]:
    """Give each frame with the motion that leads to it; None at the beginning and at cuts."""
    encoder: MoshEncoder | None = None
    decoder: MoshDecoder | None = None
    for m in frames:
        if encoder is None or decoder is None or m.is_cut:  # what they tell of a shot hangs on that shot alone
            encoder = MoshEncoder(m.frame.size, codec, _QUALITY)
            decoder = MoshDecoder(m.frame.size, codec, vectors=True)
        decoder.decode(encoder.encode(m.pixels))
        yield m, None if m.is_cut else decoder.field()


def _astray(
    m: Moment, last_CHW: Tensor, field_2HW: Tensor, frozen_2HW: Tensor | None, params: VectorsParams, ctx: Context
) -> Tensor:
    now = params.at(m.seconds)
    told_2HW = field_2HW
    if now.freeze > 0 and frozen_2HW is not None:
        told_2HW = torch.lerp(field_2HW, frozen_2HW, now.freeze)
    bent_2HW = bend(told_2HW, now, ctx.generator(m.pts, "vectors"))
    moved_CHW = remap(last_CHW, bent_2HW)
    if now.residual > 0:
        moved_CHW.add_(m.pixels - remap(m.pixels_before, field_2HW), alpha=now.residual)
    if now.heal > 0:
        moved_CHW.lerp_(m.pixels, now.heal)
    return moved_CHW.clamp_(0, 1)


def bend(field_2HW: Tensor, params: VectorsParams, generator: torch.Generator) -> Tensor:
    """Scale, turn, shift and shake a field of backward motion.

    Args:
        field_2HW: px, x then y, from each pixel to where it came from.
        params: of one moment.
        generator: of chance that belongs to the frame.

    Returns:
        2,H,W likewise: `scale` 2 makes everything go twice as far.

    """
    height, width = field_2HW.shape[1:]
    turned_2HW = field_2HW * params.scale
    if params.rotate:
        sine, cosine = math.sin(math.radians(params.rotate)), math.cos(math.radians(params.rotate))
        x_HW, y_HW = turned_2HW
        # Anticlockwise as one sees it: y points down.
        turned_2HW = torch.stack([cosine * x_HW + sine * y_HW, cosine * y_HW - sine * x_HW])
    if params.drift_x or params.drift_y:
        turned_2HW = turned_2HW - torch.tensor([params.drift_x, params.drift_y])[:, None, None]
    if params.jitter > 0:
        blocks = torch.randn(2, -(-height // _BLOCK_PX), -(-width // _BLOCK_PX), generator=generator) * params.jitter
        shaken_12HW = nnf.interpolate(blocks[None], scale_factor=float(_BLOCK_PX), mode="nearest")
        turned_2HW = turned_2HW + shaken_12HW[0, :, :height, :width]
    return turned_2HW


def _mixed(m: Moment, x_CHW: Tensor, params: VectorsParams) -> Clip:
    strength = params.at(m.seconds).strength
    if x_CHW is m.pixels or strength == 0:
        return m.frame
    whole = x_CHW[None] if strength == 1 else torch.lerp(m.frame.pixels_TCHW, x_CHW[None], strength).clamp_(0, 1)
    return m.frame.with_pixels(whole)
