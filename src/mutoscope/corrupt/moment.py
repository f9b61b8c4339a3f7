"""When a layer begins and ends: "1.5s", "00:04", "30f"; with a minus, counted from the end. Torch-free."""

import re
from dataclasses import dataclass

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time

__all__ = ["Moment", "Place", "parse_moment"]

_FRAMES = re.compile(r"\d+f")
_LONGEST = 10**9


@dataclass(frozen=True)
class Place:
    """Where a frame stands in the film, or in its shot.

    Attributes:
        frame: its number, from 0.
        seconds: its time.
        frames_left: how many frames come from here to the end, this one too; None: unknown.
        seconds_left: time from here to the end; None: unknown.

    """

    frame: int
    seconds: float
    frames_left: int | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class Moment:
    """A time in frames or seconds, from the beginning or the end."""

    amount: float
    in_frames: bool
    from_end: bool

    def is_reached(self, place: Place, *, unless_known: bool) -> bool:
        """Tell whether a frame is at the moment or behind it; `unless_known` where it counts from an unknown end."""
        if not self.from_end:
            return (place.frame if self.in_frames else place.seconds + _TINY_S) >= self.amount
        left = place.frames_left if self.in_frames else place.seconds_left
        return unless_known if left is None else left <= self.amount + (0 if self.in_frames else _TINY_S)

    def is_before(self, other: "Moment") -> bool | None:
        """Tell whether it comes first; None where that hangs on the film."""
        if (self.in_frames, self.from_end) != (other.in_frames, other.from_end):
            return None
        return self.amount > other.amount if self.from_end else self.amount < other.amount


_TINY_S = 1e-6
"""Time stamps are whole numbers of a time base; 0.1 s may lie a hair's breadth behind them."""


def parse_moment(text: str) -> Moment:
    """Read "1.5s", "00:04", "30f", "-20f" or "-2s".

    Raises:
        ParameterError: it is none of these.

    """
    sign, rest = text.strip().startswith("-"), text.strip().removeprefix("-")
    if _FRAMES.fullmatch(rest) and len(rest) < 12 and int(rest[:-1]) <= _LONGEST:
        return Moment(int(rest[:-1]), in_frames=True, from_end=sign)
    try:
        return Moment(parse_time(rest), in_frames=False, from_end=sign)
    except ParameterError:
        wanted = "write '1.5s', '00:04' or '30f', with a minus to count from the end"
        raise ParameterError(f"{text!r} is no moment; {wanted}.") from None
