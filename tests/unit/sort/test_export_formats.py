import csv
import io
import json
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree as ET

import pytest
from export_reports import CUTS, FAULTS, ODD_NAMES, RATES, ROOT, VERDICTS, constant, segments, variable

from mutoscope.sort.export.edl import write_edls
from mutoscope.sort.export.fcpxml import write_fcpxml
from mutoscope.sort.export.footage import footage_of
from mutoscope.sort.export.json_file import write_json
from mutoscope.sort.export.table_files import clips_table, losslesscut_tables, resolve_table, segments_table
from mutoscope.sort.export.timecode import Timebase
from mutoscope.sort.export.xmeml import write_xmeml
from mutoscope.sort.export.xmp import TICKS_PER_SECOND, sidecar_places, write_xmp
from mutoscope.sort.model import ClipReport, Segment

EDGES = list(pairwise(CUTS))
KEEPS = [edge for edge, verdict in zip(EDGES, VERDICTS, strict=True) if verdict == "keep"]
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DM = "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"

every_rate = pytest.mark.parametrize("rate", RATES)
every_name = pytest.mark.parametrize("name", ODD_NAMES)


def footage(name="a.mp4", rate="25", **more):
    return footage_of(constant(name, rate, **more), ROOT)


def seconds(text):
    assert text.endswith("s")
    return Fraction(text[:-1])


def truth(clip, index):
    """Exact seconds of an edge, from the time stamps alone."""
    table = clip.report.table
    step = 1 / clip.report.frame_rate if clip.report.frame_rate else None
    if step is not None:
        return index * step
    if index == len(table):
        return clip.report.duration
    return int(table.pts_T[index] - table.pts_T[0]) * table.time_base


def ranges(elements, origin, pick):
    return [(seconds(e.get("start")) - origin, seconds(e.get("duration")), pick(e)) for e in elements]


@pytest.mark.parametrize("clip", [*(footage(rate=rate) for rate in RATES), footage_of(variable(), ROOT)])
def test_fcpxml_rates_exact_ranges(clip):
    root = ET.fromstring(write_fcpxml([clip]))
    item = root.find("library/event/asset-clip")
    origin = seconds(item.get("start"))
    spans = [(truth(clip, a), truth(clip, b) - truth(clip, a)) for a, b in EDGES]

    ratings = ranges(item.findall("rating"), origin, lambda e: e.get("value"))
    keywords = ranges(item.findall("keyword"), origin, lambda e: e.get("value"))
    shaken = ranges(item.findall("analysis-marker"), origin, lambda e: e[0].get("value"))
    kinds = ["favorite", "reject", None, "favorite", "reject"]
    words = [None, "shaky", "unsure, overexposed", None, "defocus"]
    assert ratings == [(*span, kind) for span, kind in zip(spans, kinds, strict=True) if kind]
    assert keywords == [(*span, word) for span, word in zip(spans, words, strict=True) if word]
    assert shaken == [(*spans[1], "excessiveShake")]
    assert origin == clip.start_frame / clip.base.rate
    assert seconds(item.get("duration")) == truth(clip, CUTS[-1])


@every_rate
def test_fcpxml_projects_lie_on_frames_without_gaps(rate):
    clip = footage(rate=rate)
    root = ET.fromstring(write_fcpxml([clip, clip]))
    sequence = root.find("library/event/project/sequence")
    items = sequence.findall("spine/asset-clip")

    origin = clip.base.to_seconds(clip.start_frame)
    found = [(seconds(e.get("start")) - origin) * clip.base.rate for e in items]
    lengths = [seconds(e.get("duration")) * clip.base.rate for e in items]
    assert [(a, a + n) for a, n in zip(found, lengths, strict=True)] == KEEPS * 2
    assert [seconds(e.get("offset")) * clip.base.rate for e in items] == [0, 17, 125, 142]
    assert seconds(sequence.get("duration")) * clip.base.rate == sum(lengths)
    assert sequence.get("tcFormat") == ("DF" if rate.endswith("df") else "NDF")


def test_fcpxml_makes_a_project_for_each_rate_and_names_what_exists():
    clips = [footage("a.mp4", "25"), footage("b.mp4", "50"), footage("c.mp4", "29.97df")]
    root = ET.fromstring(write_fcpxml(clips))

    assert [p.get("name") for p in root.iter("project")] == ["keeps 25", "keeps 50", "keeps 29.97df"]
    known = {e.get("id") for e in root.find("resources")}
    used = {e.get(key) for e in root.iter() for key in ("ref", "format") if e.get(key)}
    assert used == known
    assert {e.get("name") for e in root.iter("smart-collection")} == {"Keeps", "Rejects", "Shaky"}
    assert [e.get("name") for e in root.iter("keyword-collection")] == ["unsure", "shaky", "overexposed", "defocus"]


