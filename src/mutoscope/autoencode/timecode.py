"""Timecode of edit lists as frame numbers (SMPTE ST 12-1), with and without drop frame."""

import re
from fractions import Fraction

from mutoscope.core.errors import InputError

__all__ = ["can_drop", "frame_of"]

_TIMECODE = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)[:;.,](\d{2,3})")
_DROPPED_PER_MINUTE = 15
"""A fifteenth of the nominal rate: 2 numbers at 29.97, 4 at 59.94."""


def can_drop(rate: Fraction) -> bool:
    """Tell whether drop-frame timecode exists at a rate: 29.97 and 59.94."""
    return any(abs(rate - Fraction(nominal * 1000, 1001)) < Fraction(1, 1000) for nominal in (30, 60))


def frame_of(text: str, rate: Fraction, *, drop: bool) -> int:
    """Read timecode "HH:MM:SS:FF" as a frame number.

    Raises:
        InputError: it is no timecode, or one that this rate does not have.

    """
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no timecode; expected HH:MM:SS:FF.")
    hours, minutes, seconds, frames = (int(part) for part in found.groups())
    nominal = -(-rate.numerator // rate.denominator)
    dropped = nominal // _DROPPED_PER_MINUTE if drop else 0
    if hours > 23 or frames >= nominal or (drop and minutes % 10 and not seconds and frames < dropped):
        raise InputError(f"timecode {text} does not exist at {float(rate):.5g} frames per second; is the rate right?")
    total = hours * 60 + minutes
    return (total * 60 + seconds) * nominal + frames - dropped * (total - total // 10)
