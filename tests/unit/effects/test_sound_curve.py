"""A number may follow the film's own sound, by the same grammar everywhere."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import Curve
from mutoscope.effects.params import Params, make_params
from mutoscope.effects.sound_curve import Envelope, HeardCurve, SoundCurve, band_of, parse_moving


class InnerParams(Params):
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much."""


class OuterParams(Params):
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How strong."""
    count: Annotated[int, Field(ge=1, le=99)] = 3
    """How many."""
    layers: tuple[InnerParams, ...] = ()
    """One after the other."""


def heard(levels, rate=10, start_s=0.0):
    return Envelope(levels, rate, start_s)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("bass:0..800", SoundCurve("bass", 0, 800)),
        ("Treble: -1 .. 1 ", SoundCurve("treble", -1, 1)),
        ("loudness:2..8 ease", SoundCurve("loudness", 2, 8, "ease")),
        ("onset:1..0 400ms", SoundCurve("onset", 1, 0, "linear", 0.4)),
        ("onset:0...5 2s ease-in", SoundCurve("onset", 0, 0.5, "ease-in", 2.0)),
        ("60-250hz:0..1e-3", SoundCurve("60-250hz", 0, 0.001)),
        ("62.5-250Hz:0..1", SoundCurve("62.5-250hz", 0, 1)),
        ("mids:.5..1. 250ms", None),
    ],
)
def test_text_by_hand(text, parsed):
    if parsed is None:
        with pytest.raises(ParameterError, match=r"write SOUND:FROM\.\.TO"):
            parse_moving(text)
    else:
        assert parse_moving(text) == parsed


@given(
    st.sampled_from(["bass", "mids", "treble", "loudness", "onset", "60-250hz"]),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from(["linear", "ease", "ease-in", "ease-out"]),
    st.none() | st.floats(0.001, 600),
)
def test_text_and_back_is_the_same(sound, low, high, easing, fall):
    curve = SoundCurve(sound, low, high, easing, fall)

    assert parse_moving(str(curve)) == curve


def test_keyframes_are_still_keyframes():
    assert isinstance(parse_moving("0s:0, 4s:1"), Curve)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bas:0..1", "no sound 'bas'; did you mean 'bass'"),
        ("xylophone:0..1", "bass, mids, treble, loudness, onset and bands like 60-250hz"),
        ("bass:1", "write SOUND:FROM..TO like 'bass:0..1'"),
        ("250-60hz:0..1", "from a lower frequency to a higher one"),
        ("5-60hz:0..1", "within 20 and 16000 Hz"),
        ("bass:0..1 hold", "'hold' was not understood; expected one of linear, ease"),
        ("bass:0..1 soft", "'soft' was not understood"),
        ("bass:0..1 0s", "must lie between 1ms and 600s"),
        ("bass:0..1e999", "finite"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line(text, told):
    with pytest.raises(ParameterError, match=told) as error:
        parse_moving(text)

    assert "\n" not in str(error.value)


def test_named_bands():
    assert band_of("bass") == (20, 250)
    assert band_of("62.5-1000hz") == (62.5, 1000)


def test_a_value_rises_at_once_and_falls_in_its_time():
    curve = HeardCurve.of(SoundCurve("onset", 10, 20, "linear", 0.4), heard([0, 1, 0, 0, 0, 0, 0]))

    values = [curve.at(t / 10) for t in range(7)]

    assert values == pytest.approx([10, 20, 17.5, 15, 12.5, 10, 10])


def test_a_louder_sound_lifts_a_falling_value():
    curve = HeardCurve.of(SoundCurve("bass", 0, 1, "linear", 1.0), heard([1, 0, 0, 0.95, 0]))

    assert [curve.at(t / 10) for t in range(5)] == pytest.approx([1, 0.9, 0.8, 0.95, 0.85])


def test_values_lie_between_levels_and_outside_the_sound_at_the_first_end():
    curve = HeardCurve.of(SoundCurve("bass", 1, 0), heard([0, 1], start_s=2.0))

    assert [curve.at(t) for t in (0, 1.9, 2.0, 2.05, 2.1, 99)] == pytest.approx([1, 1, 1, 0.5, 0, 1])


def test_easing_bends_the_level():
    curve = HeardCurve.of(SoundCurve("bass", 0, 1, "ease-in"), heard([0.5, 0.5]))

    assert curve.at(0.05) == pytest.approx(0.25)


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1, 5))
def test_a_value_stays_between_its_ends(levels, low, high, seconds):
    value = HeardCurve.of(SoundCurve("bass", low, high), heard(levels)).at(seconds)

    assert min(low, high) <= value <= max(low, high)


def test_both_ends_are_held_to_the_bounds():
    make_params(OuterParams, {"strength": "bass:1..0"})
    for text in ("bass:0..1.5", "bass:-1..1"):
        with pytest.raises(ParameterError, match="strength="):
            make_params(OuterParams, {"strength": text})


def test_parameters_keep_the_text():
    params = make_params(OuterParams, {"strength": "bass:0..1 250ms", "count": "onset:1..9"})

    again = OuterParams.model_validate_json(params.model_dump_json())

    assert again == params
    assert params.model_dump()["strength"] == "bass:0.0..1.0 0.25s"
    assert params.is_animated
    assert params.moves("strength")


def test_numbers_without_a_measured_sound_are_refused():
    with pytest.raises(ParameterError, match=r"nobody has listened to the film; give numbers or keyframes"):
        make_params(OuterParams, {"strength": "bass:0..1"}).at(1.0)


def test_measured_sound_gives_numbers_and_keeps_the_text():
    params = make_params(
        OuterParams,
        {"strength": "bass:0..1 1s", "count": "onset:1..9", "layers": ({"amount": "treble:1..0"}, {"amount": 0.25})},
    )
    assert params.sounds() == {"bass", "onset", "treble"}

    resolved = params.with_sound({"bass": heard([0, 0.5]), "onset": heard([0, 1]), "treble": heard([0, 0.75])})

    now = resolved.at(0.1)
    assert (now.strength, now.count) == (0.5, 9)
    assert isinstance(now.count, int)
    assert [layer.at(0.1).amount for layer in resolved.layers] == [0.25, 0.25]
    assert resolved == params
    assert resolved.sounds() == frozenset()
    assert resolved.model_dump_json() == params.model_dump_json()
    assert params.sounds()  # the first ones are as they were


def test_parameters_without_sounds_are_left_as_they_are():
    params = make_params(OuterParams, {"strength": "0s:0, 1s:1"})

    assert params.with_sound({}) is params
