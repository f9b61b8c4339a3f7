"""Final Cut Pro 7's XML (xmeml 5), read by Premiere, Resolve and Kdenlive: bins, sequences, coloured markers."""

from collections.abc import Sequence
from itertools import accumulate
from xml.etree import ElementTree as ET

from mutoscope.sort.export.footage import Footage, Range, by_timebase
from mutoscope.sort.export.timecode import Timebase
from mutoscope.sort.export.words import COLOURS, label, reason, summary
from mutoscope.sort.export.xml_text import add, document

__all__ = ["write_xmeml"]

_RGB = {"green": (0, 208, 0), "yellow": (255, 208, 0), "red": (224, 32, 32)}
_PREMIERE = {"red": 4281740498, "yellow": 4281049552}
"""Premiere's own numbers (0xAABBGGRR) of its marker colours; green is its default and has none."""


def write_xmeml(clips: Sequence[Footage]) -> bytes:
    """Write a bin of all clips with a marker for each verdict, and a sequence of the keeps for each frame rate."""
    root = ET.Element("xmeml", version="5")
    project = add(root, "project")
    add(project, "name", "Mutoscope")
    children = add(project, "children")
    folder = add(children, "bin")
    add(folder, "name", "clips")
    items = add(folder, "children")
    for number, clip in enumerate(clips, 1):
        _master(items, number, clip)
    numbered = {id(clip): number for number, clip in enumerate(clips, 1)}
    groups = by_timebase(clip for clip in clips if clip.keeps)
    for number, (base, group) in enumerate(groups.items(), 1):
        name = "keeps" if len(groups) == 1 else f"keeps {base.label}"
        _sequence(children, number, name, base, [(numbered[id(clip)], clip) for clip in group])
    return document(root, "xmeml")


def _master(parent: ET.Element, number: int, clip: Footage) -> None:
    item = add(parent, "clip", id=f"clip-{number}")
    add(item, "name", clip.name)
    add(item, "duration", clip.num_frames)
    _rate(item, clip.base)
    add(item, "in", -1)
    add(item, "out", -1)
    add(item, "masterclipid", f"clip-{number}")
    add(item, "ismasterclip", "TRUE")
    media = add(item, "media")
    kinds = ["video", "audio"] if clip.has_sound else ["video"]
    for kind in kinds:
        track = add(add(media, kind), "track")
        inner = add(track, "clipitem", id=f"clip-{number}-{kind}")
        add(inner, "name", clip.name)
        add(inner, "masterclipid", f"clip-{number}")
        _file(inner, number, clip, is_first=kind == "video")
    notes = add(item, "logginginfo")
    add(notes, "lognote", summary(clip))
    add(notes, "good", "TRUE" if clip.keeps else "FALSE")
    if clip.notices:
        add(add(item, "comments"), "mastercomment1", " ".join(clip.notices))
    for one in clip.ranges:
        _marker(item, one)


def _marker(parent: ET.Element, one: Range) -> None:
    colour = COLOURS[one.segment.verdict]
    marker = add(parent, "marker")
    add(marker, "name", label(one.segment))
    add(marker, "comment", reason(one.segment))
    add(marker, "in", one.first)
    add(marker, "out", one.end)
    if colour in _PREMIERE:
        add(marker, "pproColor", _PREMIERE[colour])
    shade = add(marker, "color")
    for name, value in zip(("alpha", "red", "green", "blue"), (0, *_RGB[colour]), strict=True):
        add(shade, name, value)


def _sequence(parent: ET.Element, number: int, name: str, base: Timebase, items: Sequence[tuple[int, Footage]]) -> None:
    """Lay the keeps of clips of one rate end to end."""
    cuts = [(source, clip, one) for source, clip in items for one in clip.keeps]
    places = list(accumulate((one.num_frames for *_, one in cuts), initial=0))
    sequence = add(parent, "sequence", id=f"sequence-{number}")
    add(sequence, "name", name)
    add(sequence, "duration", places[-1])
    _rate(sequence, base)
    _timecode(sequence, base, 0)
    media = add(sequence, "media")
    video = add(media, "video")
    size = add(add(video, "format"), "samplecharacteristics")
    _rate(size, base)
    add(size, "width", items[0][1].report.width)
    add(size, "height", items[0][1].report.height)
    tracks = {"video": add(video, "track")}
    if any(clip.has_sound for _, clip in items):
        tracks["audio"] = add(add(media, "audio"), "track")
    for event, ((source, clip, one), place) in enumerate(zip(cuts, places, strict=False), 1):
        kinds = [kind for kind in tracks if kind == "video" or clip.has_sound]
        for kind in kinds:
            _item(tracks[kind], f"{number}-{event}", kind, source, clip, one, place, linked=len(kinds) > 1)


def _item(
    track: ET.Element, name: str, kind: str, source: int, clip: Footage, one: Range, place: int, *, linked: bool
) -> None:
    item = add(track, "clipitem", id=f"item-{name}-{kind}")
    add(item, "name", clip.name)
    add(item, "masterclipid", f"clip-{source}")
    add(item, "duration", clip.num_frames)
    _rate(item, clip.base)
    add(item, "start", place)
    add(item, "end", place + one.num_frames)
    add(item, "in", one.first)
    add(item, "out", one.end)
    add(item, "file", id=f"file-{source}")
    if kind == "audio":
        sound = add(item, "sourcetrack")
        add(sound, "mediatype", "audio")
        add(sound, "trackindex", 1)
    if linked:
        for other in ("video", "audio"):
            link = add(item, "link")
            add(link, "linkclipref", f"item-{name}-{other}")
            add(link, "mediatype", other)
    if kind == "video":
        add(add(item, "comments"), "mastercomment1", reason(one.segment))


def _file(parent: ET.Element, number: int, clip: Footage, *, is_first: bool) -> None:
    file = add(parent, "file", id=f"file-{number}")
    if not is_first:
        return  # told once, then named
    add(file, "name", clip.name)
    # With a host, as Final Cut Pro 7 and Premiere write it.
    add(file, "pathurl", clip.url.replace("file:///", "file://localhost/", 1))
    _rate(file, clip.base)
    add(file, "duration", clip.num_frames)
    _timecode(file, clip.base, clip.start_frame)
    media = add(file, "media")
    size = add(add(media, "video"), "samplecharacteristics")
    add(size, "width", clip.report.width)
    add(size, "height", clip.report.height)
    if clip.has_sound:
        add(add(media, "audio"), "channelcount", 2)


def _rate(parent: ET.Element, base: Timebase) -> None:
    rate = add(parent, "rate")
    add(rate, "timebase", base.per_second)
    add(rate, "ntsc", "TRUE" if base.is_ntsc else "FALSE")


def _timecode(parent: ET.Element, base: Timebase, frame: int) -> None:
    timecode = add(parent, "timecode")
    _rate(timecode, base)
    add(timecode, "string", base.to_text(frame))
    add(timecode, "frame", frame)
    add(timecode, "displayformat", "DF" if base.drop else "NDF")
