"""Numbers of the whole film out of those of its frames."""

import json
import math

import pytest

from mutoscope.measure.report import NUMBERS, Number, Report, Series, summarise

NAN = math.nan


def series(shots=(0, 0, 0), **curves):
    made = Series()
    for i, shot in enumerate(shots):
        made.add(
            i / 10, shot, {f"{side}.{name}": values[i] for name, values in curves.items() for side in ("out", "source")}
        )
    return made


def test_a_mean_is_over_the_frames_that_have_the_number():
    found = summarise(series(e_warp_short=[NAN, 1.0, 3.0]))

    assert found["e_warp_short"] == Number(2.0, 2.0)
    assert found["e_warp_long"] == Number(None, None)
    assert list(found) == list(NUMBERS)


def test_drift_is_counted_from_the_beginning_of_each_shot():
    found = summarise(series((0, 0, 1, 1), contrast=[0.2, 0.22, 0.4, 0.3], mean=[0.5, 0.5, 0.1, 0.1]))

    assert found["contrast_drift"].out == pytest.approx(0.25)
    assert found["brightness_drift"].out == 0


def test_a_shot_that_fades_in_from_black_has_no_drift():
    assert summarise(series(contrast=[0.0, 0.1, 0.2]))["contrast_drift"].out is None


def test_cuts_are_the_first_frames_of_shots():
    assert series((0, 0, 1, 1, 4)).cuts_s() == pytest.approx([0.2, 0.4])


def test_a_ratio_needs_something_to_stand_on():
    assert Number(1.0, 2.0).ratio == 0.5
    assert Number(1.0, 0.0).ratio is None
    assert Number(None, 1.0).ratio is None


def test_the_json_is_json_and_has_no_nan():
    made = series(e_warp_short=[NAN, 1.0, 3.0])
    report = Report("out.mp4", "clip.mp4", None, (23, 17), {"gap": 7}, summarise(made), made)

    plain = json.loads(json.dumps(report.as_json(), allow_nan=False))

    assert plain["curves"]["out.e_warp_short"] == [None, 1.0, 3.0]
    assert plain["numbers"]["e_warp_short"] == {"out": 2.0, "source": 2.0, "ratio": 1.0}
    assert plain["frames"] == 3
    assert report.title("e_warp_long") == "E_warp, 7 frames apart"
