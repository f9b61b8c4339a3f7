"""Sorted footage by REST: what the report holds, curves with their peaks, queries, decisions with versions."""

import base64
import time
from fractions import Fraction

import numpy as np
import pytest

from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.folders import job_folder
from mutoscope.service.sort_report import read_report
from mutoscope.sort.decisions import read_decisions
from mutoscope.sort.model import COLUMNS, ClipReport, FrameTable, Segment
from mutoscope.sort.params import SortParams
from mutoscope.sort.report.write import write_report


def clip(name, frames=100, seed=1):
    """Give a report of four segments, of which the second is shaky."""
    chance = np.random.default_rng(seed)
    columns = {column: chance.random(frames).astype(np.float32) for column in COLUMNS}
    columns["shake"][frames // 3] = 7.0
    edges = [0, frames // 4, frames // 2, frames - 10, frames]
    faults = (None, "shaky", None, "noisy")
    segments = tuple(
        Segment(first, end, "keep" if fault is None else "reject", fault, 0.5, "", 0.3, worst=first, confidence=0.9)
        for first, end, fault in zip(edges, edges[1:], faults, strict=False)
    )
    table = FrameTable(np.arange(frames, dtype=np.int64), Fraction(1, 25), columns)
    return ClipReport(
        name,
        f"{seed:064x}",
        table,
        segments,
        640,
        360,
        Fraction(25),
        duration=Fraction(frames, 25),
        score=float(seed),
    )


@pytest.fixture(scope="module")
def clips():
    return [clip("b.mp4", 4000, 9), clip("a.mp4")]


@pytest.fixture(scope="module")
def sorted_job(api, clips):
    return make_job(api, clips)


def make_job(api, clips, state="done"):
    """Leave a sort as its job would."""
    me = api.get("/api/me").json()
    job = Job(id=new_id("j"), owner=me["owner"], token_id=me["token"], kind="sort", state=state, created_at=time.time())
    job.body = {"kind": "sort", "inputs": {"footage": []}, "parameters": {"preset": "night"}}
    folder = job_folder(api.service.settings, job.id) / "out" / "report"
    broken = ClipReport("broken.mp4", error="broken.mp4 is empty.")
    write_report([*clips, broken], folder, folder / "gone", SortParams(preset="night"))
    with api.service.database.writing() as session:
        session.add(job)
    return job.id


def test_every_clip_is_told_with_verdicts_and_seconds(api, sorted_job):
    told = api.get(f"/api/sort/{sorted_job}").json()
    assert [(one["number"], one["path"], one["frames"]) for one in told["clips"]] == [
        (0, "b.mp4", 4000),
        (1, "a.mp4", 100),
    ]
    assert told["failed"] == [{"path": "broken.mp4", "name": "broken.mp4", "reason": "broken.mp4 is empty."}]
    small = told["clips"][1]
    spans = [(one["first"], one["end"], one["verdict"], one["fault"]) for one in small["segments"]]
    assert spans == [
        (0, 25, "keep", None),
        (25, 50, "reject", "shaky"),
        (50, 90, "keep", None),
        (90, 100, "reject", "noisy"),
    ]
    assert small["segments"][1]["start_s"] == 1.0
    assert told["preset"] == "night"
    assert sum(told["seconds"].values()) == pytest.approx(164.0)
    assert {meter["name"] for meter in told["meters"]} >= {"shake", "exposure"}


def test_curves_are_what_was_measured(api, sorted_job, clips):
    told = api.get(f"/api/sort/{sorted_job}/clips/1/scores").json()
    assert told["seconds"] == pytest.approx([frame / 25 for frame in range(100)])
    for curve in told["curves"]:
        measured = clips[1].table.columns[curve["name"]]
        step = (curve["most"] - curve["least"]) / 254
        inside = np.clip(measured, curve["least"], curve["most"])
        assert np.abs(np.array(curve["values"]) - inside).max() <= step


def test_fewer_points_keep_the_peak(api, sorted_job):
    told = api.get(f"/api/sort/{sorted_job}/clips/0/scores", params={"points": 50, "meters": "shake, noise"}).json()
    shake = {curve["name"]: curve["values"] for curve in told["curves"]}["shake"]
    assert set(shake) != {None}
    assert len(shake) == len(told["seconds"]) == 50
    assert max(shake) == pytest.approx(7.0, abs=0.05)
    assert told["seconds"][shake.index(max(shake))] == pytest.approx(4000 / 3 / 25, abs=4.0)


def test_a_query_is_answered_as_by_the_command(api, sorted_job):
    told = api.get(f"/api/sort/{sorted_job}/find", params={"query": "reject, > 0.9 s"}).json()
    assert {(one["path"], one["start_s"], one["fault"]) for one in told["items"]} == {
        ("a.mp4", 1.0, "shaky"),
        ("b.mp4", 40.0, "shaky"),
    }
    assert [one["clip"] for one in told["items"]] == [0, 1]
    wrong = api.get(f"/api/sort/{sorted_job}/find", params={"query": "sharpp"})
    assert wrong.status_code == 422
    assert "sharp" in wrong.json()["detail"]


def test_decisions_are_kept_with_a_version_and_count_in_queries(api, clips, tmp_path):
    job = make_job(api, clips)
    place = f"/api/sort/{job}/decisions"
    assert api.get(place).json() == {"job": job, "version": 0, "decisions": []}
    said = [
        {"clip": 1, "decision": "unsure"},
        {"clip": 1, "first": 25, "end": 50, "decision": "reject"},
        {"clip": 1, "first": 25, "end": 50, "decision": "keep"},
    ]
    assert api.put(place, json={"decisions": said}).status_code == 428
    kept = api.put(place, json={"decisions": said}, headers={"If-Match": '"0"'})
    assert kept.headers["ETag"] == '"1"'
    assert len(kept.json()["decisions"]) == 4
    assert api.put(place, json={"decisions": []}, headers={"If-Match": '"0"'}).status_code == 412
    told = api.get(f"/api/sort/{job}/find", params={"query": "keep, name:a.mp4"}).json()["items"]
    assert (1.0, "keep") in [(one["start_s"], one["verdict"]) for one in told]
    table = tmp_path / "decisions.csv"
    table.write_bytes(api.get(place, params={"format": "csv"}).content)
    decisions, skipped = read_decisions(table)
    assert not skipped
    assert [(one.path, one.first, one.end, one.keep) for one in decisions] == [("a.mp4", 25, 50, True)]


@pytest.mark.parametrize(
    "said",
    [
        {"clip": 2, "decision": "keep"},
        {"clip": 1, "first": 3, "decision": "keep"},
        {"clip": 1, "first": 50, "end": 50, "decision": "keep"},
        {"clip": 1, "first": 0, "end": 101, "decision": "keep"},
        {"clip": 1, "decision": "perhaps"},
    ],
)
def test_a_decision_about_nothing_is_refused(api, sorted_job, said):
    answer = api.put(f"/api/sort/{sorted_job}/decisions", json={"decisions": [said]}, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/decisions/0")


def test_only_ones_own_sorts_that_have_ended_are_there(api, sorted_job, clips):
    stranger = api.stranger()
    for path in ("", "/clips/0/scores", "/find", "/decisions"):
        assert api.get(f"/api/sort/{sorted_job}{path}", headers=stranger).status_code == 404
    waiting = make_job(api, clips[1:], state="cancelled")
    assert api.get(f"/api/sort/{waiting}").json()["type"] == "/problems/conflict"
    assert api.get(f"/api/sort/{sorted_job}/clips/9/scores").status_code == 404
    assert api.get(f"/api/sort/{sorted_job}/clips/0/pictures/99").status_code == 404


def test_pictures_of_a_page_are_given_as_they_are(tmp_path):
    data = (
        '{"fields": ["first", "end"], "name": "x", "preset": "general", "meters": [], "failed": [], "clips": '
        f'[{{"path": "a", "segments": [[0, 5]], "pictures": ["{base64.b64encode(b"jpeg").decode()}"]}}]}}'
    )
    page = tmp_path / "report.html"
    page.write_text(f'<html><script type="application/json" id="data">{data}</script>')
    assert read_report(page).clip(0).picture(0) == b"jpeg"


@pytest.mark.parametrize(
    "text", ["", "<html>", '<script type="application/json" id="data">{"clips": 3}</script>', "[" * 99]
)
def test_a_page_that_is_none_is_told_not_raised(tmp_path, text):
    from mutoscope.service.problems import Problem

    page = tmp_path / "report.html"
    page.write_text(text)
    with pytest.raises(Problem, match="cannot be read"):
        read_report(page)
