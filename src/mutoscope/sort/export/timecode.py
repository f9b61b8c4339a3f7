"""Frames, seconds and timecode, exactly: SMPTE ST 12-1, with and without drop frame."""

import re
from dataclasses import dataclass
from fractions import Fraction

from mutoscope.core.errors import ParameterError

__all__ = ["STANDARD_RATES", "Timebase", "nominal_rate"]

STANDARD_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
"""Frames per second that every editor knows."""

_NEAR = Fraction(1, 3000)
"""Rates nearer than this are one rate badly written down (2997/100); 30 and 29.97 lie three times as far apart."""

_DROPPED_PER_MINUTE = 15
"""A fifteenth of the nominal rate: 2 numbers at 29.97, 4 at 59.94."""

_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


def nominal_rate(rate: Fraction) -> Fraction:
    """Give the standard rate that a rate means (29.97 is 30000/1001), or the rate itself."""
    near = min((*STANDARD_RATES, Fraction(120000, 1001)), key=lambda standard: abs(standard / rate - 1))
    return near if abs(near / rate - 1) < _NEAR else rate


@dataclass(frozen=True)
class Timebase:
    """What an editor counts in.

    Attributes:
        rate: frames per second, exact.
        drop: whether timecode leaves out numbers, so that it keeps up with the clock; 29.97 and 59.94 only.

    """

    rate: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ParameterError(f"rate={self.rate} is not allowed; expected frames per second above 0.")
        if self.drop and not self.can_drop(self.rate):
            raise ParameterError(f"there is no drop-frame timecode at {self.label}; it exists at 29.97 and 59.94.")

    @staticmethod
    def can_drop(rate: Fraction) -> bool:
        """Tell whether drop-frame timecode exists at a rate."""
        nominal = -(-rate.numerator // rate.denominator)
        return nominal % 30 == 0 and rate == Fraction(nominal * 1000, 1001)

    @property
    def per_second(self) -> int:
        """Frame numbers in a second of timecode: 24 at 23.976, 30 at 29.97."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def is_ntsc(self) -> bool:
        """Whether the rate is 1000/1001 of a whole one."""
        return self.rate == Fraction(self.per_second * 1000, 1001)

    @property
    def frame_seconds(self) -> Fraction:
        """How long a frame lasts."""
        return 1 / self.rate

    @property
    def label(self) -> str:
        """The rate as people write it: "23.976", "25", "29.97df"."""
        text = f"{float(self.rate):.3f}".rstrip("0").rstrip(".")
        return text + ("df" if self.drop else "")

    @property
    def frames_per_day(self) -> int:
        """Frames in 24 hours of timecode, where it begins again with zero."""
        return self._counted(24 * 3600 * self.per_second)

    def to_text(self, frame: int) -> str:
        """Write a frame number as timecode, "01:00:00:00", with ";" before the frames of drop-frame timecode.

        After a day it begins again.
        """
        number = frame % self.frames_per_day
        if self.drop:
            number = self._labelled(number)
        seconds, frames = divmod(number, self.per_second)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if self.drop else ':'}{frames:02d}"

    def to_frame(self, text: str) -> int:
        """Read timecode as a frame number.

        Args:
            text: "HH:MM:SS:FF"; whether numbers are left out is a matter of this time base, not of the text's ";".

        Raises:
            ParameterError: it is no timecode, or one that this time base does not have.

        """
        match = _TIMECODE.fullmatch(text)
        if match is None:
            raise ParameterError(f"{text!r} is no timecode; expected HH:MM:SS:FF.")
        hours, minutes, seconds, frames = int(match[1]), int(match[2]), int(match[3]), int(match[5])
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.per_second:
            raise ParameterError(f"{text} does not exist at {self.label} frames per second; expected a time of a day.")
        if self.drop and minutes % 10 and not seconds and frames < self._dropped:
            raise ParameterError(
                f"{text} does not exist in drop-frame timecode; the minute begins at ;{self._dropped:02d}."
            )
        return self._counted(((hours * 60 + minutes) * 60 + seconds) * self.per_second + frames)

    def to_seconds(self, frame: int) -> Fraction:
        """Give the exact time of a frame."""
        return frame / self.rate

    def nearest_frame(self, seconds: Fraction) -> int:
        """Give the frame whose beginning lies nearest to a time; the later one of two."""
        return int((seconds * self.rate + Fraction(1, 2)) // 1)

    @property
    def _dropped(self) -> int:
        return self.per_second // _DROPPED_PER_MINUTE

    def _counted(self, number: int) -> int:
        """Turn the number that a label spells into a count of frames."""
        if not self.drop:
            return number
        minutes = number // (60 * self.per_second)
        return number - self._dropped * (minutes - minutes // 10)

    def _labelled(self, frame: int) -> int:
        """Turn a count of frames into the number that its label spells."""
        per_minute = 60 * self.per_second - self._dropped
        per_ten = 10 * per_minute + self._dropped
        tens, rest = divmod(frame, per_ten)
        # The first minute of ten leaves nothing out, so it is longer by as much.
        minutes = 0 if rest < per_minute + self._dropped else (rest - self._dropped) // per_minute
        return frame + self._dropped * (9 * tens + minutes)
