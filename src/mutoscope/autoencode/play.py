"""The effect that shows a film as a model remembers it."""

import functools
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import load_model
from mutoscope.autoencode.noise import noise_of
from mutoscope.autoencode.params import AutoencodeParams, Precision
from mutoscope.core.ahead import run_ahead
from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context, Memory
from mutoscope.effects.shots import Shots
from mutoscope.ops.blend import on_visible_mean

__all__ = ["Play"]

_BATCH_FRAMES_ON_GPU = 64
_BATCH_PX_ON_GPU = 8 * 1280 * 720
_MOST_CODECS = 4  # a chain may hold several models


class Play:
    """Encode each frame, change its latents, decode them and enlarge the picture.

    Reading and encoding run ahead in a thread of their own while frames are decoded and written. A frame's transparency
    is kept. Frames keep their size.
    """

    piece_frames: ClassVar[int] = 240
    reads_ahead: ClassVar[int] = 2

    def __init__(self, params: AutoencodeParams) -> None:
        self.params = params

    @property
    def memory(self) -> Memory:
        """Frames depend on earlier ones where latents are smoothed."""
        return "carried" if self.params.smooth > 0 or self.params.moves("smooth") else "none"

    @property
    def analyses(self) -> tuple[str, ...]:
        """Cuts are wanted where latents are smoothed."""
        return ("shots",) if self.memory == "carried" else ()

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the clips as the model remembers them.

        Raises:
            ParameterError: a bend names what the decoder does not have.
            WeightsError: the model's file is missing or broken.

        """
        codec = _codec_at(self.params.settled(ctx.device), ctx.device)
        codec.check_bends(self.params.bends)
        frames = (frame for clip in clips for frame in clip.frames())
        encoded = run_ahead(_encoded(codec, frames, self.params), depth=1)
        with_latents = ((frame, z, self.params.at(frame.seconds(0))) for frame, z in encoded)
        for frame, dream, now in _decoded(codec, self._changed(with_latents, codec, ctx)):
            if dream is None:
                yield frame
            else:
                source = frame.pixels_TCHW
                yield frame.with_pixels(dream if now.strength == 1 else torch.lerp(source, dream, now.strength))

    def _changed(
        self, frames: Iterable[tuple[Clip, Tensor, AutoencodeParams]], codec: Codec, ctx: Context
    ) -> Iterator[tuple[Clip, Tensor, AutoencodeParams]]:
        """Exaggerate, smooth and disturb latents L; leave the memory behind."""
        shots: Shots | None = ctx.side.get("shots")
        before, pts_before = ctx.carry.before.get("z"), int(ctx.carry.before.get("pts", torch.zeros(1))[0])
        for frame, encoded_L, now in frames:
            pts, z = frame.pts_T[0], encoded_L
            if now.exaggerate != 1:
                z = codec.mean_L + (z - codec.mean_L) * now.exaggerate
            is_cut = shots is not None and shots.is_cut_between(pts_before, pts)
            if self.memory == "carried" and before is not None and not is_cut:
                z = torch.lerp(z, before, now.smooth)
            before, pts_before = z, pts
            if now.noise > 0:
                drawn = noise_of(ctx.generator, pts, frame.seconds(0), now.noise_hold, len(z))
                z = z + drawn * codec.spread_L * now.noise
            yield frame, z, now
        if self.memory == "carried" and before is not None:
            ctx.carry.after.update({"z": before.clone(), "pts": torch.tensor([pts_before])})


def _encoded(codec: Codec, frames: Iterator[Clip], params: AutoencodeParams) -> Iterator[tuple[Clip, Tensor]]:
    """Give each frame with its latents L; on a GPU many at once."""
    for (height, width), same in groupby(frames, lambda frame: frame.size):
        most = 1 if codec.device == "cpu" else min(_BATCH_FRAMES_ON_GPU, _BATCH_PX_ON_GPU // (height * width))
        while group := list(islice(same, max(1, most))):
            solid = torch.cat([on_visible_mean(frame.pixels_TCHW, frame.alpha_T1HW) for frame in group])
            yield from zip(group, codec.encode(solid, params.fit, params.pixel_shape), strict=True)


def _decoded(
    codec: Codec, frames: Iterable[tuple[Clip, Tensor, AutoencodeParams]]
) -> Iterator[tuple[Clip, Tensor | None, AutoencodeParams]]:
    """Give each frame with what the model makes of its latents, 1,3,H,W; None where nobody wants it."""
    for (size, bends, is_wanted), same in groupby(
        frames, lambda item: (item[0].size, item[2].bends, item[2].strength > 0)
    ):
        most = 1 if codec.device == "cpu" else min(_BATCH_FRAMES_ON_GPU, _BATCH_PX_ON_GPU // (size[0] * size[1]))
        while group := list(islice(same, max(1, most))):
            if not is_wanted:
                yield from ((frame, None, now) for frame, _, now in group)
                continue
            latents, first = torch.stack([z for _, z, _ in group]), group[0][2]
            dreams = codec.decode(latents, bends, size, first.fit, first.pixel_shape)
            for (frame, _, now), dream in zip(group, torch.split(dreams, 1), strict=True):
                yield frame, dream, now


def _codec_at(params: AutoencodeParams, device: str) -> Codec:
    file = Path(params.model)
    try:
        stat = file.stat()
    except OSError:
        return Codec(load_model(file), device)  # which says what is wrong
    return _codec_of(params.model, (stat.st_size, stat.st_mtime_ns), device, params.precision)


@functools.lru_cache(maxsize=_MOST_CODECS)
def _codec_of(path: str, _stamp: tuple[int, int], device: str, precision: Precision) -> Codec:
    return Codec(load_model(Path(path)), device, precision)
