from fractions import Fraction
from itertools import pairwise
from urllib.parse import unquote_to_bytes, urlsplit

import opentimelineio as otio
import pytest
from export_reports import CUTS, ODD_NAMES, RATES, ROOT, constant, variable

from mutoscope.sort.export.footage import footage_of
from mutoscope.sort.export.otio import keeps_timeline, markers_timeline


def read(text):
    timeline = otio.adapters.read_from_string(text, "otio_json")
    return list(timeline.tracks[0])


def frames(item, span):
    start = span.start_time - item.media_reference.available_range.start_time
    return start.to_frames(), (start + span.duration).to_frames()


@pytest.mark.parametrize("rate", RATES)
def test_ranges_come_back_to_the_frame(rate):
    clip = footage_of(constant(rate=rate), ROOT)

    keeps = read(keeps_timeline([clip]))
    (whole,) = read(markers_timeline([clip]))

    assert [frames(item, item.source_range) for item in keeps] == [(0, 17), (62, 170)]
    assert [frames(whole, marker.marked_range) for marker in whole.markers] == list(pairwise(CUTS))
    assert [marker.color for marker in whole.markers] == ["GREEN", "RED", "YELLOW", "GREEN", "RED"]
    assert whole.source_range == whole.media_reference.available_range
    assert keeps[0].source_range.start_time.rate == float(RATES[rate][0])


def test_media_begin_at_their_timecode():
    (whole,) = read(markers_timeline([footage_of(constant(rate="29.97df"), ROOT)]))

    start = whole.media_reference.available_range.start_time
    assert start.to_timecode(start.rate, drop_frame=True) == "00:59:58;20"


def test_a_variable_rate_keeps_exact_seconds_beside_the_nearest_frames():
    report = variable()
    clip = footage_of(report, ROOT)

    (whole,) = read(markers_timeline([clip]))
    marker = whole.markers[1]

    pts = report.table.pts_T
    start = Fraction(int(pts[17] - pts[0]), 90000)
    assert Fraction(marker.metadata["mutoscope"]["start_seconds"]) == start
    assert frames(whole, marker.marked_range)[0] == round(start * 30)
    assert whole.metadata["mutoscope"]["is_variable_rate"]


def test_clips_of_several_rates_share_a_timeline():
    items = read(keeps_timeline([footage_of(constant(f"{rate}.mp4", rate), ROOT) for rate in RATES]))

    assert [frames(item, item.source_range) for item in items] == [(0, 17), (62, 170)] * len(RATES)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_places_lead_to_the_very_file(name):
    (whole,) = read(markers_timeline([footage_of(constant(name), ROOT)]))

    url = whole.media_reference.target_url
    assert url.isascii()
    assert unquote_to_bytes(urlsplit(url).path) == bytes(ROOT) + b"/" + name.encode("utf-8", "surrogateescape")
