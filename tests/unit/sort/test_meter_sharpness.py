import numpy as np
import pytest
from meter_scenes import blurred, detail, disc, grey

from mutoscope.sort.noise import noise_level
from mutoscope.sort.sharpness import relative_sharpness, sharpness_of, tile_sharpness
from mutoscope.sort.texture import texture_of
from mutoscope.sort.tiles import tile_grid, tile_means, weighted_quantile


def _median(x_HW: np.ndarray, noise: float = 0.0) -> float:
    return sharpness_of(texture_of(grey(x_HW, noise))).median


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sharpness_falls_with_blur(seed: int) -> None:
    scene = detail(seed=seed)
    values = [_median(scene), *(_median(blurred(scene, disc(radius))) for radius in (1.0, 2.0, 4.0, 8.0))]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.3
    assert values[-1] < 0.08


def test_noise_does_not_read_as_sharpness() -> None:
    scene = detail()
    sharp, soft = _median(scene), _median(blurred(scene, disc(4)), noise=8)
    assert soft < 0.35 * sharp  # the variance of the Laplacian says the contrary here
    assert _median(scene, noise=4) == pytest.approx(sharp, rel=0.15)


def test_sharpness_does_not_depend_on_contrast() -> None:
    scene = detail()
    assert _median(128 + 0.35 * (scene - 128)) == pytest.approx(_median(scene), rel=0.1)


def test_one_sharp_quarter_is_seen_by_the_best_and_not_by_the_middle() -> None:
    scene = detail()
    mixed = blurred(scene, disc(6))
    mixed[:68, :121] = scene[:68, :121]
    found, whole = sharpness_of(texture_of(grey(mixed))), sharpness_of(texture_of(grey(scene)))
    assert found.best > 0.6 * whole.best
    soft = sharpness_of(texture_of(grey(blurred(scene, disc(6)))))
    assert soft.best < 0.3 * whole.best


def test_a_flat_sky_has_no_say() -> None:
    scene = detail()
    scene[:80] = np.linspace(180, 200, 80)[:, None]
    texture = texture_of(grey(scene))
    assert texture.has_say_N.reshape(texture.rows, texture.columns)[: texture.rows // 2].mean() < 0.05
    assert sharpness_of(texture).median == pytest.approx(_median(detail()), rel=0.3)


def test_nothing_to_see_is_unknown() -> None:
    for level in (0, 128, 255):
        found = sharpness_of(texture_of(np.full((135, 241), level, np.uint8)))
        assert np.isnan(found.median)
        assert np.isnan(found.best)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 23), (9, 400), (241, 135)])
def test_any_size_is_measured(size: tuple[int, int]) -> None:
    texture = texture_of(np.random.default_rng(0).integers(0, 255, size).astype(np.uint8))
    assert len(tile_sharpness(texture)) == texture.rows * texture.columns
    sharpness_of(texture)


@pytest.mark.parametrize("sigma", [1.0, 3.0, 8.0])
def test_noise_is_told_in_levels(sigma: float) -> None:
    ramp = np.tile(np.linspace(60, 180, 241), (135, 1))
    assert noise_level(grey(ramp, sigma)) == pytest.approx(sigma, rel=0.12)


def test_texture_is_no_noise() -> None:
    scene = detail()
    scene[:45] = 120
    assert noise_level(grey(scene)) < 0.5
    assert noise_level(grey(scene, 5)) == pytest.approx(5, rel=0.15)


def test_relative_sharpness_sees_a_blink_and_stays_in_its_shot() -> None:
    sharp_T = np.full(100, 0.5, np.float32)
    sharp_T[20:24] = 0.1
    sharp_T[50:] = 0.05
    sharp_T[70] = np.nan
    relative_T = relative_sharpness(sharp_T, np.arange(100) / 25, [(0, 50), (50, 100)])
    assert relative_T[20:24] == pytest.approx(20)
    assert relative_T[0:20] == pytest.approx(100)
    assert relative_T[50:70] == pytest.approx(100)  # a soft shot is not held against another
    assert np.isnan(relative_T[70])


def test_tiles_average_what_they_cover() -> None:
    x_HW = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert tile_means(x_HW, 2, 3) == pytest.approx(np.array([[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]))
    assert tile_grid(270, 480) == (12, 20)
    assert tile_grid(480, 270) == (20, 12)
    assert tile_grid(3, 3) == (1, 1)
    assert np.isnan(weighted_quantile(np.ones(3, np.float32), np.zeros(3, np.float32), 0.5))
