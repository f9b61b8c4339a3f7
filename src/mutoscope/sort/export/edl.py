"""CMX 3600 edit decision lists: one for each frame rate, of at most 999 events and a day."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mutoscope.sort.export.footage import Footage, Range, by_timebase, one_line
from mutoscope.sort.export.timecode import Timebase
from mutoscope.sort.export.words import COLOURS, reason

__all__ = ["write_edls"]

_MOST_EVENTS = 999
_START = "01:00:00:00"
_NOT_IN_REELS = re.compile(r"[^A-Z0-9_]")
_REEL_LENGTH = 8
_RESERVED = ("", "AX", "BL", "B")
"""Reels with a meaning of their own: auxiliary and black."""


@dataclass(frozen=True)
class _Event:
    """A run of frames of a clip, and the ranges that markers tell of."""

    clip: Footage
    first: int
    end: int
    marked: tuple[Range, ...]


def write_edls(clips: Sequence[Footage]) -> dict[str, bytes]:
    """Write lists of the keeps and lists of whole clips with a locator at each verdict, by file name.

    An edit decision list has one frame rate and says nowhere which: it stands in the name where there are several.
    """
    files = {}
    reels = _reels(clips)
    groups = by_timebase(clips)
    for base, group in groups.items():
        keeps = [_Event(clip, one.first, one.end, (one,)) for clip in group for one in clip.keeps]
        wholes = [_Event(clip, 0, clip.num_frames, clip.ranges) for clip in group]
        for title, events in (("keeps", keeps), ("markers", wholes)):
            stem = title if len(groups) == 1 else f"{title}_{base.label}"
            for number, part in enumerate(_parts(events, base), 1):
                name = stem if number == 1 else f"{stem}_{number}"
                files[f"{name}.edl"] = "\n".join(_lines(name, base, part, reels)).encode() + b"\n"
    return files


def _parts(events: Sequence[_Event], base: Timebase) -> Iterator[list[_Event]]:
    """Cut a list where it has too many events, or where its timecode would begin again."""
    room = base.frames_per_day - base.to_frame(_START)
    part: list[_Event] = []
    frames = 0
    for event in events:
        length = event.end - event.first
        if part and (len(part) == _MOST_EVENTS or frames + length > room):
            yield part
            part, frames = [], 0
        part.append(event)
        frames += length
    if part:
        yield part


def _lines(title: str, base: Timebase, events: Sequence[_Event], reels: dict[str, str]) -> Iterator[str]:
    yield f"TITLE: {title}"
    yield f"FCM: {'DROP FRAME' if base.drop else 'NON-DROP FRAME'}"
    place = base.to_frame(_START)
    for number, event in enumerate(events, 1):
        clip = event.clip
        end = place + event.end - event.first
        channels = "AA/V" if clip.has_sound else "V"
        times = [clip.timecode(event.first), clip.timecode(event.end), base.to_text(place), base.to_text(end)]
        yield ""
        yield f"{number:03d}  {reels[clip.report.path]:<8} {channels:<5} C        {' '.join(times)}"
        yield f"* FROM CLIP NAME: {one_line(clip.name)}"
        yield f"* SOURCE FILE: {one_line(str(clip.path))}"
        for notice in clip.notices:
            yield f"* COMMENT: {one_line(notice)}"
        for one in event.marked:
            at = base.to_text(place + one.first - event.first)
            colour = COLOURS[one.segment.verdict].upper()
            yield f"* LOC: {at} {colour:<7} {one_line(reason(one.segment))}, {_count(one)}"
        place = end


def _count(one: Range) -> str:
    return f"{one.num_frames} frame{'' if one.num_frames == 1 else 's'}"


def _reels(clips: Sequence[Footage]) -> dict[str, str]:
    """Name a reel for each clip: eight letters, digits or underscores from its file's name, no two alike."""
    names: dict[str, str] = {}
    taken = set(_RESERVED)
    for clip in clips:
        stem = _NOT_IN_REELS.sub("", clip.path.stem.upper())
        name, number = stem[:_REEL_LENGTH], 1
        while name in taken:
            number += 1
            name = stem[: _REEL_LENGTH - len(str(number))] + str(number)
        taken.add(name)
        names[clip.report.path] = name
    return names
