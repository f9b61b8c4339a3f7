"""Ranking, shares, calibration."""

import numpy as np
import pytest

from mutoscope.sort.scoring import auc, bootstrap, calibration_error, fit_platt, logit, wilson


def test_auc_is_the_share_of_pairs_in_order():
    truth_N = np.array([True, True, False, False])
    assert auc(np.array([4.0, 3, 2, 1]), truth_N) == 1
    assert auc(np.array([1.0, 2, 3, 4]), truth_N) == 0
    assert auc(np.array([4.0, 1, 2, 1]), truth_N) == pytest.approx(0.625)  # 2 + 0.5 of 4 pairs in order
    assert auc(np.zeros(4), truth_N) == 0.5
    assert np.isnan(auc(np.zeros(2), np.array([True, True])))


def test_wilson_is_the_textbook_interval():
    # statsmodels.stats.proportion.proportion_confint(16, 17, method="wilson")
    found = wilson(16, 17)
    assert (found.low, found.high) == (pytest.approx(0.7302, abs=1e-4), pytest.approx(0.9895, abs=1e-4))
    assert wilson(0, 0).high == 1


def test_right_probabilities_have_no_calibration_error():
    p_N = np.repeat([0.25, 0.75], 400)
    truth_N = np.concatenate([np.arange(400) % 4 == 0, np.arange(400) % 4 != 0])
    assert calibration_error(p_N, truth_N) == pytest.approx(0)
    assert calibration_error(np.full(800, 0.9), truth_N) == pytest.approx(0.4)


def test_platt_finds_slope_and_offset():
    z_N = np.linspace(-4, 4, 4001)
    slope, offset = fit_platt(z_N, 1 / (1 + np.exp(-(0.5 * z_N + 1))), trust=0)
    assert (slope, offset) == (pytest.approx(0.5, abs=1e-3), pytest.approx(1.0, abs=1e-3))


def test_few_cleanly_parted_examples_do_not_run_away():
    slope, offset = fit_platt(np.array([-3.0, -2, 2, 3]), np.array([0.0, 0, 1, 1]))
    assert 0.5 < slope < 4
    assert abs(offset) < 1


def test_bootstrap_holds_the_value_and_draws_whole_groups():
    chance = np.random.default_rng(1)
    truth_N = chance.random(200) < 0.5
    scores_N = truth_N + chance.normal(size=200)
    alone = bootstrap(scores_N, truth_N, np.arange(200))
    grouped = bootstrap(np.repeat(scores_N[:20], 10), np.repeat(truth_N[:20], 10), np.repeat(np.arange(20), 10))
    assert alone.low < alone.value < alone.high
    assert grouped.high - grouped.low > alone.high - alone.low


def test_logit_undoes_the_sigmoid():
    assert logit(np.array([0.5]))[0] == 0
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
