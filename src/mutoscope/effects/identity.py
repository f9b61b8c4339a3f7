"""The effect that changes nothing."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from mutoscope.core.clip import Clip
from mutoscope.effects.identity_params import IdentityParams
from mutoscope.effects.protocol import Context, Memory

__all__ = ["Identity"]


class Identity:
    """Give every clip back as it came."""

    analyses: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[Memory] = "none"

    def __init__(self, params: IdentityParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the clips."""
        del ctx  # nothing here depends on the run
        yield from clips
