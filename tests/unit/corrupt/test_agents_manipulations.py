"""What is painted on a cell, against formulas and against OpenCV's transform."""

import cv2
import numpy as np
import pytest

from mutoscope.corrupt.dct import quantisation_tables
from mutoscope.corrupt.manipulations import DESATURATE, FLAT, JPEG, NOTHING, PALETTE, mean_cells, paint_cells

ROWS = np.array([0, 5, 11, 17], np.int32)
COLS = np.array([0, 9, 23], np.int32)
COLOURS = np.random.default_rng(2).random((3, 2, 3), dtype=np.float32)


def noise(height=17, width=23):
    return np.random.default_rng(1).random((3, height, width), dtype=np.float32)


def painted(kind, *, strength=1.0, levels=3, quality=10, only=None):
    x_CHW = noise()
    kind_mn = np.full((3, 2), kind, np.uint8)
    if only is not None:
        kind_mn[:] = NOTHING
        kind_mn[only] = kind
    paint_cells(x_CHW, ROWS, COLS, kind_mn, COLOURS, levels, quantisation_tables(quality), strength, 0, 3)
    return x_CHW


def cells():
    return [(m, n, slice(ROWS[m], ROWS[m + 1]), slice(COLS[n], COLS[n + 1])) for m in range(3) for n in range(2)]


def test_a_flat_cell_is_flat_to_the_last_pixel_at_the_right_and_bottom_edge():
    x_CHW = painted(FLAT)

    for m, n, y, x in cells():
        assert (x_CHW[:, y, x] == COLOURS[m, n][:, None, None]).all()


@pytest.mark.parametrize("kind", [FLAT, DESATURATE, PALETTE, JPEG])
def test_nothing_outside_the_cell_changes(kind):
    x_CHW, source = painted(kind, only=(1, 1)), noise()

    x_CHW[:, 5:11, 9:23] = source[:, 5:11, 9:23]

    assert (x_CHW == source).all()


def test_desaturation_is_the_luminance_of_the_source_text():
    r, g, b = noise()

    assert np.abs(painted(DESATURATE) - (0.3 * r + 0.59 * g + 0.11 * b)).max() < 1e-6


def test_a_palette_has_few_levels_in_each_channel():
    x_CHW = painted(PALETTE, levels=3)

    assert set(np.unique(x_CHW)) == {0.0, 0.5, 1.0}
    assert np.abs(x_CHW - noise()).max() <= 0.25 + 1e-6


@pytest.mark.parametrize("kind", [FLAT, DESATURATE, PALETTE, JPEG])
def test_strength_is_a_share_of_the_result(kind):
    half = painted(kind, strength=0.5)

    assert np.abs(half - (noise() + painted(kind)) / 2).max() < 1e-6


def test_means_are_those_of_the_blocks_and_only_of_those_that_are_wanted():
    x_CHW, wanted_mn = noise(), np.ones((3, 2), np.bool_)
    wanted_mn[2, 0] = False
    mean_mnC = np.zeros((3, 2, 3), np.float32)

    mean_cells(x_CHW, ROWS, COLS, wanted_mn, mean_mnC, 0, 3)

    for m, n, y, x in cells():
        expected = x_CHW[:, y, x].mean((1, 2)) if wanted_mn[m, n] else 0
        assert np.abs(mean_mnC[m, n] - expected).max() < 1e-6


@pytest.mark.parametrize("quality", [3, 30, 90])
def test_jpeg_is_a_quantised_transform_of_each_8_x_8_px_of_a_cell(quality):
    x_CHW, source = painted(JPEG, quality=quality), noise()

    for _, _, y, x in cells():
        expected = np.stack([compress(channels, quality) for channels in [source[:, y, x]]])[0]
        # A value on the edge between two steps may fall to either side.
        assert (np.abs(x_CHW[:, y, x] - expected) < 1e-4).mean() > 0.98


def compress(rgb_CHW, quality):
    """JPEG without chroma at half size, through OpenCV's transform; borders are replicated."""
    _, height, width = rgb_CHW.shape
    padded = np.pad(rgb_CHW, ((0, 0), (0, -height % 8), (0, -width % 8)), mode="edge") * 255
    to_ycc = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    ycc = np.einsum("ij,jhw->ihw", to_ycc, padded)
    ycc[0] -= 128
    tables = quantisation_tables(quality)
    for c in range(3):
        for y in range(0, padded.shape[1], 8):
            for x in range(0, padded.shape[2], 8):
                block, steps = ycc[c, y : y + 8, x : x + 8], tables[min(c, 1)]
                block[:] = cv2.idct(np.rint(cv2.dct(block) / steps) * steps)
    ycc[0] += 128
    luma, blue, red = ycc
    rgb = np.stack([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue])
    return (rgb / 255).clip(0, 1)[:, :height, :width]


def test_quality_50_is_the_table_of_the_standard_and_100_loses_hardly_anything():
    luma, chroma = quantisation_tables(50)

    assert luma[0].tolist() == [16, 11, 10, 16, 24, 40, 51, 61]
    assert luma[7].tolist() == [72, 92, 95, 98, 112, 100, 103, 99]
    assert chroma[0].tolist() == [17, 18, 24, 47, 99, 99, 99, 99]
    assert (quantisation_tables(100) == 1).all()
    assert np.abs(painted(JPEG, quality=100) - noise()).max() < 2 / 255


def test_rows_that_are_painted_apart_give_the_same_bytes():
    whole, apart = painted(JPEG), noise()

    for m in (2, 0, 1):
        kinds = np.full((3, 2), JPEG, np.uint8)
        paint_cells(apart, ROWS, COLS, kinds, COLOURS, 3, quantisation_tables(10), 1.0, m, m + 1)

    assert whole.tobytes() == apart.tobytes()
