"""What a run gives back. Torch-free."""

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RunResult"]


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Attributes:
        path: the finished film or picture.
        frames: frames written.
        seconds: wall time of reading, remaking and writing, analyses included.
        notices: things a person should know (tone-mapped, sound re-encoded), one line each.
        truncated: why the source broke off, or None where it was whole.
        set_aside: pieces that could not be computed and are missing in the film, one line each.
        computed: pieces that were computed.
        reused: pieces that an earlier run had left.
        manifest: where it is told what was done, or None.
        numbers: of the pictures that were written, where the result is a sequence.

    """

    path: Path
    frames: int
    seconds: float
    notices: tuple[str, ...] = field(default=())
    truncated: str | None = None
    set_aside: tuple[str, ...] = field(default=())
    computed: int = 0
    reused: int = 0
    manifest: Path | None = None
    numbers: tuple[int, ...] = field(default=())
