"""Curves that follow the film's own sound: "bass:0..1 250ms". The grammar is in `effects.curves`. Torch-free."""

import difflib
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import EASINGS, Curve, ease, parse_time

__all__ = ["BANDS_HZ", "ONSET", "Envelope", "HeardCurve", "Moving", "SoundCurve", "band_of", "parse_moving"]

BANDS_HZ = {
    "bass": (20.0, 250.0),
    "mids": (250.0, 4000.0),
    "treble": (4000.0, 16000.0),
    "loudness": (20.0, 16000.0),
}
"""Bands that have names, in Hz."""
ONSET = "onset"
"""The name of beats and new tones."""

_LEAST_HZ, _MOST_HZ = 20.0, 16000.0
_FALL_S = 0.25
_LONGEST_FALL_S = 600.0
_EASINGS = tuple(name for name in EASINGS if name != "hold")

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?"
_BAND = re.compile(r"^(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*hz$")
_SOUND = re.compile(r"^\s*(?P<sound>[^:]+?)\s*:(?P<rest>.*)$", re.DOTALL)
_REST = re.compile(rf"^\s*(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})(?P<words>(?:\s+\S+)*)\s*$")


@dataclass(frozen=True)
class Envelope:
    """How loud a sound is over the time of a film.

    Attributes:
        levels: 0 for nothing to 1 for the loudest, at even times; of onsets, their strength where one begins, else 0.
        rate: levels a second.
        start_s: the film's second of the first level.

    """

    levels: Sequence[float]
    rate: float
    start_s: float = 0.0


@dataclass(frozen=True)
class SoundCurve:
    """A number that follows a sound.

    Attributes:
        sound: name of a band, "onset", or a band like "60-250hz".
        low: value where there is nothing of it.
        high: value where it is loudest.
        easing: how the value follows the level from one to the other.
        fall_s: seconds that it takes at least from high back to low; None: a quarter of one.

    """

    sound: str
    low: float
    high: float
    easing: str = "linear"
    fall_s: float | None = None

    @classmethod
    def parse(cls, text: str) -> "SoundCurve":
        """Read SOUND:FROM..TO, then an easing and a time where they are given.

        Raises:
            ParameterError: names the part that was not understood.

        """
        parts = _SOUND.match(text)
        sound = _canonical(parts["sound"], text) if parts else ""
        told = _REST.match(parts["rest"]) if parts else None
        if told is None:
            raise ParameterError(
                f"curve {text!r} was not understood; write SOUND:FROM..TO like '{sound or 'bass'}:0..1', and behind it "
                "an easing, a time, or both."
            )
        low, high = float(told["low"]), float(told["high"])
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ParameterError(f"curve {text!r}: the values must be finite numbers.")
        easing, fall_s = _words(told["words"].split(), text)
        return cls(sound, low, high, easing, fall_s)

    @property
    def ends(self) -> tuple[float, ...]:
        """Values that it reaches; all others lie between them."""
        return self.low, self.high

    def at(self, seconds: float) -> float:
        """Refuse: the sound is not known yet.

        Raises:
            ParameterError: always.

        """
        raise ParameterError(
            f"at {seconds:g} s the value of '{self}' is not known: nobody has listened to the film; give numbers or "
            "keyframes here, or run a film with sound."
        )

    def __str__(self) -> str:
        words = "" if self.easing == "linear" else f" {self.easing}"
        fall = "" if self.fall_s is None else f" {self.fall_s!r}s"
        return f"{self.sound}:{self.low!r}..{self.high!r}{words}{fall}"


