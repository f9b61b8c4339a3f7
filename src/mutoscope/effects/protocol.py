"""What an effect is: parameters in, then clips to clips, lazily, with no state kept between calls."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.progress import Progress, ignore
from mutoscope.core.random import generator
from mutoscope.effects.params import Params

__all__ = ["Carry", "Context", "Effect", "Memory", "SideInput", "memory_of"]

P = TypeVar("P", bound=Params)

SideInput = Callable[[], Iterator[Clip]]
"""Starts a side input from its first frame: a mask, a second clip, a guide."""


Memory = Literal["none", "carried", "shot", "film"]
"""How far an effect remembers, widest last; it says where a film may be cut into pieces that are computed apart.

none: each frame for itself. carried: frames of a shot depend on earlier ones, and all that they need goes through
`Context.carry`. shot: likewise, but it cannot be handed on, so a shot stays whole. film: memory crosses cuts.
"""


@dataclass
class Carry:
    """What an effect hands from one piece of a shot to the next.

    Attributes:
        before: what the piece before left; empty at the beginning of a shot.
        after: filled by the effect when its input ends, with all that the next piece needs, on the CPU.

    """

    before: Mapping[str, Tensor] = field(default_factory=dict)
    after: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a run lends to its effects.

    Attributes:
        seed: the run's seed; noise is drawn from `generator(pts)` only.
        device: torch device that heavy maths should use.
        report: takes progress; never call it more often than the work it reports.
        side: cached results of analysis passes by name (`effects.analysis`), e.g. `"shots"`.
        inputs: side inputs by name; each call starts the stream anew.
        carry: takes and gives the memory of an effect that is `carried`.

    """

    seed: int = 0
    device: str = "cpu"
    report: Callable[[Progress], None] = ignore
    side: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, SideInput] = field(default_factory=dict)
    carry: Carry = field(default_factory=Carry)

    def generator(self, pts: int, purpose: str = "") -> torch.Generator:
        """Make the generator of one frame."""
        return generator(self.seed, pts, purpose)


class Effect(Protocol, Generic[P]):
    """Turns clips into clips.

    A lazy generator: pull one clip, yield one clip. An effect holds parameters; a call holds state, in local
    variables. The result must not depend on how the film was cut into clips; `mutoscope.testing.check_effect`
    checks this and eight more rules.
    """

    params: P
    analyses: ClassVar[tuple[str, ...]] = ()
    """Names of the analysis passes whose results the effect reads from `Context.side`."""
    memory: ClassVar[Memory] = "shot"
    """How far it remembers."""
    piece_frames: ClassVar[int] = 240
    """Frames that are computed apart at most; few where a frame takes seconds, so that little is lost with a worker."""

    reads_ahead: ClassVar[int] = 0
    """Frames that it pulls before they are asked for, where reading and computing overlap; a few at most."""

    def __init__(self, params: P) -> None: ...

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the remade clips.

        Raises:
            MutoscopeError: where a parameter or a side input does not fit the clips.

        """
        ...


def memory_of(effect: Effect[Any]) -> Memory:
    """Say how far an effect remembers: a shot, where it does not tell."""
    told: Memory = getattr(effect, "memory", "shot")
    return told
