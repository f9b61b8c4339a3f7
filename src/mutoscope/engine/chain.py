"""The effects of a recipe, streaming into each other in one pass, over the whole film or any span of it."""

import functools
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.effects.masks import Masked
from mutoscope.effects.params import Params, make_params
from mutoscope.effects.protocol import Carry, Context, Effect, Memory, SideInput, memory_of
from mutoscope.effects.ranges import InRange
from mutoscope.effects.registry import get
from mutoscope.effects.sound import Heard
from mutoscope.recipes.paths import STEP_PREFIX
from mutoscope.recipes.recipe import Recipe, Step
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.sequence import numbered
from mutoscope.video.span import Span, SpanReader

__all__ = ["Chain", "chain_of"]

_REACH: tuple[Memory, ...] = ("none", "carried", "shot", "film")
_PIECE_FRAMES = 240


class Chain:
    """A recipe whose effects have been made.

    Args:
        recipe: the recipe.
        heard: what was measured of the source's sound; without it, effects whose numbers follow it can be asked what
            they are, and cannot run.

    Attributes:
        recipe: the recipe.
        steps: the steps that its result needs, in order.
        sounds: names of the sounds that numbers of its effects follow.

    """

    def __init__(self, recipe: Recipe, heard: Heard | None = None) -> None:
        self.recipe = recipe
        self.steps = recipe.order()
        self._effects = {step.name: _make(step, heard) for step in self.steps}
        self.sounds = frozenset(name for effect in self._effects.values() for name in effect.params.sounds())

    def params_of(self, name: str) -> Params:
        """Give the parameters of a step, with what the film sounds like where numbers follow it."""
        params: Params = self._effects[name].params
        return params

    @property
    def memory(self) -> Memory:
        """How far the most far-reaching effect remembers."""
        return max((memory_of(effect) for effect in self._effects.values()), key=_REACH.index)

    @property
    def analyses(self) -> tuple[str, ...]:
        """Passes over the source that the effects want, each once; cuts, where films are cut at them."""
        wanted = [name for effect in self._effects.values() for name in effect.analyses]
        shots = ["shots"] if self.memory in ("carried", "shot") else []
        return tuple(dict.fromkeys([*shots, *wanted]))

    @property
    def piece_frames(self) -> int:
        """Frames that are computed apart at most: few where an effect is slow, so that little is lost with a worker."""
        wishes = (getattr(effect, "piece_frames", _PIECE_FRAMES) for effect in self._effects.values())
        return self.recipe.film.piece_frames or min(wishes)

    def kept(self, side: Mapping[str, Any]) -> Sequence[tuple[float, float]] | None:
        """Give the parts of the film, in seconds, that the first step keeps; None where it keeps all.

        Raises:
            ParameterError: a later step, or one within a time range, drops frames.

        """
        parts: Sequence[tuple[float, float]] | None = None
        for number, step in enumerate(self.recipe.steps):
            keeper = getattr(self._effects[step.name], "kept", None)
            inner = getattr(getattr(self._effects[step.name], "effect", None), "kept", None)
            if inner or (keeper and (number > 0 or step.input != "source")):
                raise ParameterError(
                    f"{step.effect} drops frames; make it the first step, without start, end and mask."
                )
            if keeper and any(other.input == "source" for other in self.recipe.steps[1:]):
                raise ParameterError(f"a step takes the source past {step.effect}, whose frames are missing in it.")
            if keeper:
                parts = keeper(side)
        return parts

    def run(
        self,
        begin: Callable[[], Iterator[Clip]],
        context: Context,
        carries: Mapping[str, Carry],
        at: float,
    ) -> Iterator[Clip]:
        """Yield the clips of the result.

        Args:
            begin: starts the source anew; it is called once for each step that reads it.
            context: seed, device and side data.
            carries: memory of each step by name, taken and left.
            at: seconds of the first frame; side inputs begin with what they show then.

        """
        flow = _Flow(self.steps, self._effects, begin, context, carries, at)
        yield from flow.stream(self.steps[-1].name)
        flow.finish()


