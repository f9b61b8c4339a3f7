"""What editors are told of a clip: its ranges on the grid of a frame rate, in exact seconds, and its name and place."""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

import numpy as np

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.sort.export.timecode import STANDARD_RATES, Timebase, nominal_rate
from mutoscope.sort.model import ClipReport, FrameTable, Segment

__all__ = ["Footage", "Range", "beside", "by_timebase", "clean", "footage_of", "one_line", "place_of"]

_MAX_NAME_BYTES = 255

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPARSE = 1.5
"""Frames that lie farther apart than this many of the rate's were measured by samples, not all."""


@dataclass(frozen=True)
class Range:
    """A segment in terms of editors.

    Attributes:
        segment: what it is.
        first: its first frame, counted from the clip's first one.
        end: the first frame after it.
        start: seconds from the clip's first frame, exact.
        stop: end, likewise.

    """

    segment: Segment
    first: int
    end: int
    start: Fraction
    stop: Fraction

    @property
    def num_frames(self) -> int:
        """Frames in it."""
        return self.end - self.first


@dataclass(frozen=True)
class Footage:
    """A clip in terms of editors.

    Attributes:
        report: what is known of it.
        path: where it lies, absolute.
        base: what its frames are counted in.
        start_frame: number of its first frame by its own timecode; 0 where it has none.
        num_frames: of the whole clip, on the grid of `base`.
        duration: seconds, exact.
        is_variable: whether its frames do not lie on the grid: `first` and `end` of its ranges are the nearest ones.
        has_sound: whether there is a sound track.
        ranges: its segments, without gaps; none is empty.
        notices: what a person should know, one line each.

    """

    report: ClipReport
    path: Path
    base: Timebase
    start_frame: int
    num_frames: int
    duration: Fraction
    is_variable: bool
    has_sound: bool
    ranges: tuple[Range, ...]
    notices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name as documents can hold it."""
        return clean(PurePosixPath(self.report.path).name)

    @property
    def url(self) -> str:
        """The place as a file URL; bytes that are no UTF-8 are percent-encoded as they are."""
        return self.path.as_uri()

    @property
    def keeps(self) -> tuple[Range, ...]:
        """The ranges that are kept."""
        return tuple(one for one in self.ranges if one.segment.verdict == "keep")

    @property
    def keywords(self) -> tuple[str, ...]:
        """Faults of the clip, each once, in order."""
        return tuple(dict.fromkeys(one.segment.fault for one in self.ranges if one.segment.fault))

    def timecode(self, frame: int) -> str:
        """Timecode of a frame that is counted from the clip's first one."""
        return self.base.to_text(self.start_frame + frame)


def footage_of(report: ClipReport, root: Path) -> Footage | None:
    """Put a report in terms of editors; None for a clip that could not be sorted.

    Raises:
        InputError: the path leads out of the folder that was sorted.

    """
    table = report.table
    if report.error is not None or table is None or len(table) == 0 or not report.segments:
        return None
    rate = report.frame_rate if report.frame_rate and report.frame_rate > 0 else None
    notices: list[str] = []
    nominal = nominal_rate(rate) if rate else _usual_rate(table)
    base, start_frame, told = _timecode(nominal, report.start_timecode)
    notices += told
    if rate is None:
        notices.append(
            f"the frame rate varies: frames are counted at {base.label} and ranges end at the nearest frame."
        )
    times = _Times(table, rate or nominal, report.duration, is_variable=rate is None)
    ranges = tuple(one for one in map(times.range_of, report.segments) if one.num_frames > 0)
    return Footage(
        report=report,
        path=Path(os.path.abspath(root / place_of(report))),  # noqa: PTH100 - resolve() would follow links
        base=base,
        start_frame=start_frame,
        num_frames=times.frame(len(table)),
        duration=times.second(len(table)),
        is_variable=rate is None,
        has_sound=bool(np.isfinite(table.column("loudness")).any()),
        ranges=ranges,
        notices=tuple(notices),
    )


