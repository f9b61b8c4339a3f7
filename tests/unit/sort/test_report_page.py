import base64
import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from report_clips import made_up, unreadable

from mutoscope.core.errors import InputError
from mutoscope.sort.export.footage import footage_of
from mutoscope.sort.model import FAULTS, FrameTable
from mutoscope.sort.params import SortParams
from mutoscope.sort.report.curves import curves_of_page
from mutoscope.sort.report.page import MAX_BYTES, write_page
from mutoscope.sort.report.pictures import Pictures
from mutoscope.sort.report.write import write_report
from mutoscope.storage.cache import Cache
from mutoscope.testing.media import make_clip

HOSTILE = (
    "</script><script>alert(1)</script>.mp4",
    "<img src=x onerror=alert(1)>.mp4",
    "new\nline \u2028 and {{DATA}} {{SCRIPT}}.mp4",
    "emoji 🎬 & \"quotes\" 'too'.mp4",
    "not utf-8 \udcff.mp4",
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def written(tmp_path, reports, root=None):
    page = write_report(reports, tmp_path / "report", root or tmp_path / "gone", SortParams())
    return page.read_text("utf-8")


def test_every_clip_and_every_failure_is_in_the_page(tmp_path):
    data = data_of(written(tmp_path, [made_up("a.mp4"), unreadable("b.mp4"), made_up("c.mp4", seed=1)]))
    assert [clip["path"] for clip in data["clips"]] == ["a.mp4", "c.mp4"]
    assert data["failed"] == [{"path": "b.mp4", "reason": "broken.mp4 is empty; give a film or picture."}]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_only_ever_data(tmp_path, name):
    page = written(tmp_path, [made_up(name), unreadable(name, name)])
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "onerror=alert" not in re.sub(r'id="data">.*?</script>', "", page, flags=re.DOTALL)
    assert data_of(page)["clips"][0]["path"].startswith(name[:8].replace("\udcff", "\ufffd"))


def test_a_hostile_folder_name_is_escaped(tmp_path):
    page = written(tmp_path, [made_up()], tmp_path / "<script>alert(1)<" / "..." / "<b>{{STYLE}}")
    assert page.count("<script") == 2
    assert "&lt;b&gt;{{STYLE}}" in page


def test_the_page_asks_the_network_for_nothing(tmp_path):
    page = written(tmp_path, [made_up()])
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|url\(|@import|\bfetch\(|XMLHttpRequest", page)


def test_two_hundred_clips_stay_below_ten_megabytes(tmp_path, monkeypatch):
    sizes = []

    def as_large_as_allowed(report, root, max_bytes, cache):
        sizes.append(max_bytes)
        return Pictures((0,), {0: base64.b64encode(b"x" * max_bytes).decode()})

    monkeypatch.setattr("mutoscope.sort.report.page.pictures_of", as_large_as_allowed)
    report = made_up(num_frames=3000, num_segments=120)
    pair = (report, footage_of(report, tmp_path))
    page = write_page([pair] * 200, tmp_path, SortParams(), Cache())
    assert 0.8 * MAX_BYTES < len(page) <= MAX_BYTES < 10_000_000
    assert min(sizes) > 10_000, "room for eight pictures and the worst frames"


def test_same_reports_give_the_same_bytes(tmp_path):
    reports = [made_up(), unreadable()]
    assert written(tmp_path, reports) == written(tmp_path, reports)


def test_a_clip_without_any_frame_is_listed_with_a_reason(tmp_path):
    empty = FrameTable(np.zeros(0, np.int64), Fraction(1, 25), {})
    data = data_of(written(tmp_path, [made_up(table=empty, segments=())]))
    assert data["failed"][0]["reason"] == "no frame of it could be measured."


def test_a_path_out_of_the_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no path inside"):
        written(tmp_path, [made_up("../a.mp4")])


def test_every_fault_has_a_letter_of_its_own(tmp_path):
    letters = data_of(written(tmp_path, [made_up()]))["faults"]
    assert set(letters) == set(FAULTS)
    assert len(set(letters.values())) == len(FAULTS)


def test_tables_and_numbers_lie_beside_the_page(tmp_path):
    written(tmp_path, [made_up(), unreadable()])
    rows = list(csv.DictReader((tmp_path / "report" / "segments.csv").read_text("utf-8").splitlines()))
    assert [row["verdict"] for row in rows] == ["keep", "reject", "keep", "unsure", "keep"]
    told = json.loads((tmp_path / "report" / "sort.json").read_text())
    assert told["schema"] == "mutoscope.sort.report/1"
    assert told["root"] == str(tmp_path / "gone")
    assert str(tmp_path) not in json.dumps(told["clips"])
    shake_T = made_up().table.columns["shake"][:50]
    assert told["clips"][0]["segments"][0]["means"]["shake"] == pytest.approx(shake_T.mean(), rel=1e-4)


def unpacked(curve):
    least, most, text = curve
    levels = np.frombuffer(base64.b64decode(text), np.uint8).astype(np.float64)
    return np.where(levels == 255, np.nan, least + levels / 254 * (most - least))


def table_of(values_T, pts_T=None, name="noise"):
    pts_T = np.arange(len(values_T), dtype=np.int64) if pts_T is None else pts_T
    return FrameTable(pts_T, Fraction(1, 25), {name: np.asarray(values_T, np.float32)})


def test_a_curve_survives_to_a_level():
    values_T = np.sin(np.arange(301) / 9) * 4 + 20
    values_T[17:23] = np.nan
    curve = curves_of_page(table_of(values_T), 301 / 25)["columns"]["noise"]
    np.testing.assert_allclose(unpacked(curve), values_T, atol=24 / 254 / 2 + 1e-3)


def test_thinning_keeps_a_single_bad_frame():
    values_T = np.ones(100_003)
    values_T[77_777] = 40
    made = curves_of_page(table_of(values_T), 100_003 / 25)
    assert made["num"] == 1000
    shown = unpacked(made["columns"]["noise"])
    assert shown.max() == pytest.approx(40, abs=0.1)
    assert shown.argmax() / 1000 == pytest.approx(77_777 / 100_003, abs=0.002)


def test_uneven_frames_keep_their_times():
    pts_T = np.cumsum([0, *[1, 7] * 50]).astype(np.int64)
    made = curves_of_page(table_of(np.arange(101), pts_T), 17.0)
    times = np.frombuffer(base64.b64decode(made["times"]), "<u2") / 65535 * 17.0
    np.testing.assert_allclose(times, pts_T / 25, atol=0.001)
    assert curves_of_page(table_of(np.arange(101)), 101 / 25)["times"] is None


def test_a_single_frame_is_a_curve_too():
    assert curves_of_page(table_of([3.0]), 0.04)["num"] == 1


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    make_clip(path, num_frames=40, width=64, height=34)
    return path


def test_pictures_come_from_the_film_and_from_the_cache_afterwards(tmp_path, film):
    from mutoscope.video.info import probe

    info = probe(film, count_frames=True)
    report = made_up("a.mp4", info.num_frames or 2, 3, seed=5, rate=info.frame_rate)
    step = round(1 / info.frame_rate / info.time_base)
    table = FrameTable(report.table.pts_T * step, info.time_base, report.table.columns)
    report = made_up("a.mp4", len(table), 3, seed=5, rate=info.frame_rate, table=table)
    root = tmp_path / "footage"
    root.mkdir()
    (root / "a.mp4").write_bytes(film.read_bytes())
    clip = data_of(written(tmp_path, [report], root))["clips"][0]
    assert len(clip["along"]) == min(8, len(table))
    assert base64.b64decode(clip["pictures"][0]).startswith(b"\xff\xd8\xff")
    assert clip["segments"][1][-1] is not None, "the worst frame of the reject"
    (root / "a.mp4").unlink()
    assert data_of(written(tmp_path, [report], root))["clips"][0]["pictures"] == clip["pictures"]


def test_a_film_that_is_gone_leaves_a_page_without_pictures(tmp_path):
    clip = data_of(written(tmp_path, [made_up()], Path("/nowhere")))["clips"][0]
    assert clip["pictures"] == []
    assert clip["along"] == []
