"""Where films are cut: everything once, in order, and never across what an effect remembers."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.engine.cuts import Stretch, cut_film, keep_parts

stamps = st.lists(st.integers(-50, 5000), unique=True, min_size=1, max_size=80).map(sorted)


@st.composite
def films(draw):
    pts = draw(stamps)
    keys = sorted({pts[0], *draw(st.lists(st.sampled_from(pts), max_size=10))})
    cuts = sorted(set(draw(st.lists(st.one_of(st.sampled_from(pts), st.integers(-100, 6000)), max_size=6))))
    return pts, keys, cuts


@given(films(), st.sampled_from(["none", "carried", "shot", "film"]), st.integers(1, 20))
def test_stretches_cover_the_film_once_in_order(film, memory, length):
    pts, keys, cuts = film
    found = list(cut_film(pts, keys, cuts, memory, length))

    assert [n for s in found for n in range(s.first, s.end)] == list(range(len(pts)))
    if memory in ("none", "carried"):
        assert all(s.end - s.first <= length for s in found)


@given(films(), st.integers(1, 20))
def test_memory_goes_on_inside_a_shot_and_nowhere_else(film, length):
    pts, keys, cuts = film
    for memory in ("carried", "shot"):
        for s in cut_film(pts, keys, cuts, memory, length):
            begins_shot = s.first == 0 or any(pts[s.first - 1] < cut <= pts[s.first] for cut in cuts)
            assert s.goes_on == (not begins_shot)
            assert not any(pts[s.first] < cut <= pts[s.end - 1] for cut in cuts)


@given(films(), st.integers(1, 20), st.data())
def test_a_part_is_cut_like_a_film(film, length, data):
    pts, keys, cuts = film
    first = data.draw(st.integers(0, len(pts)))
    end = data.draw(st.integers(0, len(pts)))
    for memory in ("none", "carried", "shot", "film"):
        found = list(cut_film(pts, keys, cuts, memory, length, (first, end)))

        assert [n for s in found for n in range(s.first, s.end)] == list(range(first, end))
        assert not any(s.goes_on for s in found[:1])


@given(films(), st.integers(1, 20))
def test_cuts_at_the_first_frame_or_outside_the_film_do_no_harm(film, length):
    pts, keys, cuts = film
    more = sorted({*cuts, pts[0] - 7, pts[0], pts[-1] + 7})
    for memory in ("none", "carried", "shot", "film"):
        one, other = (list(cut_film(pts, keys, c, memory, length)) for c in (cuts, more))

        assert [(s.first, s.end, s.goes_on) for s in one] == [(s.first, s.end, s.goes_on) for s in other]


@given(films(), st.integers(2, 20))
def test_a_stretch_ends_at_a_key_where_one_is_near(film, length):
    pts, keys, _ = film
    found = list(cut_film(pts, keys, [], "none", length))

    for s in found[:-1]:
        near = [n for n in range(s.first + length // 2 + 1, s.first + length + 1) if n < len(pts) and pts[n] in keys]
        assert s.end == (near[-1] if near else s.first + length)


@given(films(), st.integers(1, 20))
def test_whole_shots_are_never_cut(film, length):
    pts, keys, cuts = film
    edges = {0, *(n for n in range(1, len(pts)) if any(pts[n - 1] < cut <= pts[n] for cut in cuts))}

    assert {s.first for s in cut_film(pts, keys, cuts, "shot", length)} == edges


def test_cuts_are_laid_where_decoding_may_begin():
    pts = list(range(100))

    assert [s.first for s in cut_film(pts, [0, 9, 18, 50], [], "none", 10)][:4] == [0, 9, 18, 28]


def test_a_film_of_one_memory_is_one_stretch():
    assert list(cut_film(range(30), [0], [10], "film", 4)) == [Stretch(0, 0, 30)]


def test_an_empty_film_has_none():
    assert [list(cut_film([], [], [], memory, 4)) for memory in ("none", "carried", "shot", "film")] == [[]] * 4


@given(stamps, st.lists(st.floats(0, 60, allow_nan=False), unique=True, max_size=6).map(sorted))
def test_parts_follow_each_other_without_gaps(pts, edges):
    kept = list(zip(edges[::2], edges[1::2], strict=False))
    parts = list(keep_parts(pts, kept, Fraction(1, 100), 4))

    coming = pts[0]
    for part in parts:
        assert part.start + part.shift == coming
        assert (pts[part.first], part.first < part.last) == (part.start, True)
        coming += part.end - part.start
    inside = [i for i, t in enumerate(pts) if any(a <= t / 100 < b for a, b in kept)]
    assert [n for part in parts for n in range(part.first, part.last)] == inside


@pytest.mark.parametrize("kept", [None, [(-math.inf, math.inf)]])
def test_what_keeps_everything_moves_nothing(kept):
    (part,) = keep_parts([5, 7, 9], kept, Fraction(1, 25), 2)

    assert (part.first, part.last, part.start, part.end, part.shift) == (0, 3, 5, 11, 0)
