"""The reward space: what the map says, noise of each action's own, a filter, a prohibition outside."""

import numpy as np
import pytest
import torch

from mutoscope.corrupt.grid import lay_grid
from mutoscope.corrupt.learning_params import LearningParams
from mutoscope.corrupt.rewards import reward_planes

GRID = lay_grid((170, 110), (20, 10), turn=True, fit="pad")
PLAIN = LearningParams()


def blob_HW(height=17, width=11):
    y, x = np.mgrid[:height, :width]
    return np.exp(-((y - 5) ** 2 + (x - 4) ** 2) / 9).astype(np.float32)


def inside(rewards_Amn):
    return rewards_Amn[:, : GRID.used_rows, : GRID.used_cols]


def test_there_are_four_planes_for_each_manipulation():
    rewards_Amn = reward_planes(blob_HW(), GRID, [(0, 0.1)] * 3, 1, PLAIN)
    assert rewards_Amn.shape == (12, 20, 10)
    assert rewards_Amn.dtype == np.float32


def test_outside_the_picture_lies_the_minimum_of_all_planes_less_one():
    rewards_Amn = reward_planes(blob_HW(), GRID, [(0, 0.1), (0.3, 0.2)], 1, PLAIN)
    assert GRID.used_rows < GRID.rows
    outside = rewards_Amn[:, GRID.used_rows :]
    assert np.unique(outside) == pytest.approx([inside(rewards_Amn).min() - 1])


def test_inverted_map_pays_best_where_nobody_looks():
    background = reward_planes(blob_HW(), GRID, [(0, 0)], 1, PLAIN)[0]
    subject = reward_planes(blob_HW(), GRID, [(0, 0)], 1, LearningParams(invert=False))[0]
    assert background[14, 8] > background[5, 4]
    assert subject[14, 8] < subject[5, 4]


def test_no_step_pays_and_without_noise_none_costs_more_than_one():
    assert reward_planes(blob_HW(), GRID, [(0.5, 0.4)] * 2, 3, PLAIN).max() == 0
    quiet = inside(reward_planes(blob_HW(), GRID, [(0, 0)], 3, PLAIN))
    assert -1 <= quiet.min() < -0.6


def test_mean_of_the_noise_says_which_manipulation_pays_more():
    rewards_Amn = inside(reward_planes(blob_HW(), GRID, [(0, 0.05), (0.3, 0.05)], 1, PLAIN))
    assert (rewards_Amn[4:].mean() - rewards_Amn[:4].mean()) == pytest.approx(0.3, abs=0.02)


def test_planes_differ_and_come_back_with_the_seed():
    one, again, other = (reward_planes(blob_HW(), GRID, [(0, 0.1)] * 2, seed, PLAIN) for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert all(not np.array_equal(one[a], one[b]) for a in range(8) for b in range(a))


def test_one_manipulation_more_leaves_the_noise_of_the_others():
    few = inside(reward_planes(blob_HW(), GRID, [(0, 0.1)] * 2, 1, PLAIN))
    more = inside(reward_planes(blob_HW(), GRID, [(0, 0.1)] * 3, 1, PLAIN))
    gap = more[:8] - few  # all planes are lowered by one number
    assert np.ptp(gap) < 1e-6


@pytest.mark.parametrize("side", [3, 5, 7])
def test_median_is_that_of_the_window_with_the_edge_repeated(side):
    half = side // 2
    raw_Amn = inside(reward_planes(blob_HW(), GRID, [(0, 0.3)], 1, LearningParams(median=1)))
    filtered_Amn = inside(reward_planes(blob_HW(), GRID, [(0, 0.3)], 1, LearningParams(median=side)))
    padded_Amn = np.pad(raw_Amn, ((0, 0), (half, half), (half, half)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded_Amn, (side, side), axis=(1, 2))
    gap = np.median(windows, axis=(-1, -2)) - filtered_Amn
    assert np.ptp(gap) < 1e-6


def test_number_of_threads_changes_nothing():
    threads = torch.get_num_threads()
    try:
        made = []
        for count in (1, 2):
            torch.set_num_threads(count)
            made.append(reward_planes(blob_HW(64, 48), GRID, [(0, 0.1)] * 4, 1, PLAIN).tobytes())
    finally:
        torch.set_num_threads(threads)
    assert made[0] == made[1]


def test_map_that_was_given_is_not_changed():
    map_HW = blob_HW()
    before = map_HW.copy()
    reward_planes(map_HW, GRID, [(0, 0.1)], 1, PLAIN)
    assert np.array_equal(map_HW, before)
