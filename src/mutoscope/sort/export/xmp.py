"""XMP sidecars: stars, a label, keywords and ranged markers, as Bridge, Premiere and Lightroom read them."""

import uuid
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from mutoscope.sort.export.footage import Footage, Range, beside, clean, place_of
from mutoscope.sort.export.words import label, reason, stars, summary
from mutoscope.sort.export.xml_text import document

__all__ = ["TICKS_PER_SECOND", "sidecar_places", "write_xmp"]

TICKS_PER_SECOND = 254_016_000_000
"""Premiere's clock: a frame of every standard rate, and a sample of every usual sound, is a whole number of it."""

_SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
}
_LABELS = {-1: "Red", 0: "Yellow"}
_GUIDS = uuid.UUID("6a6f0c2e-2f0b-5b57-9d27-6c7a0b9f6c11")
"""Where the markers' numbers come from, so that the same film gets the same ones."""


def sidecar_places(clips: Sequence[Footage]) -> list[PurePosixPath]:
    """Name the sidecar of each clip, its path mirrored: clip.xmp for clip.mp4.

    Where two clips would share one (a.mp4, a.mov; also A.mov, on disks that take them for the same), theirs are
    a.mp4.xmp and a.mov.xmp.
    """
    places = [place_of(clip.report) for clip in clips]
    shared = Counter(str(place.with_suffix("")).casefold() for place in places)
    return [
        beside(place, place.name if shared[str(place.with_suffix("")).casefold()] > 1 else place.stem, ".xmp")
        for place in places
    ]


def write_xmp(clip: Footage) -> bytes:
    """Write the sidecar of a clip.

    A clip of which something is kept has 1 to 5 stars by its rank within the shoot, one that is rejected throughout
    -1, and one that a person should look at 0.
    """
    root = ET.Element(_tag("x", "xmpmeta"))
    about = {_tag("rdf", "about"): ""}
    inner = ET.SubElement(ET.SubElement(root, _tag("rdf", "RDF")), _tag("rdf", "Description"), about)
    rating = stars(clip)
    _add(inner, "xmp", "Rating", str(rating))
    _add(inner, "xmp", "Label", _LABELS.get(rating, "Green"))
    if clip.keywords:
        bag = ET.SubElement(_add(inner, "dc", "subject"), _tag("rdf", "Bag"))
        for word in clip.keywords:
            _add(bag, "rdf", "li", word)
    if rating:
        _add(inner, "xmpDM", "good", "True" if clip.keeps else "False")
    _add(inner, "xmpDM", "logComment", " ".join([summary(clip), *clip.notices]))
    track = _resource(ET.SubElement(_add(inner, "xmpDM", "Tracks"), _tag("rdf", "Bag")))
    _add(track, "xmpDM", "trackName", "Mutoscope")
    _add(track, "xmpDM", "trackType", "Comment")
    _add(track, "xmpDM", "frameRate", f"f{TICKS_PER_SECOND}")
    markers = ET.SubElement(_add(track, "xmpDM", "markers"), _tag("rdf", "Seq"))
    for one in clip.ranges:
        _marker(markers, clip, one)
    return document(root, prefixes=_SPACES)


def _marker(parent: ET.Element, clip: Footage, one: Range) -> None:
    marker = _resource(parent)
    start, stop = _ticks(one.start), _ticks(one.stop)
    _add(marker, "xmpDM", "startTime", str(start))
    _add(marker, "xmpDM", "duration", str(stop - start))
    _add(marker, "xmpDM", "name", label(one.segment))
    _add(marker, "xmpDM", "comment", reason(one.segment))
    _add(marker, "xmpDM", "type", "Comment")
    own = f"{clip.report.sha256}/{clean(clip.report.path)}/{start}/{stop}/{label(one.segment)}"
    _add(marker, "xmpDM", "guid", str(uuid.uuid5(_GUIDS, own)))


def _ticks(seconds: Fraction) -> int:
    return round(seconds * TICKS_PER_SECOND)


def _resource(parent: ET.Element) -> ET.Element:
    return ET.SubElement(parent, _tag("rdf", "li"), {_tag("rdf", "parseType"): "Resource"})


def _add(parent: ET.Element, space: str, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, _tag(space, name))
    if text is not None:
        element.text = clean(text)
    return element


def _tag(space: str, name: str) -> str:
    return f"{{{_SPACES[space]}}}{name}"
