import numpy as np
import pytest
from meter_scenes import detail, grey, rgb

from mutoscope.sort.exposure import exposure_of
from mutoscope.sort.pumping import pumping_of


def _developed(light_HW: np.ndarray) -> np.ndarray:
    x = np.clip(light_HW, 0, 1)
    return 255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def _scene(seed: int = 0) -> np.ndarray:
    """Linear light of a well exposed scene: five stops from its shadows to its lights."""
    return 2 ** (5.6 * (detail(seed=seed) / 255) - 5.1)


def _error(light_HW: np.ndarray) -> float:
    picture = _developed(light_HW)
    return exposure_of(grey(picture), rgb(picture)[::2, ::2].copy()).error


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_stop_more_reads_a_stop_more(seed: int) -> None:
    own = _error(_scene(seed))
    assert abs(own) < 0.7
    for stops in (-3.0, -2.0, 2.0):
        assert _error(_scene(seed) * 2**stops) == pytest.approx(stops, abs=0.7), stops
    readings = [_error(_scene(seed) * 2**stops) for stops in np.arange(-3.5, 3.1, 0.5)]
    assert readings == sorted(readings)


def test_a_night_with_lamps_is_dark_on_purpose() -> None:
    night = _scene() / 40
    without = _error(night)
    night[20:26, 30:36] = 1.5
    night[60:66, 130:137] = 1.5
    assert without < -3
    assert abs(_error(night)) < 1


def test_a_silhouette_is_well_exposed() -> None:
    scene = _scene() / 60
    scene[:70] = np.linspace(0.7, 0.5, 70)[:, None]
    assert abs(_error(scene)) < 1.2


def test_snow_is_well_exposed_until_it_clips() -> None:
    snow = 0.45 + 0.45 * detail() / 255
    assert abs(_error(snow)) < 0.6
    assert _error(snow * 4) > 1.5


def test_black_and_white_are_counted() -> None:
    picture = np.full((100, 200), 120.0)
    picture[:10], picture[90:, :100] = 0, 255
    found = exposure_of(grey(picture), rgb(picture)[::2, ::2].copy())
    assert found.clipped_low == pytest.approx(10)
    assert found.clipped_high == pytest.approx(5)
    red_only = rgb(np.full((50, 100), 40.0))
    red_only[:, :, 0] = 255
    assert exposure_of(grey(np.full((100, 200), 90.0)), red_only).clipped_high == 100


def test_brightness_counts_stops_under_white() -> None:
    for level in (1.0, 0.5, 0.125):
        picture = np.full((40, 60), float(_developed(np.array(level))))
        found = exposure_of(grey(picture), rgb(picture))
        assert found.brightness == pytest.approx(np.log2(level), abs=0.05)


@pytest.mark.parametrize("level", [0, 255])
def test_extremes_stay_bounded(level: int) -> None:
    picture = np.full((40, 60), float(level))
    error = exposure_of(grey(picture), rgb(picture)).error
    assert 2 < abs(error) <= 6
    assert (error > 0) == (level > 0)


def test_pumping_is_a_swing_and_neither_a_cut_nor_a_slow_change() -> None:
    at_T = np.arange(100) / 25
    swing_T = -3 + 0.5 * np.sin(2 * np.pi * 1.2 * at_T)
    assert pumping_of(swing_T, at_T, [(0, 100)])[50] == pytest.approx(1.0, abs=0.2)
    slow_T = np.linspace(-5, -1, 100)
    assert pumping_of(slow_T, at_T, [(0, 100)]).max() < 1e-3
    cut_T = np.where(np.arange(100) < 50, -5.0, -1.0)
    assert pumping_of(cut_T, at_T, [(0, 50), (50, 100)]).max() < 1e-3
    fade_T = np.where(np.arange(100) < 50, -11.0, -6.5)
    assert pumping_of(fade_T, at_T, [(0, 100)]).max() < 1e-3
