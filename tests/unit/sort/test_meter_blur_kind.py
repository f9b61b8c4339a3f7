import numpy as np
import pytest
from meter_scenes import blurred, detail, disc, grey, streak

from mutoscope.sort.blur_kind import CAMERA, DEFOCUS, SHARP, SUBJECT, blur_kinds, directedness_of
from mutoscope.sort.texture import texture_of


@pytest.mark.parametrize("degrees", [0, 33, 62, 90, 135, 171])
@pytest.mark.parametrize("length", [7.0, 15.0])
def test_direction_of_a_streak_is_found(degrees: float, length: float) -> None:
    found = directedness_of(texture_of(grey(blurred(detail(), streak(length, degrees)), 1.0)))
    assert abs((found.direction - degrees + 90) % 180 - 90) < 10
    assert found.across > 1.5 * found.along


def test_lines_in_the_picture_weigh_less_than_in_its_structure_tensor() -> None:
    """A fence makes every tensor directed; only what the finest scale lost counts."""
    fence = detail() * 0.5 + 100 * (np.arange(241)[None] // 4 % 2)
    texture = texture_of(grey(fence))
    across, down, _ = texture.tensors_S3N[0].sum(1)
    assert (across - down) / (across + down) > 0.8
    assert directedness_of(texture).directed < 0.5


def test_a_disc_is_less_directed_than_a_streak() -> None:
    for seed in range(4):
        scene = detail(seed=seed)
        by_lens = directedness_of(texture_of(grey(blurred(scene, disc(4)), 1.0)))
        by_camera = directedness_of(texture_of(grey(blurred(scene, streak(10, 40.0 * seed)), 1.0)))
        assert by_lens.directed < by_camera.directed


def test_flat_frames_have_no_direction() -> None:
    assert np.isnan(directedness_of(texture_of(np.full((135, 241), 90, np.uint8))).direction)


def test_kinds_follow_sharpness_direction_and_motion() -> None:
    names = ["sharp", "lens", "camera", "across the motion", "camera stands", "subject", "flat"]
    sharp_T = np.array([0.6, 0.1, 0.1, 0.1, 0.1, 0.2, np.nan])
    best_T = np.array([0.9, 0.2, 0.3, 0.3, 0.3, 0.9, np.nan])
    directed_T = np.array([0.1, 0.02, 0.3, 0.3, 0.3, 0.3, 0.3])
    along_T = np.array([0.5, 0.05, 0.05, 0.05, 0.05, 0.5, np.nan])
    direction_T = np.array([0, 50, 45, 45, 45, 0, 0.0])
    motion_T2 = np.array([[0, 0], [0.03, 0], [0.03, 0.025], [-0.03, 0.03], [0, 0], [0, 0], [0, 0.0]])
    moving_T = np.array([0, 0, 0, 0, 0, 0.2, 0])
    kind_T, way_T = blur_kinds(sharp_T, best_T, directed_T, along_T, direction_T, motion_T2, moving_T)
    expected = [SHARP, DEFOCUS, CAMERA, DEFOCUS, DEFOCUS, SUBJECT, np.nan]
    assert dict(zip(names, kind_T.tolist(), strict=True)) == pytest.approx(
        dict(zip(names, expected, strict=True)), nan_ok=True
    )
    assert way_T[2] == pytest.approx(39.8, abs=0.1)  # that of the motion, not of the texture
    assert way_T[1] == 50


def test_unknown_motion_is_no_camera_blur() -> None:
    one = np.ones(1)
    kind_T, _ = blur_kinds(one * 0.1, one * 0.2, one, one * 0.1, one, np.full((1, 2), np.nan), one * np.nan)
    assert kind_T[0] == DEFOCUS
