"""The effect that lets agents loose on a film."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.corrupt.hours import Hours
from mutoscope.corrupt.layer import Layer, Moving, chance_of, lay_over, open_cells
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.tables import Tables
from mutoscope.corrupt.threads import Spread, spreading
from mutoscope.effects.attention import AttentionReader
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.protocol import Carry, Context, Memory
from mutoscope.models.memory import keep_freed_memory

__all__ = ["AgentsEffect"]


class AgentsEffect:
    """Glitch a film by agents, layer by layer.

    A network says where it looks; from that, rewards are made and agents learn where to go and what to do there. They
    are thrown on the picture and live for some steps: one a frame on film, all at once on a picture. All chance belongs
    to a frame and a layer, all memory ends at a cut, and the tables of a frame hang on its shot alone.
    """

    piece_frames: ClassVar[int] = 240

    def __init__(self, params: AgentsParams) -> None:
        self.params = params

    @property
    def memory(self) -> Memory:
        """Frames depend on earlier ones where agents live on, or painted cells stay."""
        return "carried" if any(layer.needs_past for layer in self.params.layers) else "none"

    @property
    def analyses(self) -> tuple[str, ...]:
        """Cuts, and where the network looks."""
        return ("shots", analysis_name(self.params))

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the glitched clips.

        Raises:
            ParameterError: a grid does not fit the picture, or a layer's time does not fit the film.
            WeightsError: the network's weights are not to be had.

        """
        clips = iter(clips)
        first = list(islice(clips, 1))
        is_still = False
        if not ctx.side and first and len(first[0]) == 1 and not ctx.carry.before:
            # A picture comes alone and has no side data, which films have; one clip is read ahead to tell.
            first += islice(clips, 1)
            is_still = len(first) == 1
        keep_freed_memory()  # each frame is a new one
        stack = _Stack(self.params, ctx, is_still=is_still)
        with spreading() as spread:
            for clip in chain(first, clips):
                x_TCHW = clip.pixels_TCHW.clone(memory_format=torch.contiguous_format)
                for number, frame in enumerate(clip.frames()):
                    stack.paint(frame, x_TCHW[number], spread)
                yield clip.with_pixels(x_TCHW)
        ctx.carry.after.update(stack.packed())


class _Stack:
    """The layers of one run, and what they remember."""

    def __init__(self, params: AgentsParams, ctx: Context, *, is_still: bool) -> None:
        self._params, self._ctx, self._is_still = params, ctx, is_still
        self._reader = AttentionReader(ctx, params)
        self._tables = Tables(params, ctx)
        self._hours = Hours(params, ctx)
        self._layers: list[Layer] = []
        self._size: tuple[int, int] | None = None
        self._shot, self._begun = _unpack(ctx.carry)

    def paint(self, frame: Clip, x_CHW: Tensor, spread: Spread) -> None:
        """Let all layers work on one frame, in place."""
        look = self._reader.at(frame)
        if frame.size != self._size:
            self._lay(frame.size)
        if look.shot != self._shot:
            for layer in self._layers:
                layer.forget()
        self._shot = look.shot
        for layer in self._layers:
            params = layer.params.at(frame.seconds(0))
            if not self._is_still and not self._hours.is_on(layer.number, frame, look):
                layer.forget()
                continue
            policy_mn = self._tables.policy(layer, look)
            opened_mn = open_cells(look.map_HW, params, layer.grid)
            steps = params.lifespan if self._is_still else params.steps_per_frame
            generator = chance_of(self._ctx, frame.pts_T[0], layer.number)
            layer.work(x_CHW.numpy(), params, policy_mn, opened_mn, steps, generator, spread)

    def packed(self) -> dict[str, Tensor]:
        """Give what the next piece of the shot needs."""
        if self._size is None:  # no frame came
            return dict(self._ctx.carry.before)
        kept: dict[str, Tensor] = {}
        for layer in self._layers:
            if layer.moving is not None and layer.params.needs_past:
                kept |= {f"{layer.number}.{name}": x for name, x in layer.moving.packed().items()}
        return {**kept, "shot": torch.tensor(self._shot)} if kept else {}

    def _lay(self, size_HW: tuple[int, int]) -> None:
        layers = enumerate(self._params.timed_layers())
        self._layers = [lay_over(n, one, size_HW, shrink=self._params.may_shrink(n)) for n, one in layers]
        for layer in self._layers:
            layer.moving = self._begun.pop(layer.number, None)
        self._size = size_HW


def _unpack(carry: Carry) -> tuple[int, dict[int, Moving]]:
    """Take the number of the shot, and what each layer kept."""
    if not carry.before:
        return -1, {}
    by_layer: dict[int, dict[str, Tensor]] = {}
    for name, tensor in carry.before.items():
        number, dot, key = name.partition(".")
        if dot:
            by_layer.setdefault(int(number), {})[key] = tensor
    return int(carry.before["shot"]), {number: Moving.unpacked(told) for number, told in by_layer.items()}
