"""The grid: every pixel in one block, square cells, the right way round, clear refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.grid import lay_grid

SIDES = st.integers(1, 200)


@given(SIDES, SIDES, st.integers(1, 60), st.integers(2, 60), st.booleans(), st.sampled_from(["pad", "stretch"]))
def test_every_pixel_belongs_to_exactly_one_block(height, width, rows, cols, turn, fit):
    grid = lay_grid((height, width), (rows, cols), turn=turn, fit=fit, shrink=True)
    painted_HW = np.zeros((height, width), int)
    for top, bottom in zip(grid.row_edges, grid.row_edges[1:], strict=False):
        for left, right in zip(grid.col_edges, grid.col_edges[1:], strict=False):
            assert top < bottom
            assert left < right
            painted_HW[top:bottom, left:right] += 1
    assert (painted_HW == 1).all()
    assert (len(grid.row_edges), len(grid.col_edges)) == (grid.used_rows + 1, grid.used_cols + 1)
    assert 1 <= grid.used_rows <= grid.rows
    assert 1 <= grid.used_cols <= grid.cols


def test_blocks_differ_by_one_pixel_at_most():
    grid = lay_grid((1276, 1921), (200, 100), turn=True, fit="stretch")
    for edges in (grid.row_edges, grid.col_edges):
        assert np.ptp(np.diff(edges)) <= 1


def test_larger_ratio_than_the_pictures_leaves_rows_outside():
    # The seed's Fig. 7: 200 rows, of which the picture takes those down to 175.
    grid = lay_grid((1750, 1000), (200, 100), turn=True, fit="pad")
    assert (grid.rows, grid.cols, grid.used_rows, grid.used_cols) == (200, 100, 175, 100)


def test_smaller_ratio_is_fitted_the_other_way():
    grid = lay_grid((1000, 400), (20, 10), turn=True, fit="pad")
    assert (grid.used_rows, grid.used_cols) == (20, 8)


@given(st.integers(40, 400), st.integers(40, 400), st.integers(2, 30), st.integers(2, 30))
def test_padded_cells_are_as_square_as_whole_numbers_allow(height, width, rows, cols):
    grid = lay_grid((height, width), (rows, cols), turn=False, fit="pad")
    side = max(height / grid.rows, width / grid.cols)
    assert abs(grid.used_rows - max(1, height / side)) <= 0.5
    assert abs(grid.used_cols - max(1, width / side)) <= 0.5


def test_stretched_grid_has_the_blocks_of_the_authors_stills():
    grid = lay_grid((1920, 1280), (200, 100), turn=True, fit="stretch")
    assert (grid.used_rows, grid.used_cols) == (200, 100)
    # 1920 / 200 = 9.6 and 1280 / 100 = 12.8: his 9 x 12 px, and the pixels that he leaves over spread among them.
    assert set(np.diff(grid.row_edges)) == {9, 10}
    assert set(np.diff(grid.col_edges)) == {12, 13}


def test_grid_turns_with_the_picture_and_only_when_asked():
    assert lay_grid((90, 160), (20, 10), turn=True, fit="stretch").rows == 10
    assert lay_grid((90, 160), (20, 10), turn=False, fit="stretch").rows == 20
    assert lay_grid((160, 90), (10, 20), turn=True, fit="stretch").rows == 20
    assert lay_grid((90, 90), (20, 10), turn=True, fit="stretch").rows == 20


@pytest.mark.parametrize("size", [(1, 1), (0, 5), (3, -1)])
def test_grid_without_room_to_walk_is_refused(size):
    with pytest.raises(ParameterError, match="no room to walk"):
        lay_grid((50, 50), size, turn=True, fit="pad")


@pytest.mark.parametrize("fit", ["pad", "stretch"])
def test_grid_finer_than_the_picture_is_refused_in_one_line(fit):
    with pytest.raises(ParameterError, match="23 x 17 pixels") as told:
        lay_grid((17, 23), (200, 100), turn=True, fit=fit)
    assert "\n" not in str(told.value)


def test_grid_of_one_pixel_can_be_asked_for():
    grid = lay_grid((1, 1), (200, 100), turn=True, fit="pad", shrink=True)
    assert (grid.used_rows, grid.used_cols) == (1, 1)


def test_shrinking_leaves_a_grid_that_fits_as_it_is():
    plain = lay_grid((170, 230), (20, 10), turn=True, fit="pad")
    shrunk = lay_grid((170, 230), (20, 10), turn=True, fit="pad", shrink=True)
    assert (plain.rows, plain.cols) == (shrunk.rows, shrunk.cols)
