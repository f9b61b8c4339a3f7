"""Edit lists: which frames of a film follow each other. CMX 3600 (.edl), and OpenTimelineIO (.otio)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from mutoscope.autoencode.timecode import can_drop, frame_of
from mutoscope.core.errors import InputError

__all__ = ["Edit", "EditList", "read_edits"]

_MOST_BYTES = 20_000_000
_EVENT = re.compile(
    r"(?P<number>\d+)\s+(?P<reel>\S+)\s+(?P<channels>\S+)\s+(?P<kind>C|D|W\d*|K\S*(?:\s+[BO])?)(?:\s+(?P<length>\d+))?"
    r"\s+(?P<source_in>\S+)\s+(?P<source_out>\S+)\s+(?P<record_in>\S+)\s+(?P<record_out>\S+)\s*"
)
_MOST_DIGITS = 12
"""Of a number; more are a mistake or an attack."""
_SPEED = re.compile(r"M2\s+(?P<reel>\S+)\s+(?P<rate>[+-]?\d+(?:\.\d+)?)(?:\s+(?P<trigger>\S+))?\s*")
_VIDEO = re.compile(r"V1?|B|[A-Z0-9]+/V1?|AV", re.IGNORECASE)
_BLACK = ("BL", "BLACK")


@dataclass(frozen=True)
class Edit:
    """A run of frames of the result.

    Attributes:
        record: number of its first frame, from 0.
        frames: how many.
        source: frame of the film that is shown first, counted from the film's first; None: what was shown last is held.
        speed: frames of the film per frame of the result; negative: backwards.
        fade: frames at its beginning in which the run before still fades out.
        fade_source: frame of the film from which the fading one goes on, where that is said.

    """

    record: int
    frames: int
    source: Fraction | None
    speed: Fraction = Fraction(1)
    fade: int = 0
    fade_source: Fraction | None = None


@dataclass(frozen=True)
class EditList:
    """A whole edit.

    Attributes:
        edits: in the order of the result, without gaps.
        rate: frames per second of the result.
        notices: what a person should know.

    """

    edits: tuple[Edit, ...]
    rate: Fraction
    notices: tuple[str, ...] = field(default=())

    @property
    def num_frames(self) -> int:
        """How long the result is."""
        return self.edits[-1].record + self.edits[-1].frames if self.edits else 0


def read_edits(path: Path, rate: Fraction, start: str = "") -> EditList:
    """Read an edit list.

    Gaps and black are held: a latent space knows no black, so what was shown last stays; fades from and to black are
    fades from and to that. Wipes become dissolves. Only the first track of pictures counts.

    Args:
        path: .edl or .otio.
        rate: frames per second of the film; an .edl counts in these.
        start: timecode of the film's first frame; 00:00:00:00 where nothing is said.

    Raises:
        InputError: it is missing, no edit list, of another rate than timecode fits, overlaps itself, or is empty.

    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; give an edit list, .edl or .otio.")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path} has more than {_MOST_BYTES // 1_000_000} MB; that is no edit list.")
    if path.suffix.lower() == ".edl":
        found = _read_cmx(path, rate, start)
    elif path.suffix.lower() == ".otio":
        from mutoscope.autoencode.timeline_file import read_timeline

        found = read_timeline(path, rate, start)
    else:
        raise InputError(f"{path.name} is no edit list; give one that ends in .edl or .otio.")
    if not found.edits:
        raise InputError(f"{path} has no event with pictures; give an edit of the film's first track.")
    return _without_gaps(found, path)


def _read_cmx(path: Path, rate: Fraction, start: str) -> EditList:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    drop = can_drop(rate) and any(re.fullmatch(r"FCM:\s*DROP FRAME\s*", line.strip()) for line in lines)
    reader = _Cmx(rate, drop, start, path)
    for number, line in enumerate(lines, 1):
        try:
            reader.take(line.strip())
        except InputError as error:
            raise InputError(f"{path.name}, line {number}: {error}") from None
    return reader.finish()


