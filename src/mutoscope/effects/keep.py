"""The effect that drops frames. As the first step of a recipe it decides which parts of a film are computed at all."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from mutoscope.core.clip import Clip
from mutoscope.effects.keep_params import KeepParams
from mutoscope.effects.protocol import Context, Memory

__all__ = ["Keep"]


class Keep:
    """Give the frames of some parts of a film and drop the others."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"
    changes_times: ClassVar[bool] = True

    def __init__(self, params: KeepParams) -> None:
        self.params = params

    def kept(self, side: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
        """Give first second and end of each part that is kept."""
        del side  # others may keep what an analysis has found
        return self.params.ranges_s

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the frames of the parts, at their own times."""
        parts = self.kept(ctx.side)
        for clip in clips:
            for frame in clip.frames():
                if any(start <= frame.seconds(0) < end for start, end in parts):
                    yield frame
