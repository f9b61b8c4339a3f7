"""OpenTimelineIO: the first track of pictures of a timeline as an edit list."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from mutoscope.autoencode.edit_list import Edit, EditList
from mutoscope.autoencode.timecode import can_drop, frame_of
from mutoscope.core.errors import InputError

__all__ = ["read_timeline"]

_MOST_FRAMES = 10_000_000
_MOST_BYTES = 64 << 20
_MOST_DEPTH = 200
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def read_timeline(path: Path, rate: Fraction, start: str = "") -> EditList:
    """Read clips, gaps, speeds, freezes and dissolves of the first track of pictures.

    Args:
        path: .otio.
        rate: frames per second of the film, and of the result.
        start: timecode of the film's first frame; where nothing is said, the clip's own media tell it.

    Raises:
        InputError: it is no timeline, or has no track of pictures.

    """
    try:
        import opentimelineio as otio
    except ImportError:
        raise InputError(".otio needs OpenTimelineIO; install it: pip install opentimelineio") from None
    _check_depth(path)
    try:
        timeline = otio.adapters.read_from_file(str(path))
        tracks = timeline.video_tracks()
    except Exception as error:  # the library raises its own kinds for each thing that can be wrong with a file
        raise InputError(f"{path} is no timeline of OpenTimelineIO; export it anew.") from error
    if not tracks:
        raise InputError(f"{path} has no track of pictures; export the one that was cut.")
    origin = frame_of(start, rate, drop=can_drop(rate) and ";" in start) if start else None
    notices = ["tracks above the first one are left out."] if len(tracks) > 1 else []
    try:
        edits = _Track(otio, rate, origin, notices).edits(tracks[0])
    except (AttributeError, TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise InputError(f"{path} has a clip without a range; export the timeline anew.") from error
    return EditList(tuple(edits), rate, tuple(dict.fromkeys(notices)))


def _check_depth(path: Path) -> None:
    """Refuse what would overflow the library's stack, which no exception tells of."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is too large for a timeline; export it anew.")
        text = _STRING.sub("", path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give an .otio file.") from None
    depth = 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if depth > _MOST_DEPTH:
            raise InputError(f"{path} is no timeline of OpenTimelineIO: brackets stand too deep in each other.")


class _Track:
    """Goes through a track."""

    def __init__(self, otio: Any, rate: Fraction, origin: int | None, notices: list[str]) -> None:
        self._otio, self._rate, self._origin, self._notices = otio, rate, origin, notices

    def edits(self, track: Any) -> list[Edit]:
        """Give its items one behind the other; a dissolve takes its frames from both sides of the cut."""
        schema = self._otio.schema
        edits: list[Edit] = []
        at, before = Fraction(0), None
        pending: Any = None
        for item in track:
            if isinstance(item, schema.Transition):
                pending = item
                continue
            length = self._frames(item.trimmed_range().duration)
            first, end = round(at), round(at + length)
            edit = Edit(first, end - first, *self._source(item))
            at += length
            if pending is not None and edits and end > first:
                edit = self._dissolved(edits, edit, pending)
            pending, before = None, item
            if edit.frames > 0:
                edits.append(edit)
            if at > _MOST_FRAMES:
                raise ValueError("longer than any film")
        del before
        return edits

    def _dissolved(self, edits: list[Edit], edit: Edit, transition: Any) -> Edit:
        if transition.transition_type != self._otio.schema.TransitionTypes.SMPTE_Dissolve:
            self._notices.append("transitions of other kinds became dissolves.")
        before = edits[-1]
        early = min(round(self._frames(transition.in_offset)), before.frames - 1)
        late = min(round(self._frames(transition.out_offset)), edit.frames)
        early = max(0, early)
        edits[-1] = Edit(
            before.record, before.frames - early, before.source, before.speed, before.fade, before.fade_source
        )
        source = None if edit.source is None else edit.source - early * edit.speed
        return Edit(edit.record - early, edit.frames + early, source, edit.speed, early + max(0, late))

    def _source(self, item: Any) -> tuple[Fraction | None, Fraction]:
        schema = self._otio.schema
        if not isinstance(item, schema.Clip):
            if not isinstance(item, schema.Gap):
                self._notices.append("nested timelines are left out, and hold what was shown last.")
            return None, Fraction(1)
        begins = self._frames(item.trimmed_range().start_time)
        media = item.media_reference
        known = getattr(media, "available_range", None)
        origin = Fraction(self._origin) if self._origin is not None else Fraction(0)
        if self._origin is None and known is not None:
            origin = self._frames(known.start_time)
        speed = Fraction(1)
        for effect in item.effects:
            if isinstance(effect, schema.FreezeFrame):
                speed = Fraction(0)
            elif isinstance(effect, schema.LinearTimeWarp):
                speed *= Fraction(effect.time_scalar).limit_denominator(10_000)
        return begins - origin, speed

    def _frames(self, time: Any) -> Fraction:
        """Give a time in frames of the film, near whole numbers made whole."""
        frames = Fraction(time.value) * self._rate / Fraction(time.rate).limit_denominator(1001)
        near = round(frames)
        return Fraction(near) if abs(frames - near) < Fraction(1, 1000) else frames
