import numpy as np
import pytest
from meter_scenes import detail, grey, shifted

from mutoscope.flow.global_motion import CameraTracker
from mutoscope.sort.over_time import smoothed
from mutoscope.sort.shake import CameraPath, CameraSteps, camera_path

RATE = 25


def _steps(dx_T: np.ndarray, dy_T: np.ndarray | None = None, **other: np.ndarray) -> CameraSteps:
    num = len(dx_T)
    calm = {"dy_T": np.zeros(num), "roll_T": np.zeros(num), "scale_T": np.ones(num), "known_T": np.ones(num, bool)}
    return CameraSteps(dx_T, **(calm | ({} if dy_T is None else {"dy_T": dy_T}) | other))


def _of_path(path_T: np.ndarray, at_T: np.ndarray, **other: np.ndarray) -> CameraPath:
    return camera_path(_steps(np.diff(path_T, prepend=path_T[0]), **other), at_T, [(0, len(path_T))])


def _jitter(num: int, seed: int = 0, rms: float = 0.01) -> np.ndarray:
    rng, at_T = np.random.default_rng(seed), np.arange(num) / RATE
    hz, phase = rng.uniform(2.5, 8, 20), rng.uniform(0, 6.28, 20)
    raw = np.sin(2 * np.pi * hz[:, None] * at_T + phase[:, None]).sum(0)
    return raw * rms / raw.std()


@pytest.mark.parametrize("degree", [1, 2])
def test_smoothing_leaves_polynomials_alone(degree: int) -> None:
    rng = np.random.default_rng(0)
    at_T = np.cumsum(rng.uniform(0.02, 0.06, 80))
    curve_T = 3 + 2 * at_T - (1.5 * at_T**2 if degree == 2 else 0)
    assert smoothed(curve_T, at_T, 0.25, degree) == pytest.approx(curve_T, abs=1e-6)
    both = smoothed(np.stack([curve_T, -curve_T]), at_T, 0.25, degree)
    assert both[1] == pytest.approx(-curve_T, abs=1e-6)


def test_a_steady_pan_has_speed_and_no_shake() -> None:
    at_T = np.arange(75) / RATE
    found = _of_path(0.3 * at_T, at_T)
    assert found.shake_T.max() < 1e-3
    assert found.speed_T == pytest.approx(30, rel=1e-3)
    assert found.path_x_T[-1] == pytest.approx(30 * at_T[-1], rel=1e-3)


def test_a_pan_that_starts_and_stops_softly_is_no_shake() -> None:
    at_T = np.arange(100) / RATE
    ease_T = 0.5 - 0.5 * np.cos(np.pi * np.clip((at_T - 1) / 2, 0, 1))
    assert _of_path(0.4 * ease_T, at_T).shake_T.max() < 0.12


def test_shake_is_the_deviation_of_the_path() -> None:
    at_T = np.arange(100) / RATE
    for rms in (0.001, 0.01, 0.03):
        found = _of_path(_jitter(100, rms=rms), at_T)
        assert np.median(found.shake_T) == pytest.approx(100 * rms, rel=0.25)
        panned = _of_path(_jitter(100, rms=rms) + 0.2 * at_T, at_T)
        assert panned.shake_T == pytest.approx(found.shake_T, rel=0.01, abs=1e-3)


def test_a_cut_is_no_shake() -> None:
    at_T = np.arange(60) / RATE
    dx_T = np.zeros(60)
    dx_T[30] = 0.4
    found = camera_path(_steps(dx_T), at_T, [(0, 30), (30, 60)])
    assert np.nanmax(found.shake_T) < 1e-6
    assert camera_path(_steps(dx_T), at_T, [(0, 60)]).shake_T.max() > 1


def test_roll_shakes_and_a_steady_zoom_does_not() -> None:
    at_T = np.arange(75) / RATE
    still_T = np.zeros(75)
    rolling = _of_path(still_T, at_T, roll_T=np.diff(np.degrees(_jitter(75)), prepend=0.0))
    assert np.median(rolling.shake_T) == pytest.approx(0.3, rel=0.35)
    zooming = _of_path(still_T, at_T, scale_T=np.full(75, np.exp(0.3 / RATE)))
    assert zooming.shake_T.max() < 1e-3


def test_uneven_time_stamps_are_heeded() -> None:
    at_T = np.cumsum(np.where(np.arange(75) % 3 == 0, 0.06, 0.03))
    assert _of_path(0.3 * at_T, at_T).shake_T.max() < 1e-3


def test_what_cannot_be_followed_is_unknown() -> None:
    at_T = np.arange(50) / RATE
    found = _of_path(np.zeros(50), at_T, known_T=np.arange(50) < 20)
    assert np.isfinite(found.shake_T[:15]).all()
    assert np.isnan(found.shake_T[40:]).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_shots_are_measured(count: int) -> None:
    found = camera_path(_steps(np.zeros(count)), np.arange(count) / RATE, [(0, count)] if count else [])
    assert len(found.shake_T) == count


@pytest.mark.parametrize("scale", [1, 2])
def test_motion_is_measured_whatever_the_resolution(scale: int) -> None:
    height, width = 91 * scale, 161 * scale
    canvas = np.kron(detail(140, 240), np.ones((scale, scale)))
    tracker = CameraTracker()
    shifts = [(0.0, 0.0), (2.3, -1.1), (-4.6, 3.0), (0.4, 0.2)]
    steps = [
        tracker.follow(grey(shifted(canvas, (20 + x) * scale, (20 + y) * scale, height, width))) for x, y in shifts
    ]
    assert not steps[0].is_known
    for before, now, step in zip(shifts, shifts[1:], steps[1:], strict=False):
        assert step.is_known
        assert step.dx * 161 == pytest.approx(before[0] - now[0], abs=0.12)
        assert step.dy * 161 == pytest.approx(before[1] - now[1], abs=0.12)
        assert step.scale == pytest.approx(1, abs=2e-3)
        assert step.roll == pytest.approx(0, abs=0.1)


def test_what_moves_by_itself_does_not_move_the_camera() -> None:
    ground, figure, tracker = detail(91, 161), detail(45, 70, seed=5), CameraTracker()
    steps = []
    for i in range(4):
        frame = ground.copy()
        frame[20:65, 20 + 4 * i : 90 + 4 * i] = figure
        steps.append(tracker.follow(grey(frame)))
    for step in steps[1:]:
        assert abs(step.dx) < 1e-3
        assert 0.1 < step.moving_share < 0.5


def test_flat_and_new_frames_have_no_motion() -> None:
    tracker = CameraTracker()
    for _ in range(3):
        assert not tracker.follow(np.full((91, 161), 80, np.uint8)).is_known
    assert not tracker.follow(np.full((45, 80), 80, np.uint8)).is_known
