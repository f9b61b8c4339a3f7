"""Lets somebody look at frames while they are made: the service shows the latest one of a job.

Where nobody looks it costs a comparison. What is shown is not copied and must not be changed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Onlooker", "show", "watching"]

Onlooker = Callable[["Tensor", float | None], None]
"""Takes pixels (C, H, W), sRGB, 0..1, and the time of the frame in s; None: a coarse stage of the one in the making."""

# Of the process, not of a thread: frames are made in threads that whoever looks did not start.
_onlookers: list[Onlooker] = []


@contextmanager
def watching(onlooker: Onlooker) -> Iterator[None]:
    """Have frames shown to somebody while the block runs, whichever thread makes them."""
    _onlookers.append(onlooker)
    try:
        yield
    finally:
        _onlookers.remove(onlooker)


def show(pixels_CHW: "Tensor", seconds: float | None = None) -> None:
    """Show a frame, where somebody looks."""
    for onlooker in tuple(_onlookers):
        onlooker(pixels_CHW, seconds)
