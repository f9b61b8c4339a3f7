import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_clips import made_up, unreadable

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.sort.find import find, query_help
from mutoscope.sort.params import SortParams
from mutoscope.sort.query import parse
from mutoscope.sort.query_words import NUMBERS, WORDS, Asked
from mutoscope.sort.report.write import write_report


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Three clips: 10 s in five segments, 40 s in ten, a dance; and one that could not be sorted."""
    folder = tmp_path_factory.mktemp("report")
    clips = [
        made_up("a.mp4", seed=10),
        made_up("day 2/Long take.mov", 1000, 10, seed=90, group=0, is_best_of_group=True),
        made_up("day 2/dance.mov", 1000, 10, seed=50, group=0),
    ]
    patch = pytest.MonkeyPatch()
    patch.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
    write_report([*clips, unreadable()], folder, Path("/nowhere"), SortParams())
    patch.undo()
    return folder


def lengths(hits):
    return {round(hit.end_s - hit.start_s, 3) for hit in hits}


def test_the_query_of_the_manual_finds_the_good_seconds(report):
    hits = find(report, "sharp, not shaky, 2..8 s")
    assert hits
    assert all(hit.fault not in ("shaky", "defocus") for hit in hits)
    assert lengths(hits) == {2.0, 4.0}
    assert "sharpest part" in hits[0].why
    assert "shake" in hits[0].why


def test_the_best_clip_comes_first_and_its_keeps_before_the_rest(report):
    hits = find(report, "..1 min")
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    order = [["keep", "unsure", "reject"].index(hit.verdict) for hit in hits if hit.score == 90]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("query", "num"),
    [
        ("keep", 13),
        ("reject", 7),
        ("unsure", 5),
        ("keep or reject or unsure", 25),
        ("not keep, not reject", 5),
        ("not (keep or reject)", 5),
        ("keep, name:dance or reject, name:a.mp4", 6),
        ("keep, (name:dance or name:a.mp4)", 8),
        ("> 3 s", 20),
        ("< 3 s", 5),
        ("2..2 s", 5),
        ("4..", None),
        ("3 s..1 min", 20),
        ("0.05..1 min", 20),
        ("length >= 4 s", 20),
        ("score > 60", 10),
        ("best take", 15),
        ("name:*take*", 10),
        ('name:"day 2/*"', 20),
        ("name:'Long take'", 10),
        ("name:DANCE", 10),
        ("name:day", 0),
        ("keep and > 3 s", 10),
        ("keep > 3 s", 10),
        ("shaky", 7),
        ("KEEP", 13),
        ("exposure > −5 stops", 25),
        ("shake 0..100 % of width", 25),
        ("width = 1920 px", 25),
        ("confidence < 0.85", 12),
        ("silent", 0),
    ],
)
def test_a_query_finds_as_many(report, query, num):
    if num is None:
        with pytest.raises(ParameterError):
            find(report, query)
    elif query == "shaky":
        assert all(hit.fault == "shaky" for hit in find(report, query))
    else:
        assert len(find(report, query)) == num


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sharq", "did you mean sharp"),
        ("well expossed", "did you mean well exposed"),
        ("shaek < 1", "did you mean shak"),
        ("sharp,", "missing at the end"),
        ("", "empty"),
        ("(sharp", "closing"),
        ("sharp)", "one too many"),
        ("8..2 s", "backwards"),
        ("> 5", "needs its unit"),
        ("5 s", "single number"),
        ("shake", "compare it"),
        ("..", "number at one end|unit"),
        ("not", "missing"),
        ("shake <", "number is missing"),
        ("🎬", "not understood"),
        ("(" * 200 + "sharp", "too deeply"),
        ("not " * 2000 + "sharp", "too deeply"),
    ],
)
def test_a_query_that_is_none_is_refused_in_one_line(report, query, says):
    with pytest.raises(ParameterError, match=says) as caught:
        find(report, query)
    assert "\n" not in str(caught.value)


def test_what_was_not_measured_is_never_as_asked():
    asked = Asked({"path": "a", "score": None}, {"means": {}, "fault": None}, SortParams().model_dump(), "keep")
    assert not parse("steady").test(asked)[0]
    assert not parse("shaky").test(asked)[0]
    assert parse("not shaky").test(asked)[0]
    assert not parse("shake < 1").test(asked)[0]
    assert not parse("shake >= 1").test(asked)[0]


def test_a_decision_counts_before_the_machine(report):
    table = report / "decisions.csv"
    table.write_text("path,first,end,decision\na.mp4,50,100,keep\na.mp4,0,50,reject\n")
    try:
        assert {hit.start_s for hit in find(report, "name:a.mp4, keep")} == {2.0, 4.0, 8.0}
        assert {hit.start_s for hit in find(report, "name:a.mp4, reject")} == {0.0}
    finally:
        table.unlink()


def test_a_folder_without_a_report_is_told(tmp_path):
    with pytest.raises(InputError, match=r"has no sort\.json"):
        find(tmp_path, "sharp")
    (tmp_path / "sort.json").write_text('{"schema": "other"}')
    with pytest.raises(InputError, match="no report of this version"):
        find(tmp_path, "sharp")


def test_the_help_names_every_word_and_number():
    text = query_help()
    assert all(name in text for name in (*WORDS, *NUMBERS))


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(text):
    with contextlib.suppress(ParameterError):
        parse(text)


words = st.sampled_from(
    ["keep", "sharp", "best take", "well exposed", "shake < 0.2", "2..8 s", "name:a*", "exposure -1..1"]
)
queries = st.recursive(
    words,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(", ".join),
        st.tuples(inner, inner).map(" or ".join),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=6,
)
MEANS = {"shake": 0.1, "sharpness_best": 0.5, "exposure": 0.3}
ASKED = Asked(
    {"path": "b.mp4", "score": 3.0, "group": None},
    {"means": MEANS, "fault": None, "start_seconds": 1.0, "end_seconds": 4.0, "confidence": 1.0},
    SortParams().model_dump(),
    "keep",
)


def holds(query):
    return parse(query).test(ASKED)[0]


@given(queries, queries)
def test_commas_or_and_not_are_logic(first, second):
    a, b = holds(f"({first})"), holds(f"({second})")
    assert holds(f"({first}), ({second})") == (a and b)
    assert holds(f"({first}) or ({second})") == (a or b)
    assert holds(f"not ({first})") == (not a)
    assert holds(f"{first} or {second}") == (holds(first) or holds(second))