@dataclass(frozen=True)
class HeardCurve:
    """A number that follows what was measured of a sound; its text is that of the curve.

    Attributes:
        curve: what was asked for.
        envelope: what was measured.
        shares: 0..1 of the way from low to high, at the envelope's times.

    """

    curve: SoundCurve
    envelope: Envelope
    shares: Sequence[float] = field(repr=False)

    @classmethod
    def of(cls, curve: SoundCurve, envelope: Envelope) -> "HeardCurve":
        """Let a curve follow a sound: up at once, down no faster than its time allows."""
        fall = 1 / (envelope.rate * (_FALL_S if curve.fall_s is None else curve.fall_s))
        shares, now = array("d"), 0.0
        for level in envelope.levels:
            now = max(float(level), now - fall, 0.0)
            shares.append(now)
        return cls(curve, envelope, shares)

    @property
    def ends(self) -> tuple[float, ...]:
        """Values that it reaches; all others lie between them."""
        return self.curve.ends

    def at(self, seconds: float) -> float:
        """Value at a time; `low` before the sound begins and after it ends."""
        place = (seconds - self.envelope.start_s) * self.envelope.rate
        number = math.floor(place)
        if not -1 <= number < len(self.shares):
            return self.curve.low
        here = self.shares[number] if number >= 0 else 0.0
        there = self.shares[number + 1] if number + 1 < len(self.shares) else 0.0
        share = ease(here + (there - here) * (place - number), self.curve.easing)
        low, high = self.curve.low, self.curve.high
        value = low * (1 - share) + high * share
        # Rounding must not carry a value over a bound that its ends keep.
        return min(max(value, min(low, high)), max(low, high))

    def __str__(self) -> str:
        return str(self.curve)


Moving = Curve | SoundCurve | HeardCurve
"""Whatever a number may follow."""


def parse_moving(text: str) -> Curve | SoundCurve:
    """Read keyframes, or a sound where the text begins with the name of one or tells a range.

    Raises:
        ParameterError: names the part that was not understood.

    """
    head = text.partition(":")[0].strip().lower()
    is_sound = ".." in text or head in BANDS_HZ or head == ONSET or head.endswith("hz")
    return SoundCurve.parse(text) if is_sound else Curve.parse(text)


def band_of(sound: str) -> tuple[float, float]:
    """Give the least and greatest frequency of a sound's band, in Hz.

    Raises:
        KeyError: it is no band.

    """
    if sound in BANDS_HZ:
        return BANDS_HZ[sound]
    match = _BAND.match(sound)
    if match is None:
        raise KeyError(sound)
    return float(match[1]), float(match[2])


def _canonical(sound: str, text: str) -> str:
    told = sound.lower()
    if told in BANDS_HZ or told == ONSET:
        return told
    if (match := _BAND.match(told)) is not None:
        low, high = float(match[1]), float(match[2])
        if not _LEAST_HZ <= low < high <= _MOST_HZ:
            raise ParameterError(
                f"curve {text!r}: a band goes from a lower frequency to a higher one within {_LEAST_HZ:g} and "
                f"{_MOST_HZ:g} Hz, like '60-250hz'."
            )
        return f"{low!r}-{high!r}hz".replace(".0-", "-").replace(".0hz", "hz")
    near = difflib.get_close_matches(told, (*BANDS_HZ, ONSET), n=1)
    meant = (
        f"did you mean {near[0]!r}?" if near else f"there are {', '.join((*BANDS_HZ, ONSET))} and bands like 60-250hz."
    )
    raise ParameterError(f"curve {text!r}: there is no sound {sound!r}; {meant}")


def _words(words: Sequence[str], text: str) -> tuple[str, float | None]:
    """Read an easing and a time, in any order."""
    easing: str | None = None
    fall_s: float | None = None
    for word in words:
        if word in _EASINGS and easing is None:
            easing = word
        elif word[0].isdigit() and fall_s is None:
            try:
                fall_s = parse_time(word)
            except ParameterError as error:
                raise ParameterError(f"curve {text!r}: {error}") from None
            if not 0.001 <= fall_s <= _LONGEST_FALL_S:
                raise ParameterError(f"curve {text!r}: the time must lie between 1ms and {_LONGEST_FALL_S:g}s.")
        else:
            raise ParameterError(
                f"curve {text!r}: {word!r} was not understood; expected one of {', '.join(_EASINGS)}, or a time "
                "like 250ms."
            )
    return easing or "linear", fall_s