CHILDREN = {
    # Hand-made from the element reference of FCPXML 1.10: what may stand where, in this order.
    "fcpxml": "resources library",
    "resources": "format* asset*",
    "asset": "media-rep",
    "library": "event",
    "event": "asset-clip* keyword-collection* smart-collection* project*",
    "asset-clip": "note? (rating|keyword|analysis-marker)*",
    "analysis-marker": "stabilization-type",
    "smart-collection": "(match-ratings|match-stabilization)",
    "match-stabilization": "stabilization-type",
    "project": "sequence",
    "sequence": "spine",
    "spine": "asset-clip*",
}


def test_fcpxml_has_the_structure_of_the_dtd():
    clips = [footage("a.mp4", "25"), footage("b.mp4", "50"), footage_of(variable(), ROOT)]

    for element in ET.fromstring(write_fcpxml(clips)).iter():
        rule = CHILDREN.get(element.tag, "")
        pattern = re.sub(r"([\w-]+)", r"(?:\1 )", rule).replace(" (", "(").replace(") *", ")*")
        assert re.fullmatch(pattern.replace(") (", ")("), "".join(f"{child.tag} " for child in element)), element.tag
        assert all(e.get("id", "a")[0].isalpha() for e in element)


@pytest.mark.parametrize("clip", [*(footage(rate=rate) for rate in RATES), footage_of(variable(), ROOT)])
def test_xmeml_counts_to_the_frame(clip):
    root = ET.fromstring(write_xmeml([clip]))
    number = lambda e, tag: int(e.findtext(tag))  # noqa: E731
    expected = [(r.first, r.end) for r in clip.ranges]
    if not clip.is_variable:
        assert expected == EDGES

    marks = root.findall("project/children/bin/children/clip/marker")
    assert [(number(m, "in"), number(m, "out")) for m in marks] == expected
    assert [m.findtext("pproColor") for m in marks] == [None, "4281740498", "4281049552", None, "4281740498"]
    assert all({c.tag for c in m.find("color")} == {"alpha", "red", "green", "blue"} for m in marks)
    items = root.findall(".//sequence/media/video/track/clipitem")
    kept = [(number(i, "in"), number(i, "out")) for i in items]
    assert kept == [expected[0], expected[3]]
    assert [number(i, "end") - number(i, "start") for i in items] == [b - a for a, b in kept]
    assert number(items[0], "end") == number(items[1], "start")
    file = root.find(".//file")
    assert number(file, "timecode/frame") == clip.start_frame
    assert file.findtext("timecode/displayformat") == ("DF" if clip.base.drop else "NDF")
    assert number(file, "rate/timebase") == clip.base.per_second
    assert file.findtext("rate/ntsc") == ("TRUE" if clip.base.rate.denominator == 1001 else "FALSE")


def test_xmeml_names_only_what_it_defines():
    root = ET.fromstring(write_xmeml([footage("a.mp4"), footage("b.mp4"), footage("c.mp4", "50", sound=False)]))

    ids = [e.get("id") for e in root.iter("clipitem")]
    assert len(ids) == len(set(ids))
    assert {e.text for e in root.iter("linkclipref")} <= set(ids)
    full = [e.get("id") for e in root.iter("file") if len(e)]
    assert len(full) == len(set(full)) == 3
    assert {e.get("id") for e in root.iter("file")} == set(full)


EVENT = re.compile(r"(\d{3})  (\S+) +(\S+) +C +(\S+) (\S+) (\S+) (\S+)")
LOCATOR = re.compile(r"\* LOC: (\S+) (GREEN|YELLOW|RED) +(.*)")


def edl_events(data, base):
    drop = "FCM: DROP FRAME" in data.splitlines()
    assert drop == base.drop
    events = []
    for line in data.splitlines():
        event, locator = EVENT.fullmatch(line), LOCATOR.fullmatch(line)
        if event:
            events.append(([base.to_frame(t) for t in event.groups()[3:]], []))
        elif locator:
            events[-1][1].append((base.to_frame(locator[1]), locator[2]))
        else:
            assert line == "" or line.startswith(("* ", "TITLE: ", "FCM: "))
    return events


