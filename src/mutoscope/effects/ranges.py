"""An effect within a range of time; outside it the film passes unchanged."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context, Effect, memory_of

__all__ = ["InRange"]


class InRange:
    """Wrap an effect so that it sees the frames of a range only.

    Args:
        effect: any effect.
        start: seconds of the first frame that it sees; None: the film's first.
        end: seconds of the first frame that it no longer sees; None: none.

    """

    def __init__(self, effect: Effect[Any], start: float | None = None, end: float | None = None) -> None:
        self.effect = effect
        self.params = effect.params
        self.analyses: tuple[str, ...] = effect.analyses
        self.memory = memory_of(effect)
        self.piece_frames: int = getattr(effect, "piece_frames", Effect.piece_frames)
        self.start, self.end = start, end

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the frames before the range, the effect's, and the frames after it."""
        stream = _Stream(clips)
        if self.start is not None:
            yield from stream.until(self.start)
        if (first := next(inside := stream.until(self.end), None)) is not None:
            yield from self.effect(chain([first], inside), ctx)
        yield from stream.until(None)


class _Stream:
    """A film that is handed out in parts, each up to a time."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self._clips = iter(clips)
        self._rest: Clip | None = None

    def until(self, seconds: float | None) -> Iterator[Clip]:
        while (clip := self._next()) is not None:
            num = len(clip) if seconds is None else sum(clip.seconds(i) < seconds for i in range(len(clip)))
            if num < len(clip):
                self._rest = clip[num:]
            if num:
                yield clip[:num]
            if self._rest is not None:
                return

    def _next(self) -> Clip | None:
        clip, self._rest = self._rest, None
        return clip if clip is not None else next(self._clips, None)
