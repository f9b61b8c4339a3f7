"""Curves: how a number moves over the time of a film. One grammar for every numeric parameter. Torch-free.

    "0s:0, 4s:1"                    from 0 to 1 in a straight line
    "0s:2 hold, 3.5s:8"             2 until 3.5 s, then 8
    "0s:0 ease, 00:04:1 ease-in, 5s:0"

The word after a value says how the curve leaves that key: linear (default), hold, ease, ease-in, ease-out.
Before the first key and after the last one the value stands still.

A number may follow the film's own sound instead (`effects.sound_curve`):

    "bass:0..800"                   0 where there is no bass, 800 where it is loudest
    "loudness:2..8 ease"            the words as above, but for hold
    "onset:1..0 400ms"              1, and 0 at each beat or new tone, from where it takes 400 ms back
    "60-250hz:0..1"                 a band of your own

The sounds are bass (20 to 250 Hz), mids (250 to 4000), treble (4000 to 16000), loudness (all of it), onset, and any
band LOW-HIGHhz from 20 to 16000. A value goes at once to its second end, and takes at least the time behind it, 250ms
where there is none, back to the first. Levels are measured against the whole film: the loudest of it reaches the end.
"""

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from mutoscope.core.errors import ParameterError

__all__ = ["EASINGS", "Curve", "Key", "ease", "looks_like_curve", "parse_time"]

EASINGS = ("linear", "hold", "ease", "ease-in", "ease-out")

_KEY = re.compile(r"^(?P<time>\S+?)\s*:\s*(?P<value>[^\s:]+)(?:\s+(?P<easing>\S+))?$")
_CLOCK = re.compile(r"^(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d+(?:\.\d+)?)$")
_UNIT = re.compile(r"^(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?P<unit>s|ms|m)$")


@dataclass(frozen=True)
class Key:
    """One point of a curve: a time in seconds, a value, and how the curve leaves it."""

    seconds: float
    value: float
    easing: str = "linear"


@dataclass(frozen=True)
class Curve:
    """Keys in order of time, at least one."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> "Curve":
        """Read the grammar of this module.

        Raises:
            ParameterError: names the part that was not understood.

        """
        keys = tuple(_parse_key(part.strip(), text) for part in text.split(","))
        for before, after in pairwise(keys):
            if after.seconds <= before.seconds:
                raise ParameterError(
                    f"curve {text!r}: the key at {after.seconds:g}s does not come after {before.seconds:g}s; "
                    "write keys in order of time."
                )
        return cls(keys)

    @property
    def ends(self) -> tuple[float, ...]:
        """Values that it reaches; all others lie between them."""
        return tuple(key.value for key in self.keys)

    def at(self, seconds: float) -> float:
        """Value at a time. It never leaves the range of its two neighbouring keys."""
        index = bisect_right([key.seconds for key in self.keys], seconds)
        if index == 0:
            return self.keys[0].value
        if index == len(self.keys):
            return self.keys[-1].value
        here, there = self.keys[index - 1], self.keys[index]
        share = ease((seconds - here.seconds) / (there.seconds - here.seconds), here.easing)
        value = here.value * (1 - share) + there.value * share
        # Rounding must not carry a value over a bound that its keys keep.
        return min(max(value, min(here.value, there.value)), max(here.value, there.value))

    def __str__(self) -> str:
        words = ("" if key.easing == "linear" else f" {key.easing}" for key in self.keys)
        return ", ".join(f"{k.seconds!r}s:{k.value!r}{w}" for k, w in zip(self.keys, words, strict=True))


def looks_like_curve(value: object) -> bool:
    """Tell whether a parameter's value is meant as a curve: text with a colon."""
    return isinstance(value, str) and ":" in value


def parse_time(text: str) -> float:
    """Read a time like '1.5s', '250ms', '2m' or '00:04' into seconds.

    Raises:
        ParameterError: it is none of these.

    """
    if unit := _UNIT.match(text):
        number = float(unit["number"])
        # Divided, not multiplied by 0.001: 700ms is 0.7 s then, and a curve's text stays short.
        seconds = {"s": number, "ms": number / 1000, "m": number * 60}[unit["unit"]]
        if math.isfinite(seconds):
            return seconds
    if clock := _CLOCK.match(text):
        return int(clock["h"] or 0) * 3600 + int(clock["m"]) * 60 + float(clock["s"])
    raise ParameterError(f"{text!r} is no time; write '1.5s', '250ms', '2m' or '00:04'.")


def _parse_key(part: str, whole: str) -> Key:
    # A clock time carries colons of its own: the last colon before the value divides.
    match = _KEY.match(part)
    clock = re.match(r"^((?:\d+:)?\d+:\d+(?:\.\d+)?)\s*:\s*(.*)$", part)
    if clock:
        match = _KEY.match(f"0s:{clock[2]}")
    if not match:
        raise ParameterError(
            f"curve {whole!r}: {part!r} was not understood; write TIME:VALUE like '1.5s:0.8', parted by commas."
        )
    try:
        seconds = parse_time(clock[1] if clock else match["time"])
    except ParameterError as error:
        raise ParameterError(f"curve {whole!r}: {error}") from None
    easing = match["easing"] or "linear"
    if easing not in EASINGS:
        raise ParameterError(f"curve {whole!r}: {easing!r} is no easing; expected one of {', '.join(EASINGS)}.")
    try:
        value = float(match["value"])
        if not math.isfinite(value):
            raise ValueError
    except ValueError:
        raise ParameterError(f"curve {whole!r}: {match['value']!r} is no number.") from None
    return Key(seconds, value, easing)


def ease(share: float, easing: str) -> float:
    """Bend a share 0..1 of the way by one of EASINGS."""
    if easing == "hold":
        return 0.0
    if easing == "ease":
        return share * share * (3 - 2 * share)
    if easing == "ease-in":
        return share * share
    if easing == "ease-out":
        return share * (2 - share)
    return share
