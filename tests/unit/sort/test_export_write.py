import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from export_reports import CUTS, ODD_NAMES, RATES, constant, variable

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.sort.export.footage import footage_of
from mutoscope.sort.export.write import FORMATS, write_exports
from mutoscope.sort.model import ClipReport, FrameTable, Segment

ROOT = Path("/footage")


def digests(paths, folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def test_the_same_reports_give_the_same_bytes(tmp_path):
    reports = [*(constant(f"{rate}.mp4", rate) for rate in RATES), variable(), *map(constant, ODD_NAMES)]
    reports.append(ClipReport("broken.mp4", error="cannot be read"))

    one = write_exports(reports, tmp_path / "one", list(FORMATS), ROOT)
    two = write_exports(reports, tmp_path / "two", list(FORMATS), ROOT)

    assert digests(one, tmp_path / "one") == digests(two, tmp_path / "two")
    assert sorted(p for p in (tmp_path / "one").rglob("*") if p.is_file()) == sorted(one)
    assert len(one) == len(set(one))


@pytest.mark.parametrize(("name", "near"), [("otoi", "otio"), ("fcpx", "fcpxml"), ("xml", "xmeml")])
def test_an_unknown_format_is_refused_with_the_nearest_name(tmp_path, name, near):
    with pytest.raises(ParameterError, match=f"did you mean {near}"):
        write_exports([constant()], tmp_path / "out", ["csv", name], ROOT)
    assert not (tmp_path / "out").exists()


def test_a_name_that_resembles_none_is_told_them_all(tmp_path):
    with pytest.raises(ParameterError, match="expected otio, fcpxml"):
        write_exports([constant()], tmp_path, ["qqq"], ROOT)


@pytest.mark.parametrize("path", ["../up.mp4", "/etc/a.mp4", "a/../../b.mp4", ""])
def test_nothing_is_written_outside_the_folder(tmp_path, path):
    with pytest.raises(InputError, match="no path inside"):
        write_exports([constant(path)], tmp_path, ["xmp"], ROOT)


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "xmp").write_text("here already")

    with pytest.raises(OutputError):
        write_exports([constant()], tmp_path, ["xmp"], ROOT)


def test_an_empty_shoot_gives_empty_documents(tmp_path):
    names = {p.name for p in write_exports([], tmp_path, ["csv", "json", "fcpxml", "xmeml", "edl", "xmp"], ROOT)}

    assert names == {"segments.csv", "clips.csv", "resolve_metadata.csv", "sorted.json", "sorted.fcpxml", "sorted.xml"}


@pytest.mark.parametrize("time_base", [Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 11988)])
@pytest.mark.parametrize("rate", RATES)
def test_coarse_time_stamps_and_late_starts_do_not_move_frames(rate, time_base):
    clip = footage_of(constant(rate=rate, time_base=time_base, pts0=777), ROOT)

    assert [one.first for one in clip.ranges] == list(CUTS[:-1])
    assert clip.num_frames == CUTS[-1]


def test_frames_after_a_gap_stand_where_they_are_shown():
    report = constant()
    pts = report.table.pts_T.copy()
    pts[62:] += 5  # five frames were dropped

    clip = footage_of(replace(report, table=FrameTable(pts, report.table.time_base, {})), ROOT)

    assert [(one.first, one.end) for one in clip.ranges][2:4] == [(61, 67), (67, 175)]
    assert clip.num_frames == CUTS[-1] + 5


def test_a_clip_measured_by_its_keyframes_ends_where_it_ends():
    table = FrameTable(np.arange(0, 231, 25), Fraction(1, 25), {})
    parts = (Segment(0, 4, "keep"), Segment(4, len(table), "reject", "shaky"))

    clip = footage_of(replace(constant(), table=table, segments=parts), ROOT)

    assert [(one.first, one.end) for one in clip.ranges] == [(0, 100), (100, 231)]


def test_one_frame_is_a_clip_too():
    table = FrameTable(np.array([7]), Fraction(1, 600), {})
    report = ClipReport("one.mov", table=table, segments=(Segment(0, 1, "keep"),))

    clip = footage_of(report, ROOT)

    assert [(one.first, one.end) for one in clip.ranges] == [(0, 1)]
    assert clip.duration == Fraction(1, 25)


@pytest.mark.parametrize("timecode", ["", "10:20", "00:00:00:77", "rubbish"])
def test_a_broken_timecode_is_told_and_not_used(timecode):
    clip = footage_of(replace(constant(), start_timecode=timecode), ROOT)

    assert clip.start_frame == 0
    assert any("start timecode is not used" in notice for notice in clip.notices)