@every_rate
def test_edls_count_to_the_frame(rate):
    clip = footage(rate=rate)
    files = {name: data.decode() for name, data in write_edls([clip]).items()}

    keeps = edl_events(files["keeps.edl"], clip.base)
    assert [(a - clip.start_frame, b - clip.start_frame) for (a, b, _, _), _ in keeps] == KEEPS
    hour = clip.base.to_frame("01:00:00:00")
    assert [(a - hour, b - hour) for (_, _, a, b), _ in keeps] == [(0, 17), (17, 125)]
    (((first, end, _, last), marks),) = edl_events(files["markers.edl"], clip.base)
    edges = [*(at - hour for at, _ in marks), last - hour]
    assert list(pairwise(edges)) == EDGES
    assert [colour for _, colour in marks] == ["GREEN", "RED", "YELLOW", "GREEN", "RED"]
    assert end - first == CUTS[-1]


def test_an_edl_has_one_rate_and_999_events_at_most():
    models = [footage(rate=rate) for rate in ("50", "25")]
    clips = [
        replace(one, report=replace(one.report, path=f"{i}.mp4"), path=ROOT / f"{i}.mp4")
        for i in range(1200)
        for one in [models[i % 2]]
    ]
    files = write_edls(clips)

    assert sorted(n for n in files if n.startswith("keeps")) == [
        "keeps_25.edl",
        "keeps_25_2.edl",
        "keeps_50.edl",
        "keeps_50_2.edl",
    ]
    for name, data in files.items():
        base = Timebase(Fraction(25 if "_25" in name else 50))
        assert 0 < len(edl_events(data.decode(), base)) <= 999


def test_reels_are_short_and_no_two_alike():
    names = [f"a long name {i}.mp4" for i in range(30)] + ["ax.mp4", "漢字.mp4", "a.mp4", "A.mov"]
    text = write_edls([footage(n) for n in names])["markers.edl"].decode()
    reels = [match[2] for match in map(EVENT.fullmatch, text.splitlines()) if match]

    assert len(set(reels)) == len(names)
    assert all(re.fullmatch("[A-Z0-9_]{1,8}", reel) and reel not in ("AX", "BL") for reel in reels)


def test_a_variable_rate_is_told_in_the_edl_and_stays_within_half_a_frame():
    clip = footage_of(variable(), ROOT)
    text = write_edls([clip])["keeps.edl"].decode()

    assert "* COMMENT: the frame rate varies" in text
    keeps = edl_events(text, clip.base)
    for (first, end, _, _), _ in keeps:
        assert any(
            abs(clip.base.to_seconds(first) - truth(clip, a)) <= Fraction(1, 60)
            and abs(clip.base.to_seconds(end) - truth(clip, b)) <= Fraction(1, 60)
            for a, b in KEEPS
        )


@pytest.mark.parametrize("clip", [*(footage(rate=rate) for rate in RATES), footage_of(variable(), ROOT)])
def test_xmp_markers_are_exact(clip):
    root = ET.fromstring(write_xmp(clip))
    marks = root.findall(f".//{DM}markers/{RDF}Seq/{RDF}li")
    rate = root.findtext(f".//{DM}frameRate")

    assert rate == f"f{TICKS_PER_SECOND}"
    found = [(int(m.findtext(f"{DM}startTime")), int(m.findtext(f"{DM}duration"))) for m in marks]
    spans = [(truth(clip, a), truth(clip, b)) for a, b in EDGES]
    assert [(Fraction(a, TICKS_PER_SECOND), Fraction(a + n, TICKS_PER_SECOND)) for a, n in found] == spans
    assert len({m.findtext(f"{DM}guid") for m in marks}) == len(marks)


@pytest.mark.parametrize(
    ("verdicts", "score", "stars", "good"),
    [
        (("keep", "reject"), 100.0, "5", "True"),
        (("keep",), 0.0, "1", "True"),
        (("keep",), None, "3", "True"),
        (("unsure", "reject"), 90.0, "0", None),
        (("reject",), 90.0, "-1", "False"),
    ],
)
def test_stars_follow_rank_and_verdict(verdicts, score, stars, good):
    parts = tuple(Segment(40 * i, 40 * i + 40, verdict) for i, verdict in enumerate(verdicts))
    root = ET.fromstring(write_xmp(footage_of(constant(segments=parts, score=score), ROOT)))

    assert root.findtext(f".//{XMP}Rating") == stars
    assert root.findtext(f".//{DM}good") == good


def test_sidecars_mirror_paths_and_never_share_a_name():
    names = ["x/a.mp4", "x/b.mp4", "x/B.mov", "y/a.mp4", "n" * 255, "é" * 127]
    places = sidecar_places([footage(name) for name in names])

    assert list(map(str, places[:4])) == ["x/a.xmp", "x/b.mp4.xmp", "x/B.mov.xmp", "y/a.xmp"]
    assert all(len(place.name.encode()) <= 255 and place.suffix == ".xmp" for place in places)


