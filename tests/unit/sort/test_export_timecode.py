from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.core.errors import ParameterError
from mutoscope.sort.export.timecode import Timebase, nominal_rate

DROP = [Timebase(Fraction(30000, 1001), drop=True), Timebase(Fraction(60000, 1001), drop=True)]
ALL = [
    *DROP,
    *(Timebase(Fraction(r)) for r in (24, 25, 30, 50, 60)),
    *(Timebase(Fraction(r * 1000, 1001)) for r in (24, 30, 60)),
]


@pytest.mark.parametrize("base", ALL, ids=lambda b: b.label)
@given(place=st.floats(0, 1, exclude_max=True))
def test_every_frame_of_a_day_comes_back_from_its_timecode(base, place):
    frame = int(place * base.frames_per_day)

    assert base.to_frame(base.to_text(frame)) == frame


@pytest.mark.parametrize("base", DROP, ids=lambda b: b.label)
def test_drop_frame_goes_on_without_a_gap_over_every_minute_of_a_day(base):
    for minute in range(24 * 60):
        clock = f"{minute // 60:02d}:{minute % 60:02d}:00;{0 if minute % 10 == 0 else base.per_second // 15:02d}"
        first = base.to_frame(clock)

        assert base.to_text(first) == clock
        assert base.to_text(first - 1).endswith(f":59;{base.per_second - 1}")


@pytest.mark.parametrize(
    ("base", "text", "frame"),
    [
        # Known by hand: ten minutes hold 17,982 frames at 29.97 drop, an hour 107,892.
        (DROP[0], "00:00:59;29", 1799),
        (DROP[0], "00:01:00;02", 1800),
        (DROP[0], "00:10:00;00", 17982),
        (DROP[0], "01:00:00;00", 107892),
        (DROP[1], "00:01:00;04", 3600),
        (DROP[1], "01:00:00;00", 215784),
        (Timebase(Fraction(24000, 1001)), "01:00:00:00", 86400),
        (Timebase(Fraction(25)), "23:59:59:24", 2159999),
        (Timebase(Fraction(60000, 1001)), "00:01:00:00", 3600),
    ],
)
def test_known_timecodes(base, text, frame):
    assert base.to_frame(text) == frame
    assert base.to_text(frame) == text


def test_drop_frame_keeps_up_with_the_clock():
    hour = DROP[0].to_frame("01:00:00;00")

    assert abs(DROP[0].to_seconds(hour) - 3600) < Fraction(1, 200)
    assert Timebase(Fraction(30000, 1001)).to_seconds(108000) == Fraction(36036, 10)


@pytest.mark.parametrize("base", ALL, ids=lambda b: b.label)
def test_timecode_begins_again_after_a_day(base):
    assert base.to_text(base.frames_per_day) == base.to_text(0)


@pytest.mark.parametrize("base", ALL, ids=lambda b: b.label)
@given(frame=st.integers(0, 10**7))
def test_seconds_and_frames_are_exact(base, frame):
    assert base.nearest_frame(base.to_seconds(frame)) == frame
    assert base.nearest_frame(base.to_seconds(frame) + base.frame_seconds * Fraction(49, 100)) == frame


@pytest.mark.parametrize("text", ["00:01:00;00", "00:01:00;01", "24:00:00;00", "00:00:00;30", "1:2", "", "00:60:00;00"])
def test_labels_that_do_not_exist_are_refused(text):
    with pytest.raises(ParameterError):
        DROP[0].to_frame(text)


def test_there_is_no_drop_frame_at_25():
    with pytest.raises(ParameterError, match="25"):
        Timebase(Fraction(25), drop=True)


@pytest.mark.parametrize(
    ("rate", "nominal"),
    [
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (Fraction(23976, 1000), Fraction(24000, 1001)),
        (Fraction(30), Fraction(30)),
        (Fraction(1501, 100), Fraction(1501, 100)),
    ],
)
def test_badly_written_rates_are_known(rate, nominal):
    assert nominal_rate(rate) == nominal
