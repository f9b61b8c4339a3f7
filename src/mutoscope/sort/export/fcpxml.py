"""Final Cut Pro's FCPXML 1.10: ratings, keywords and analysis on ranges of clips, and a project of the keeps.

The OpenTimelineIO adapter writes neither ratings nor keywords, so this is a writer of its own. Times are rational
seconds, so a clip of variable rate keeps its exact ranges.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from xml.etree import ElementTree as ET

from mutoscope.sort.export.footage import Footage, Range, by_timebase
from mutoscope.sort.export.timecode import Timebase
from mutoscope.sort.export.words import label, reason, summary
from mutoscope.sort.export.xml_text import add, document

__all__ = ["write_fcpxml"]

_EVENT = "Mutoscope"
_RATINGS = {"keep": "favorite", "reject": "reject"}


def write_fcpxml(clips: Sequence[Footage]) -> bytes:
    """Write an event of all clips with their verdicts, smart collections, and a project of keeps for each frame rate.

    Returns:
        A document that follows FCPXMLv1_10.dtd.

    """
    root = ET.Element("fcpxml", version="1.10")
    resources = add(root, "resources")
    event = add(add(root, "library"), "event", name=_EVENT)
    formats = _formats(resources, clips)
    assets = [_asset(resources, f"a{number}", clip, formats[_format(clip)]) for number, clip in enumerate(clips, 1)]
    for asset, clip in zip(assets, clips, strict=True):
        _event_clip(event, asset, clip, formats[_format(clip)])
    _collections(event, clips)
    numbered = dict(zip(map(id, clips), assets, strict=True))
    groups = by_timebase(clip for clip in clips if clip.keeps)
    for base, group in groups.items():
        name = "keeps" if len(groups) == 1 else f"keeps {base.label}"
        _project(event, name, base, [(numbered[id(clip)], clip, formats[_format(clip)]) for clip in group])
    return document(root, "fcpxml")


def _format(clip: Footage) -> tuple[Fraction, int, int]:
    return clip.base.rate, clip.report.width, clip.report.height


def _formats(resources: ET.Element, clips: Sequence[Footage]) -> dict[tuple[Fraction, int, int], str]:
    names: dict[tuple[Fraction, int, int], str] = {}
    for rate, width, height in dict.fromkeys(map(_format, clips)):
        name = names[rate, width, height] = f"f{len(names) + 1}"
        size = {"width": width, "height": height} if width and height else {}
        add(resources, "format", id=name, frameDuration=_time(1 / rate), **size)
    return names


def _asset(resources: ET.Element, name: str, clip: Footage, form: str) -> str:
    sound = {"hasAudio": 1, "audioSources": 1} if clip.has_sound else {}
    asset = add(
        resources,
        "asset",
        id=name,
        name=clip.name,
        start=_time(clip.base.to_seconds(clip.start_frame)),
        duration=_time(clip.duration),
        hasVideo=1,
        format=form,
        **sound,
    )
    add(asset, "media-rep", kind="original-media", src=clip.url)
    return name


def _event_clip(event: ET.Element, asset: str, clip: Footage, form: str) -> None:
    origin = clip.base.to_seconds(clip.start_frame)
    item = add(
        event,
        "asset-clip",
        ref=asset,
        name=clip.name,
        start=_time(origin),
        duration=_time(clip.duration),
        format=form,
        tcFormat="DF" if clip.base.drop else "NDF",
    )
    add(item, "note", "\n".join([summary(clip), *clip.notices, *clip.report.notices]))
    for one in clip.ranges:
        _marks(item, one, origin)


def _marks(item: ET.Element, one: Range, origin: Fraction) -> None:
    """Add rating, keyword and analysis of a range; an unsure one gets a keyword and stays unrated."""
    segment = one.segment
    place = {"start": _time(origin + one.start), "duration": _time(one.stop - one.start)}
    rating = _RATINGS.get(segment.verdict)
    if rating is not None:
        add(item, "rating", name=label(segment), **place, value=rating, note=reason(segment))
    words = [segment.fault] if segment.fault else []
    if segment.verdict == "unsure":
        words = ["unsure", *words]
    if words:
        add(item, "keyword", **place, value=", ".join(words), note=reason(segment))
    if segment.verdict == "reject" and segment.fault == "shaky":
        add(add(item, "analysis-marker", **place), "stabilization-type", value="excessiveShake")


def _collections(event: ET.Element, clips: Sequence[Footage]) -> None:
    faults = dict.fromkeys(fault for clip in clips for fault in clip.keywords)
    unsure = any(one.segment.verdict == "unsure" for clip in clips for one in clip.ranges)
    for word in [*(["unsure"] if unsure else []), *faults]:
        add(event, "keyword-collection", name=word)
    for name, value in (("Keeps", "favorites"), ("Rejects", "rejected")):
        add(add(event, "smart-collection", name=name, match="all"), "match-ratings", value=value)
    shaken = add(event, "smart-collection", name="Shaky", match="all")
    add(add(shaken, "match-stabilization", rule="includesAny"), "stabilization-type", value="excessiveShake")


def _project(event: ET.Element, name: str, base: Timebase, items: Sequence[tuple[str, Footage, str]]) -> None:
    """Lay the keeps of clips of one rate end to end; a timeline's edits stand on its frames."""
    cuts = [(asset, clip, form, one) for asset, clip, form in items for one in clip.keeps if one.num_frames > 0]
    places = list(accumulate((one.num_frames for *_, one in cuts), initial=0))
    form = "DF" if base.drop else "NDF"
    sequence = add(
        add(event, "project", name=name),
        "sequence",
        format=items[0][2],
        duration=_time(base.to_seconds(places[-1])),
        tcStart="0s",
        tcFormat=form,
    )
    spine = add(sequence, "spine")
    for (asset, clip, size, one), place in zip(cuts, places, strict=False):
        add(
            spine,
            "asset-clip",
            ref=asset,
            offset=_time(base.to_seconds(place)),
            name=clip.name,
            start=_time(base.to_seconds(clip.start_frame + one.first)),
            duration=_time(base.to_seconds(one.num_frames)),
            format=size,
            tcFormat=form,
        )


def _time(seconds: Fraction) -> str:
    return f"{seconds}s"