class _Flow:
    """One run of a chain over one span."""

    def __init__(
        self,
        steps: Sequence[Step],
        effects: Mapping[str, Effect[Any]],
        begin: Callable[[], Iterator[Clip]],
        context: Context,
        carries: Mapping[str, Carry],
        at: float,
    ) -> None:
        self._steps = {step.name: step for step in steps}
        self._effects, self._begin, self._context = effects, begin, context
        self._carries, self._at = carries, at
        self._sides: dict[str, list[Iterator[Clip]]] = {}

    def stream(self, name: str) -> Iterator[Clip]:
        """Start the result of a step, or the source."""
        if name == "source":
            return self._begin()
        step = self._steps[name]
        ctx = replace(
            self._context,
            seed=self._context.seed if step.seed is None else step.seed,
            carry=self._carries[name],
            inputs={key: self._side(place) for key, place in _side_places(step).items()},
        )
        return iter(self._effects[name](self.stream(step.input or "source"), ctx))

    def _side(self, place: str) -> SideInput:
        if not place.startswith(STEP_PREFIX):
            return functools.partial(_side_file, Path(place), self._at)
        name = place.removeprefix(STEP_PREFIX)

        def start() -> Iterator[Clip]:
            begun = self.stream(name)
            self._sides.setdefault(name, []).append(begun)
            return begun

        return start

    def finish(self) -> None:
        """Run to their ends the side inputs that remember: also of frames that nobody has asked for."""
        wanted = {place.removeprefix(STEP_PREFIX) for step in self._steps.values() for place in _side_steps(step)}
        for name in wanted:
            if any(memory_of(self._effects[before]) == "carried" for before in self._upstream(name)):
                for begun in self._sides.get(name) or [self.stream(name)]:
                    for _ in begun:
                        pass

    def _upstream(self, name: str) -> Iterator[str]:
        if name == "source":
            return
        yield name
        step = self._steps[name]
        for before in (step.input or "source", *(place.removeprefix(STEP_PREFIX) for place in _side_steps(step))):
            yield from self._upstream(before)


def _side_places(step: Step) -> dict[str, str]:
    return {**step.inputs, **({"mask": step.mask} if step.mask else {})}


def _side_steps(step: Step) -> list[str]:
    return [place for place in _side_places(step).values() if place.startswith(STEP_PREFIX)]


def _make(step: Step, heard: Heard | None) -> Effect[Any]:
    entry = get(step.effect)
    params = make_params(entry.load_params(), step.params)
    effect: Effect[Any] = entry.load_effect()(params if heard is None else params.with_sound(heard.envelopes))
    if step.mask:
        effect = Masked(effect, step.feather, invert=step.invert_mask)  # type: ignore[assignment] # wrappers are not made from parameters
    if step.start or step.end:
        start, end = (None if text is None else parse_time(text) for text in (step.start, step.end))
        effect = InRange(effect, start, end)  # type: ignore[assignment] # as above
    return effect


@functools.lru_cache(maxsize=4)
def _chain(text: str, _digests: tuple[str, ...], heard: Heard | None) -> Chain:
    return Chain(Recipe.from_plain(json.loads(text), Path("/")), heard)


def chain_of(plain: Mapping[str, Any], files: Mapping[str, str], heard: Heard | None = None) -> Chain:
    """Make a chain, or give the one that this process has made of the same recipe, bytes of its files, and sound."""
    return _chain(json.dumps(plain, sort_keys=True), tuple(files.values()), heard)


def _side_file(path: Path, at: float) -> Iterator[Clip]:
    """Begin a picture or film with the frame that it shows at a time."""
    pictures = [path] if path.exists() else [one for _, one in numbered(path)]
    info, index = _side_info(path, hash_json([hash_file(one) for one in pictures]))
    place = max(0, bisect_right(index.pts, at + 1e-6, key=lambda pts: float(pts * info.time_base)) - 1)
    start = index.pts[place]
    with SpanReader(info, (info.width, info.height)) as reader:
        yield from reader.read(Span(start, None, index.key_before(start)))


@functools.lru_cache(maxsize=8)
def _side_info(path: Path, _digest: str) -> tuple[VideoInfo, FrameIndex]:
    info = probe(path)
    index = index_frames(info)
    if not len(index):
        raise InputError(f"{path} has no frame that can be decoded; give a picture or film that plays.")
    return info, index