def place_of(report: ClipReport) -> PurePosixPath:
    """Give the path inside the folder that was sorted.

    Raises:
        InputError: it leads out of that folder.

    """
    path = PurePosixPath(report.path)
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise InputError(f"{report.path!r} is no path inside the sorted folder; sort the folder again.")
    return path


def beside(place: PurePosixPath, stem: str, suffix: str) -> PurePosixPath:
    """Give another name in the same folder; one that no disk would take is cut and ends in a digest."""
    name = stem + suffix
    if len(os.fsencode(name)) > _MAX_NAME_BYTES:
        digest = hashlib.sha256(os.fsencode(place.name)).hexdigest()[:8]
        room = _MAX_NAME_BYTES - len(f"-{digest}{suffix}")
        name = f"{os.fsencode(stem)[:room].decode('utf-8', 'ignore')}-{digest}{suffix}"
    return place.with_name(name)


def by_timebase(clips: Iterable[Footage]) -> dict[Timebase, list[Footage]]:
    """Group clips by what they are counted in, in the order in which they come."""
    groups: dict[Timebase, list[Footage]] = {}
    for clip in clips:
        groups.setdefault(clip.base, []).append(clip)
    return groups


def clean(text: str) -> str:
    """Give text that XML 1.0 and UTF-8 can hold: what they cannot becomes U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", text.replace("\r", "\n"))


def one_line(text: str) -> str:
    """Give text as one line, for formats whose lines mean something."""
    return " ".join(clean(text).split())


class _Times:
    """Times of the frames of a table, from the first one on."""

    def __init__(self, table: FrameTable, rate: Fraction, duration: Fraction, *, is_variable: bool) -> None:
        self._table, self._on_grid = table, not is_variable
        self._base = Timebase(rate)
        last = self._offset(len(table) - 1)
        step = float(np.median(np.diff(table.pts_T))) * float(table.time_base) if len(table) > 1 else 0.0
        is_sparse = step * float(rate) > _SPARSE
        self._end = last + self._base.frame_seconds
        # Lengths in headers include the sound's; where every frame was seen, the last one says where the clip ends.
        if is_sparse:
            self._end = max(self._end, duration)
        elif is_variable and duration > last:
            self._end = duration
        elif is_variable and len(table) > 1:
            self._end = 2 * last - self._offset(len(table) - 2)

    def _offset(self, index: int) -> Fraction:
        return (int(self._table.pts_T[index]) - int(self._table.pts_T[0])) * self._table.time_base

    def frame(self, index: int) -> int:
        """Frame of the grid for a row of the table."""
        is_end = index >= len(self._table)
        frame = self._base.nearest_frame(self._end if is_end else self._offset(index))
        return max(frame, 1) if is_end else frame

    def second(self, index: int) -> Fraction:
        """Exact time for a row of the table: of the frame on the grid, or of the frame's own stamp."""
        if self._on_grid:
            return self._base.to_seconds(self.frame(index))
        return self._end if index >= len(self._table) else self._offset(index)

    def range_of(self, segment: Segment) -> Range:
        """Place a segment."""
        first, end = segment.first, segment.end
        return Range(segment, self.frame(first), self.frame(end), self.second(first), self.second(end))


def _timecode(rate: Fraction, text: str | None) -> tuple[Timebase, int, Sequence[str]]:
    """Give time base, number of the first frame, and what was wrong with the clip's timecode."""
    if text is None:
        return Timebase(rate), 0, ()
    base = Timebase(rate, drop=bool(re.search(r"[;.,]\d+$", text)) and Timebase.can_drop(rate))
    try:
        return base, base.to_frame(text), ()
    except ParameterError as error:
        return base, 0, (f"its start timecode is not used: {error}",)


def _usual_rate(table: FrameTable) -> Fraction:
    """Give the standard rate nearest to the usual distance of frames; 25 for a single frame."""
    if len(table) < 2:
        return Fraction(25)
    usual = 1.0 / (float(np.median(np.diff(table.pts_T))) * float(table.time_base))
    return min(STANDARD_RATES, key=lambda rate: abs(float(rate) / usual - 1))
