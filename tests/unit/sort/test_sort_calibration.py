import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.sort.calibration import Calibration, calibration_error, fit_platt, load_calibration, save_calibration
from mutoscope.sort.model import FrameTable
from mutoscope.sort.own_thresholds import Decision, calibrate
from mutoscope.sort.params import SortParams
from mutoscope.sort.shares import shares, verdict_shares
from mutoscope.sort.verdicts import judge

METERS = SortParams(method="meters")


def clip_with(shake: float, num_frames: int = 50) -> FrameTable:
    columns = {
        "sharpness_best": np.full(num_frames, 0.6, np.float32),
        "shake": np.full(num_frames, shake, np.float32),
    }
    return FrameTable(np.arange(num_frames), Fraction(1, 25), columns)


def shoot(limit: float) -> tuple[list[Decision], dict[str, FrameTable]]:
    """Forty clips of a person who takes any shake up to a limit."""
    shakes = np.geomspace(0.05, 2.5, 40)
    tables = {f"{i}": clip_with(float(shake)) for i, shake in enumerate(shakes)}
    return [Decision(f"{i}", 0, 50, bool(shake < limit)) for i, shake in enumerate(shakes)], tables


def test_platt_finds_slope_and_offset():
    chance = np.random.default_rng(0)
    excess = chance.uniform(-2, 2, 20_000)
    truth = chance.random(20_000) < 1 / (1 + np.exp(-(2.5 * excess - 0.7)))
    slope, offset = fit_platt(excess, truth.astype(float))
    assert slope == pytest.approx(2.5, abs=0.15)
    assert offset == pytest.approx(-0.7, abs=0.1)


def test_platt_stays_finite_where_examples_are_cleanly_divided():
    slope, offset = fit_platt(np.array([-1.0, 1.0] * 20), np.array([0.0, 1.0] * 20))
    assert np.isfinite([slope, offset]).all()
    assert slope > 1


def test_calibration_error_is_nothing_for_true_probabilities_and_large_for_boasts():
    chance = np.random.default_rng(1)
    p = chance.random(50_000)
    truth = (chance.random(50_000) < p).astype(float)
    assert calibration_error(p, truth) < 0.01
    assert calibration_error((p > 0.5).astype(float), truth) > 0.2


@pytest.mark.parametrize("limit", [0.15, 0.9])
def test_twenty_decisions_move_the_threshold_to_the_persons_own(limit):
    decisions, tables = shoot(limit)
    found = calibrate(decisions[::2], tables, METERS)
    assert 0.3 * found.multipliers["shaky"] == pytest.approx(limit, rel=0.3)
    assert set(found.multipliers) == {"shaky"}


def test_decisions_count_in_any_order():
    decisions, tables = shoot(0.7)
    assert calibrate(decisions, tables, METERS) == calibrate(decisions[::-1], tables, METERS)


def test_a_calibration_changes_verdicts(tmp_path):
    decisions, tables = shoot(0.9)
    path = tmp_path / "mine.json"
    save_calibration(calibrate(decisions, tables, METERS), path)
    clip = clip_with(0.4)
    assert [s.verdict for s in judge(clip, METERS)] == ["reject"]
    assert [s.verdict for s in judge(clip, SortParams(method="meters", calibration=str(path)))] == ["keep"]


def test_too_few_or_one_sided_decisions_are_refused():
    decisions, tables = shoot(0.5)
    with pytest.raises(InputError, match="19 decisions"):
        calibrate(decisions[:19], tables, METERS)
    with pytest.raises(InputError, match="alike"):
        calibrate([replace(d, keep=True) for d in decisions], tables, METERS)


def test_decisions_about_unknown_clips_do_not_count():
    decisions, tables = shoot(0.5)
    with pytest.raises(InputError, match="0 decisions"):
        calibrate([replace(d, path="other") for d in decisions], tables, METERS)


def test_what_is_no_calibration_is_refused(tmp_path):
    for text in (
        "",
        "[]",
        '{"schema": "other"}',
        '{"schema": "mutoscope.sort.calibration/1", "slopes": {"shaky": "x"}}',
    ):
        path = tmp_path / "wrong.json"
        path.write_text(text)
        with pytest.raises(InputError):
            load_calibration(str(path), "meters")
    with pytest.raises(InputError):
        load_calibration(str(tmp_path / "missing.json"), "meters")


def test_a_calibration_is_read_back(tmp_path):
    path = tmp_path / "c.json"
    save_calibration(Calibration(multipliers={"noisy": 2.0}), path)
    assert load_calibration(str(path), "meters").multipliers == {"noisy": 2.0}
    assert json.loads(path.read_text())["schema"] == "mutoscope.sort.calibration/1"


def test_shares_are_the_seeds_percentages():
    columns = {
        "p_blurred": np.array([0.9, 0.1, 0.2, 0.8], np.float32),
        "p_under": np.array([0.1, 0.7, 0.1, 0.1], np.float32),
        "p_over": np.array([0.1, 0.6, 0.9, 0.1], np.float32),
    }
    table = FrameTable(np.arange(4), Fraction(1, 25), columns)
    assert shares(table) == {
        "sharp": 50.0,
        "blurred": 50.0,
        "well exposed": 50.0,
        "underexposed": 25.0,
        "overexposed": 25.0,
    }


def test_shares_fall_back_on_meters_and_leave_out_the_unknown():
    table = FrameTable(np.arange(2), Fraction(1, 25), {"sharpness_best": np.array([0.6, 0.05], np.float32)})
    assert shares(table) == {"sharp": 50.0, "blurred": 50.0}


def test_shares_of_verdicts_add_up():
    assert sum(verdict_shares(judge(clip_with(0.5), METERS)).values()) == pytest.approx(100)
    assert verdict_shares(()) == {}