class _Cmx:
    """Takes lines of a CMX 3600 list."""

    def __init__(self, rate: Fraction, drop: bool, start: str, path: Path) -> None:
        self._rate, self._drop, self._path = rate, drop, path
        self._start = self._frame(start) if start else 0
        self._edits: list[Edit] = []
        self._notices: dict[str, None] = {}
        self._reels: dict[str, None] = {}
        self._fade_from: tuple[str, Fraction | None] | None = None

    def take(self, line: str) -> None:
        """Take one line."""
        if re.match(r"\d+\s", line):
            self._take_event(line)
        elif line.startswith("M2") and self._edits:
            self._take_speed(line)

    def finish(self) -> EditList:
        """Give what was read, counted from the first frame of the result."""
        if len(self._reels) > 1:
            self._notices[f"{self._path.name} cuts {len(self._reels)} reels; all frames are taken from one film."] = (
                None
            )
        edits = sorted(self._edits, key=lambda edit: edit.record)
        first = edits[0].record if edits else 0
        return EditList(tuple(replace(e, record=e.record - first) for e in edits), self._rate, tuple(self._notices))

    def _frame(self, text: str) -> int:
        return frame_of(text, self._rate, drop=self._drop)

    def _take_event(self, line: str) -> None:
        found = _EVENT.fullmatch(line)
        if found is None:
            raise InputError(f"{line[:60]!r} is no event; expected NUMBER REEL V C and four timecodes.")
        if not _VIDEO.fullmatch(found["channels"]):
            if "V" in found["channels"].upper():
                self._notices["tracks above the first one are left out."] = None
            return
        times = [self._frame(found[name]) for name in ("source_in", "source_out", "record_in", "record_out")]
        source_in, source_out, record_in, record_out = times
        is_black = found["reel"].upper() in _BLACK
        source = None if is_black else Fraction(source_in - self._start)
        if record_out == record_in and found["kind"] == "C":
            self._fade_from = (found["number"], source)  # says what the dissolve of the same number begins with
            return
        if record_out < record_in or (source_out < source_in and not is_black):
            raise InputError("an event ends before it begins; write IN before OUT.")
        if not is_black:
            self._reels[found["reel"].upper()] = None
        fade = min(int((found["length"] or "0")[:_MOST_DIGITS]), record_out - record_in) if found["kind"] != "C" else 0
        if found["kind"][0] == "W":
            self._notices["wipes became dissolves."] = None
        if found["kind"][0] == "K":
            self._notices["keys are shown without what lies below."] = None
            fade = 0
        speed = Fraction(1)
        if source is not None and source_out - source_in != record_out - record_in:
            speed = Fraction(source_out - source_in, record_out - record_in)
        began = self._fade_from if self._fade_from and self._fade_from[0] == found["number"] else None
        self._fade_from = None
        fade_source = began[1] if began is not None else None
        self._edits.append(Edit(record_in, record_out - record_in, source, speed, fade, fade_source))

    def _take_speed(self, line: str) -> None:
        found = _SPEED.fullmatch(line)
        if found is None:
            raise InputError(f"{line[:60]!r} is no motion effect; expected M2 REEL FRAMES-PER-SECOND TIMECODE.")
        last = self._edits[-1]
        if last.source is None:
            return
        nominal = -(-self._rate.numerator // self._rate.denominator)
        speed = Fraction(found["rate"][:_MOST_DIGITS]) / nominal
        # The trigger is the frame that is shown first, also of what goes backwards.
        trigger = Fraction(self._frame(found["trigger"]) - self._start) if found["trigger"] else last.source
        self._edits[-1] = replace(last, source=trigger, speed=speed)


def _without_gaps(found: EditList, path: Path) -> EditList:
    edits = list(_filled(found.edits, path))
    notices = list(found.notices)
    if any(edit.source is None for edit in edits):
        notices.append("gaps and black hold what was shown last: a latent space knows no black.")
    return EditList(tuple(edits), found.rate, tuple(notices))


def _filled(edits: tuple[Edit, ...], path: Path) -> Iterator[Edit]:
    at = 0
    for edit in edits:
        if edit.record < at:
            raise InputError(f"{path} shows two events at once at frame {edit.record}; give one track of pictures.")
        if edit.record > at:
            yield Edit(at, edit.record - at, None)
        yield edit
        at = edit.record + edit.frames