@pytest.mark.parametrize("clip", [*(footage(rate=rate) for rate in RATES), footage_of(variable(), ROOT)])
def test_tables_and_json_are_exact(clip):
    rows = list(csv.DictReader(io.StringIO(segments_table([clip]).decode(), newline="")))
    (cuts,) = losslesscut_tables([clip]).values()
    plain = json.loads(write_json([(clip.report, clip)]))["clips"][0]["segments"]
    spans = [(truth(clip, a), truth(clip, b)) for a, b in EDGES]

    assert [(Fraction(r["start_exact"]), Fraction(r["end_exact"])) for r in rows] == spans
    assert [(Fraction(s["start"]), Fraction(s["end"])) for s in plain] == spans
    assert [r["fault"] or None for r in rows] == [s["fault"] for s in plain] == list(FAULTS)
    for row, one in zip(rows, clip.ranges, strict=True):
        assert (int(row["first_frame"]), int(row["end_frame"])) == (one.first, one.end)
        assert clip.base.to_frame(row["start_timecode"]) - clip.start_frame == one.first
    lines = list(csv.reader(io.StringIO(cuts.decode(), newline="")))
    kept = [span for span, verdict in zip(spans, VERDICTS, strict=True) if verdict == "keep"]
    assert [len(line) for line in lines] == [3] * len(kept)
    for (start, end, _), (a, b) in zip(lines, kept, strict=True):
        assert abs(Fraction(start) - a) < Fraction(1, 10**6)
        assert abs(Fraction(end) - b) < Fraction(1, 10**6)


def test_clips_that_could_not_be_sorted_are_told_with_their_reason():
    broken = ClipReport("bad,\n.mp4", error='breaks off, "after" 3 s')
    pairs = [(broken, footage_of(broken, ROOT)), (constant(), footage())]

    rows = list(csv.DictReader(io.StringIO(clips_table(pairs).decode(), newline="")))
    plain = json.loads(write_json(pairs))

    assert [row["path"] for row in rows] == ["bad,\n.mp4", "a.mp4"]
    assert rows[0]["error"] == plain["clips"][0]["error"] == broken.error
    assert plain["schema"] == "mutoscope.sort/1"


def unquoted(url):
    return unquote_to_bytes(urlsplit(url).path)


@every_name
def test_odd_names_break_no_document(name):
    clip = footage(name)
    place = bytes(ROOT) + b"/" + name.encode("utf-8", "surrogateescape")

    fcpxml = ET.fromstring(write_fcpxml([clip]))
    assert unquoted(fcpxml.find(".//media-rep").get("src")) == place
    assert fcpxml.find(".//asset").get("name") == clip.name
    xmeml = ET.fromstring(write_xmeml([clip]))
    assert unquoted(xmeml.findtext(".//pathurl")) == place
    assert xmeml.findtext(".//file/name") == clip.name
    ET.fromstring(write_xmp(clip))
    assert len(edl_events(write_edls([clip])["markers.edl"].decode(), clip.base)) == 1
    for row in csv.DictReader(io.StringIO(segments_table([clip]).decode(), newline="")):
        assert unquoted(row["url"]) == place
        assert PurePosixPath(row["path"]).name == clip.name
    (row,) = csv.DictReader(io.StringIO(resolve_table([clip]).decode(), newline=""))
    assert "\n" not in row["File Name"]
    assert unquoted(json.loads(write_json([(clip.report, clip)]))["clips"][0]["url"]) == place


def test_odd_numbers_break_no_document():
    parts = (Segment(0, 231, "reject", "shaky", float("nan"), "", float("inf"), 3, 0.5),)
    report = constant(segments=parts, score=None, shares={"blurred": float("nan")}, notices=("odd \x01 \udcff",))
    clip = footage_of(report, ROOT)

    assert "odd \ufffd \ufffd" in ET.fromstring(write_fcpxml([clip])).findtext(".//note")
    clips_table([(report, clip)])
    (segment,) = json.loads(write_json([(clip.report, clip)]))["clips"][0]["segments"]
    assert segment["value"] is None
    assert segment["threshold"] is None


def test_nothing_kept_is_no_fault():
    clip = footage_of(constant(segments=(Segment(0, 231, "reject", "black"),)), ROOT)

    assert "keeps.edl" not in write_edls([clip])
    assert ET.fromstring(write_fcpxml([clip])).find(".//project") is None
    assert ET.fromstring(write_xmeml([clip])).find(".//sequence") is None
    assert losslesscut_tables([clip]) == {}
    assert len(segments()) == 5
