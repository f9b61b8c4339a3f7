"""What the words of a query mean, by the thresholds that the folder was sorted with."""

import fnmatch
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mutoscope.sort.model import COLUMNS
from mutoscope.sort.report.numbers import WITHOUT_MEAN

__all__ = ["NUMBERS", "WORDS", "Asked", "Fact", "compare", "named"]

Fact = tuple[bool, str]
"""Whether it is so, and what tells."""

_BLUR = ("blurred", "defocus", "camera blur")
_CALM = 0.5
"""A half of the threshold of shake: steady, not merely not shaky."""
_PAN_SPEED = 4.0
_STILL_SPEED = 1.0
"""Per cent of the width in a second."""
_WELL_EXPOSED = 0.75
_DARK_STOPS = -1.0
_LOUD_DB = -20.0
_SILENT_DB = -50.0


@dataclass(frozen=True)
class Asked:
    """A segment that is asked about.

    Attributes:
        clip: as in `sort.json`.
        segment: likewise.
        params: thresholds.
        verdict: what counts: a person's decision, or the machine's verdict.

    """

    clip: Mapping[str, Any]
    segment: Mapping[str, Any]
    params: Mapping[str, Any]
    verdict: str

    def number(self, name: str) -> float | None:
        """Give a number of the segment or its clip; None where it is not known."""
        if name == "length":
            return float(self.segment["end_seconds"] - self.segment["start_seconds"])
        if name == "confidence":
            found = self.segment["confidence"]
        elif name in ("score", "width", "height"):
            found = self.clip[name]
        else:
            found = self.segment.get("means", {}).get(name)
        return None if found is None else float(found)

    def limit(self, name: str) -> float:
        """Give a threshold."""
        return float(self.params[name])


Test = Callable[[Asked], Fact]


@dataclass(frozen=True)
class Word:
    """A word of the language: what it means, and how it is tested."""

    meaning: str
    test: Test


@dataclass(frozen=True)
class Number:
    """A number of the language: its name in `sort.json`, unit, meaning, and how a unit may be written."""

    name: str
    unit: str
    meaning: str
    units: tuple[str, ...] = ()


def compare(name: str, sign: str, limit: float) -> Test:
    """Test a number; what is not known is never as asked."""
    unit = "s" if name == "length" else NUMBERS[name].unit
    signs: dict[str, Callable[[float], bool]] = {
        "<": lambda value: value < limit,
        ">": lambda value: value > limit,
        "<=": lambda value: value <= limit + _slack(limit),
        ">=": lambda value: value >= limit - _slack(limit),
        "=": lambda value: math.isclose(value, limit, rel_tol=0.005, abs_tol=1e-9),
    }

    def test(asked: Asked) -> Fact:
        value = asked.number(name)
        if value is None:
            return False, ""
        return signs[sign](value), _told(name, value, unit)

    return test


def named(pattern: str) -> Test:
    """Test the clip's name; without * or ? a part of it is enough, with / the folders count too."""
    glob = pattern.casefold()
    glob = glob if any(mark in glob for mark in "*?[") else f"*{glob}*"

    def test(asked: Asked) -> Fact:
        path = str(asked.clip["path"]).casefold()
        name = path if "/" in glob else path.rpartition("/")[2]
        return fnmatch.fnmatchcase(name, glob), ""

    return test


def _slack(limit: float) -> float:
    """Leave room for rounding: seconds of frames are fractions."""
    return 1e-6 * max(1.0, abs(limit))


def _told(name: str, value: float, unit: str) -> str:
    text = f"{value:.3g}{f' {unit}' if unit else ''}"
    return text if name == "length" else f"{COLUMNS[name].title if name in COLUMNS else name} {text}"


def _verdict(word: str) -> Test:
    return lambda asked: (asked.verdict == word, "")


def _fault(*faults: str) -> Test:
    def test(asked: Asked) -> Fact:
        found = asked.segment.get("fault")
        return found in faults, str(found) if found in faults else f"not {faults[0]}"

    return test


def _below(name: str, limit: Callable[[Asked], float]) -> Test:
    return lambda asked: compare(name, "<", limit(asked))(asked)


def _above(name: str, limit: Callable[[Asked], float]) -> Test:
    return lambda asked: compare(name, ">", limit(asked))(asked)


def _either(first: Test, second: Test) -> Test:
    def test(asked: Asked) -> Fact:
        one, other = first(asked), second(asked)
        return one if one[0] else other if other[0] or other[1] else one

    return test


def _neither(fault: Test, bad: Test, *, good: Test) -> Test:
    """Test that there is no fault, no measure that says so, and one that says the contrary."""

    def test(asked: Asked) -> Fact:
        if fault(asked)[0] or bad(asked)[0]:
            return False, ""
        return good(asked)

    return test


