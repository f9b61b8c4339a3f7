"""One grammar for everything that moves over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import EASINGS, Curve, Key

times = st.lists(st.integers(0, 10**6), min_size=1, max_size=6, unique=True).map(sorted)


@st.composite
def curves(draw):
    scale = draw(st.sampled_from([1, 1e-9, 1e15]))
    keys = [
        Key(t / 1000 * scale, draw(st.floats(-1e6, 1e6, allow_nan=False)), draw(st.sampled_from(EASINGS)))
        for t in draw(times)
    ]
    return Curve(tuple(keys))


@given(curves())
def test_text_and_back_is_the_same_curve(curve):
    assert Curve.parse(str(curve)) == curve


@given(curves(), st.floats(-10, 2000))
def test_a_curve_stays_between_its_keys(curve, seconds):
    values = [key.value for key in curve.keys]

    assert min(values) <= curve.at(seconds) <= max(values)


@given(curves())
def test_a_curve_passes_through_its_keys(curve):
    for key in curve.keys:
        assert curve.at(key.seconds) == pytest.approx(key.value, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "seconds", "value"),
    [
        ("0s:0, 4s:1", 1, 0.25),
        ("0s:0, 4s:1", -5, 0),
        ("0s:0, 4s:1", 9, 1),
        ("1.5s:2", 0, 2),
        ("0s:2 hold, 3.5s:8", 3.4, 2),
        ("0s:0 ease, 2s:1", 0.5, 0.15625),
        ("0s:0 ease-in, 2s:1", 1, 0.25),
        ("0s:0 ease-out, 2s:1", 1, 0.75),
        ("00:02:1, 00:04:3", 3, 2),
        ("250ms:0, 750ms:1", 0.5, 0.5),
        (".5s:0, 1.5s:1", 1, 0.5),
        ("0s:-1e308, 2s:1e308", 1, 0),
        ("1:00:00:5, 2m:7", 0, None),
        ("0s:-1e-3, 1m:1", 60, 1),
    ],
)
def test_values_by_hand(text, seconds, value):
    if value is None:
        with pytest.raises(ParameterError, match="does not come after"):
            Curve.parse(text)
    else:
        assert Curve.parse(text).at(seconds) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0s:0, 4x:1", "'4x' is no time"),
        ("0s:0, 4s", "'4s' was not understood"),
        ("0s:zero", "'zero' is no number"),
        ("0s:0 bouncy", "'bouncy' is no easing"),
        ("4s:0, 1s:1", "the key at 1s does not come after 4s"),
        ("0s:0,,1s:1", "'' was not understood"),
        ("0s:nan", "'nan' is no number"),
        ("0s:inf, 1s:0", "'inf' is no number"),
        ("1e999s:0", "'1e999s' is no time"),
        ("-1s:0", "'-1s' is no time"),
        ("12f:0", "'12f' is no time"),
    ],
)
def test_the_faulty_part_is_named(text, part):
    with pytest.raises(ParameterError, match=part):
        Curve.parse(text)
