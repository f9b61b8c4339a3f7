"""What was measured: numbers of the whole film and of each frame. Torch-free."""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

__all__ = ["NUMBERS", "Number", "Report", "Series", "summarise"]

FORMAT = "mutoscope.measure/1"

NUMBERS = {
    "e_warp_short": "E_warp, next frame",
    "e_warp_long": "E_warp, {gap} frames apart",
    "e_warp_first": "E_warp, to the shot's first frame",
    "flicker": "flicker where nothing moves",
    "contrast": "contrast",
    "contrast_drift": "drift of contrast in a shot",
    "brightness_drift": "drift of brightness in a shot",
    "edges": "likeness of edges to the source",
    "style": "distance from the style picture",
}
"""What each number is called, in the order in which a person is told."""

_AVERAGED = ("e_warp_short", "e_warp_long", "e_warp_first", "flicker", "contrast", "edges", "style")
_PLAIN = 0.02
"""A shot that begins with less contrast than this begins in a fade: its drift says nothing."""


@dataclass(frozen=True)
class Number:
    """One number of the film, and the same of its source: the floor that the film stands on.

    Attributes:
        out: of the film; None where it could not be measured (a picture has no E_warp).
        source: of the source.

    """

    out: float | None
    source: float | None

    @property
    def ratio(self) -> float | None:
        """The film's in units of the source's."""
        return None if self.out is None or not self.source else self.out / self.source


@dataclass
class Series:
    """Numbers of each frame as they come in: some hundred bytes a frame.

    Attributes:
        seconds: time of each frame.
        shots: number of the shot of each frame.
        curves: values of each frame, NaN where there is none; names as in `stream.measure_frames`.

    """

    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    shots: "array[int]" = field(default_factory=lambda: array("q"))
    curves: "dict[str, array[float]]" = field(default_factory=dict)

    def add(self, seconds: float, shot: int, values: Mapping[str, float]) -> None:
        """Take the numbers of the next frame."""
        self.seconds.append(seconds)
        self.shots.append(shot)
        for name, value in values.items():
            self.curves.setdefault(name, array("d")).append(value)

    def cuts_s(self) -> list[float]:
        """Times of the first frame of each shot but the first."""
        pairs = zip(self.seconds, self.shots, strict=True)
        return [next(seconds for seconds, _ in group) for _, group in groupby(pairs, key=lambda pair: pair[1])][1:]


@dataclass(frozen=True)
class Report:
    """What came out of measuring a film.

    Attributes:
        film: the film that was measured.
        source: what it was made from.
        style: the style picture, or None.
        size: width and height in px at which it was measured.
        params: how.
        numbers: of the whole film, by the keys of `NUMBERS`; means over the frames that have them, and for drifts
            the largest of any shot.
        series: of each frame.
        notices: what a person should know, one line each.

    """

    film: str
    source: str
    style: str | None
    size: tuple[int, int]
    params: Mapping[str, Any]
    numbers: Mapping[str, Number]
    series: Series
    notices: tuple[str, ...] = ()

    @property
    def num_frames(self) -> int:
        """Frames that were measured."""
        return len(self.series.seconds)

    def title(self, name: str) -> str:
        """Say in words what a number is."""
        return NUMBERS[name].format(**self.params)

    def as_json(self) -> dict[str, Any]:
        """Give plain values; what could not be measured is None."""
        return {
            "format": FORMAT,
            "film": self.film,
            "source": self.source,
            "style": self.style,
            "width": self.size[0],
            "height": self.size[1],
            "params": dict(self.params),
            "frames": self.num_frames,
            "cuts_s": self.series.cuts_s(),
            "numbers": {name: {"out": n.out, "source": n.source, "ratio": n.ratio} for name, n in self.numbers.items()},
            "seconds": list(self.series.seconds),
            "curves": {name: [_known(value) for value in curve] for name, curve in self.series.curves.items()},
            "notices": list(self.notices),
        }


def summarise(series: Series) -> dict[str, Number]:
    """Make the numbers of a film out of those of its frames."""
    found = {name: _both(series, name, _mean) for name in _AVERAGED}
    found["contrast_drift"] = _both(series, "contrast", lambda values: _drift(values, series.shots))
    found["brightness_drift"] = _both(series, "mean", lambda values: _drift(values, series.shots))
    return {name: found[name] for name in NUMBERS}


def _both(series: Series, name: str, of: Callable[[Sequence[float]], float | None]) -> Number:
    curves = (series.curves.get(f"{side}.{name}") for side in ("out", "source"))
    return Number(*(None if curve is None else of(curve) for curve in curves))


def _mean(values: Iterable[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else None


def _drift(values: Iterable[float], shots: Iterable[int]) -> float | None:
    """Largest relative change of a value since the beginning of its shot."""
    found = [change for _, run in groupby(zip(shots, values, strict=True), key=lambda p: p[0]) for change in _of(run)]
    return max(found, default=None)


def _of(run: Iterator[tuple[int, float]]) -> Iterator[float]:
    _, first = next(run)
    if first >= _PLAIN:
        yield from (abs(value / first - 1) for _, value in run)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
