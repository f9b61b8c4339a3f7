"""What a sort has written, for answers: its page holds the clips, their curves and pictures as data. Without numpy."""

import base64
import binascii
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mutoscope.service.problems import Problem

__all__ = ["Clip", "Curve", "Report", "read_report"]

_BEGIN = '<script type="application/json" id="data">'
_END = "</script>"
_MOST_BYTES = 48 << 20
_UNKNOWN, _LEVELS, _FINEST = 255, 254, 65535


@dataclass(frozen=True)
class Curve:
    """A meter over a clip.

    Attributes:
        name: of the meter.
        least: least value of its axis.
        most: greatest value of its axis.
        values: one for each point; None where unknown.

    """

    name: str
    least: float
    most: float
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Clip:
    """One clip of a report; numbers and words as the page has them."""

    number: int
    plain: dict[str, Any]
    segments: tuple[dict[str, Any], ...]

    @property
    def path(self) -> str:
        """What the report calls it."""
        return str(self.plain["path"])

    @property
    def rows(self) -> int:
        """How many frames were measured."""
        return int(self.segments[-1]["end"]) if self.segments else 0

    def picture(self, number: int) -> bytes:
        """Give a picture of it as JPEG.

        Raises:
            Problem: there is none of that number.

        """
        pictures = self.plain["pictures"]
        if not 0 <= number < len(pictures):
            raise Problem("not-found", f"the clip has {len(pictures)} pictures.")
        return base64.b64decode(pictures[number])

    def seconds(self) -> list[float]:
        """Give the time of each point of the curves."""
        curves, length = self.plain["curves"], float(self.plain["duration"])
        num = int(curves["num"])
        if curves["times"] is None:
            return [place / max(1, num) * length for place in range(num)]
        return [one[0] / _FINEST * length for one in struct.iter_unpack("<H", base64.b64decode(curves["times"]))][:num]

    def curves(self, names: Sequence[str] = ()) -> list[Curve]:
        """Give the curves, all or some."""
        told = self.plain["curves"]["columns"].items()
        return [_curve(name, *column) for name, column in told if not names or name in names]


@dataclass(frozen=True)
class Report:
    """What a sort has found.

    Attributes:
        name: of the footage.
        preset: that thresholds came from.
        meters: name, title, unit, source and limits of each curve.
        clips: best first.
        failed: path and reason of what could not be sorted.

    """

    name: str
    preset: str
    meters: tuple[dict[str, Any], ...]
    clips: tuple[Clip, ...]
    failed: tuple[dict[str, Any], ...]

    def clip(self, number: int) -> Clip:
        """Give a clip by its number.

        Raises:
            Problem: there is none.

        """
        if not 0 <= number < len(self.clips):
            raise Problem("not-found", f"there are {len(self.clips)} clips; they are counted from 0.")
        return self.clips[number]


def read_report(page: Path) -> Report:
    """Read the page of a report.

    Raises:
        Problem: it is none (conflict), or it is gone.

    """
    try:
        stat = page.stat()
    except OSError:
        raise Problem("gone", "the report of this job is gone; submit the job again.") from None
    return _read(page, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=2)
def _read(page: Path, size: int, _stamp: int) -> Report:
    broken = Problem("conflict", "the report of this job cannot be read; submit the job again.")
    if size > _MOST_BYTES:
        raise broken
    try:
        _, begin, rest = page.read_text("utf-8").partition(_BEGIN)
        told = json.loads(rest.partition(_END)[0]) if begin else {}
        fields = told["fields"]
        clips = tuple(
            Clip(number, one, tuple(dict(zip(fields, values, strict=True)) for values in one["segments"]))
            for number, one in enumerate(told["clips"])
        )
        return Report(str(told["name"]), str(told["preset"]), tuple(told["meters"]), clips, tuple(told["failed"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise broken from None


def _curve(name: str, least: float, most: float, text: str) -> Curve:
    try:
        levels = base64.b64decode(text)
    except binascii.Error:
        levels = b""
    step = (most - least) / _LEVELS
    values = tuple(None if level == _UNKNOWN else float(f"{least + level * step:.5g}") for level in levels)
    return Curve(name, least, most, values)
