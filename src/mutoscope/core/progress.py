"""One progress record; the bar, plain lines, the service and tests are listeners."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Listener", "Progress", "ignore"]


@dataclass(frozen=True)
class Progress:
    """How far a stage of work is.

    Attributes:
        stage: what is being done, in a word or two ("stylize", "find cuts").
        done: units finished.
        total: units in all, or None where nobody knows yet.
        unit: what is counted: "frames", "steps", "bytes".

    """

    stage: str
    done: int
    total: int | None = None
    unit: str = "frames"


Listener = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Take a progress record and do nothing."""