def _well_exposed(asked: Asked) -> Fact:
    value = asked.number("exposure")
    if value is None or _fault("underexposed", "overexposed", "pumping", "black")(asked)[0]:
        return False, ""
    low, high = -_WELL_EXPOSED * asked.limit("under_stops"), _WELL_EXPOSED * asked.limit("over_stops")
    return low < value < high, _told("exposure", value, "stops")


def _best_take(asked: Asked) -> Fact:
    is_alone = asked.clip.get("group") is None
    return is_alone or bool(asked.clip.get("is_best_of_group")), "" if is_alone else "best of its takes"


def _shaky(asked: Asked) -> Fact:
    return _either(_fault("shaky"), _above("shake", lambda a: a.limit("shake_percent")))(asked)


def _share(name: str) -> Test:
    """Test a column of zeros and ones: it is so for half of the segment or more."""
    return lambda asked: ((asked.number(name) or 0.0) >= 0.5, "")


WORDS: dict[str, Word] = {
    "keep": Word("kept, by you or by the machine", _verdict("keep")),
    "unsure": Word("you are asked", _verdict("unsure")),
    "reject": Word("rejected", _verdict("reject")),
    "sharp": Word(
        "nothing blurs it, and its sharpest tenth is above the threshold of sharpness",
        _neither(
            _fault(*_BLUR),
            _above("p_blurred", lambda a: a.limit("blur_probability")),
            good=_above("sharpness_best", lambda a: a.limit("sharpness")),
        ),
    ),
    "blurred": Word("blurred in any way", _fault(*_BLUR)),
    "defocus": Word("out of focus", _fault("defocus")),
    "camera blur": Word("smeared by the camera's motion", _fault("camera blur")),
    "shaky": Word("rejected for it, or its shake is above the threshold", _shaky),
    "steady": Word(
        "shake below half of the threshold",
        _neither(_fault("shaky"), _shaky, good=_below("shake", lambda a: _CALM * a.limit("shake_percent"))),
    ),
    "pan": Word(
        "the camera turns or travels, by 4 % of the width a second or more", _above("speed", lambda _: _PAN_SPEED)
    ),
    "still": Word("the camera stands", _below("speed", lambda _: _STILL_SPEED)),
    "dark": Word(
        "underexposed, or a stop below middle grey",
        _either(_fault("underexposed"), _below("exposure", lambda _: _DARK_STOPS)),
    ),
    "bright": Word(
        "overexposed, or a stop above middle grey",
        _either(_fault("overexposed"), _above("exposure", lambda _: -_DARK_STOPS)),
    ),
    "well exposed": Word("within three quarters of the thresholds of exposure", _well_exposed),
    "underexposed": Word("rejected for it, or unsure", _fault("underexposed")),
    "overexposed": Word("likewise", _fault("overexposed")),
    "pumping": Word("its exposure swings", _fault("pumping")),
    "noisy": Word(
        "rejected for it, or grain above the threshold",
        _either(_fault("noisy"), _above("noise", lambda a: a.limit("noise_levels"))),
    ),
    "black": Word("nothing is to be seen", _either(_fault("black"), _share("black"))),
    "frozen": Word("the picture stands", _either(_fault("frozen"), _share("frozen"))),
    "dropped": Word("frames are missing or repeated", _fault("dropped")),
    "loud": Word("sound above −20 dB of full scale", _above("loudness", lambda _: _LOUD_DB)),
    "silent": Word(
        "sound below −50 dB of full scale; a film without a sound track is not known to be",
        _below("loudness", lambda _: _SILENT_DB),
    ),
    "best take": Word("best of its near-duplicates, or without any", _best_take),
}
"""Words by which segments are found."""

_UNITS = {
    "%": ("%",),
    "stops": ("stops", "stop", "ev"),
    "degrees": ("degrees", "degree", "deg"),
    "dB": ("db",),
    "levels": ("levels",),
}


def _units(unit: str) -> tuple[str, ...]:
    return _UNITS.get(unit.split(maxsplit=1)[0], ()) if unit else ()


NUMBERS: dict[str, Number] = {
    **{
        name: Number(name, one.unit, one.title, _units(one.unit))
        for name, one in COLUMNS.items()
        if name not in WITHOUT_MEAN
    },
    "length": Number("length", "s", "how long the segment is"),
    "duration": Number("length", "s", "likewise"),
    "score": Number("score", "", "place of the clip among all, 0..100"),
    "confidence": Number("confidence", "", "probability that the verdict is right, 0..1"),
    "width": Number("width", "px", "of the film", ("px",)),
    "height": Number("height", "px", "of the film", ("px",)),
}
"""Numbers that may be compared: the mean of each meter over a segment, and a few of the clip."""
