"""The oracle against brute force: all policies, dense linear systems, finite horizons."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.corrupt.grid import lay_grid
from mutoscope.corrupt.value_iteration import (
    improve,
    optimal_values,
    policy_values,
    random_values,
    regret,
)
from mutoscope.corrupt.world import OUTSIDE, lay_world

STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def rewards(rows, cols, num_manipulations, seed, low=-1.0, high=0.0):
    chance = np.random.default_rng(seed)
    return chance.uniform(low, high, (4 * num_manipulations, rows, cols)).astype(np.float32)


def world_of(rewards_Amn, gamma=0.9, exit_reward=1.0):
    _, rows, cols = rewards_Amn.shape
    grid = lay_grid((rows * 8, cols * 8), (rows, cols), turn=False, fit="stretch")
    return lay_world(rewards_Amn, grid, gamma, exit_reward)


def dense_values(rewards_Amn, policy_mn, gamma, exit_reward):
    """Value of each cell under a policy, as the solution of (I - gamma P) V = r, written without our numbering."""
    _, rows, cols = rewards_Amn.shape
    system, paid = np.eye(rows * cols), np.zeros(rows * cols)
    for row, col in itertools.product(range(rows), range(cols)):
        a = policy_mn[row][col]
        down, right = STEPS[a % 4]
        paid[row * cols + col] = rewards_Amn[a, row, col]
        if 0 <= row + down < rows and 0 <= col + right < cols:
            system[row * cols + col, (row + down) * cols + col + right] -= gamma
        else:
            paid[row * cols + col] += exit_reward
    return np.linalg.solve(system, paid)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([0.0, 0.5, 0.9, 0.99]), st.sampled_from([-1.0, 0.0, 1.0]))
def test_optimum_is_the_best_of_all_policies(seed, gamma, exit_reward):
    rewards_Amn = rewards(2, 2, 1, seed)
    policies = itertools.product(range(4), repeat=4)
    best = np.max([dense_values(rewards_Amn, np.reshape(p, (2, 2)), gamma, exit_reward) for p in policies], axis=0)
    world = world_of(rewards_Amn, gamma, exit_reward)
    assert optimal_values(world)[world.inside_K] == pytest.approx(best, abs=1e-5)


def test_optimum_is_the_limit_of_finite_horizons():
    rewards_Amn, gamma = rewards(3, 5, 2, 7), 0.8
    values_mn = np.zeros((5, 7))
    for _ in range(120):
        ways = [values_mn[1 + d : 4 + d, 1 + r : 6 + r] for d, r in STEPS]
        left_mn = np.ones((5, 7))
        left_mn[1:-1, 1:-1] = 0
        ends = [left_mn[1 + d : 4 + d, 1 + r : 6 + r] for d, r in STEPS]
        renewed = [rewards_Amn[a] + ends[a % 4] + gamma * ways[a % 4] for a in range(8)]
        values_mn[1:-1, 1:-1] = np.max(renewed, axis=0)
    world = world_of(rewards_Amn, gamma)
    assert optimal_values(world)[world.inside_K] == pytest.approx(values_mn[1:-1, 1:-1].ravel(), abs=1e-6)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 0.9, 0.99]))
def test_value_of_a_policy_solves_its_linear_system(seed, gamma):
    rewards_Amn = rewards(4, 3, 2, seed)
    policy_mn = np.random.default_rng(seed + 1).integers(0, 8, (4, 3)).astype(np.uint8)
    world = world_of(rewards_Amn, gamma)
    policy_S = np.full((6, 5), OUTSIDE, np.uint8)
    policy_S[1:-1, 1:-1] = policy_mn
    ours = policy_values(world, policy_S.ravel())[world.inside_K]
    assert ours == pytest.approx(dense_values(rewards_Amn, policy_mn, gamma, 1.0), abs=1e-6, rel=1e-9)


def test_value_of_chance_solves_its_linear_system():
    rewards_Amn, gamma = rewards(4, 3, 2, 3), 0.95
    values = np.zeros(12)
    # Chance is the mean over actions of what each pays and leads to; so is its linear system.
    systems = np.zeros((12, 12))
    for a in range(8):
        one = np.full((4, 3), a)
        paid_1 = dense_values(rewards_Amn, one, 0.0, 1.0)
        values += paid_1 / 8
        down, right = STEPS[a % 4]
        for row, col in itertools.product(range(4), range(3)):
            if 0 <= row + down < 4 and 0 <= col + right < 3:
                systems[row * 3 + col, (row + down) * 3 + col + right] += gamma / 8
    expected = np.linalg.solve(np.eye(12) - systems, values)
    world = world_of(rewards_Amn, gamma)
    assert random_values(world)[world.inside_K] == pytest.approx(expected, abs=1e-4)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 6), st.sampled_from([0.0, 0.9, 0.99, 0.999]))
def test_regret_of_the_optimum_is_nothing(seed, rows, cols, gamma):
    world = world_of(rewards(rows, cols, 2, seed), gamma)
    assert regret(world, improve(world).policy_S) == pytest.approx(0, abs=1e-4)


def test_regret_grows_with_the_share_of_random_cells():
    world = world_of(rewards(9, 7, 2, 1))
    best_S = improve(world).policy_S
    chance = np.random.default_rng(2)
    found = []
    for share in (0.0, 0.3, 1.0):
        policy_S = best_S.copy()
        swapped = world.inside_K[chance.random(len(world.inside_K)) < share]
        policy_S[swapped] = chance.integers(0, 8, len(swapped))
        found.append(regret(world, policy_S))
    assert found[0] < 0.001
    assert 0.05 < found[1] < found[2]


def test_where_chance_is_as_good_as_the_best_there_is_no_regret():
    world = world_of(np.zeros((4, 5, 3), np.float32), exit_reward=0.0)
    assert regret(world, improve(world).policy_S) == 0


def test_start_changes_nothing_but_the_time():
    world = world_of(rewards(8, 9, 2, 4), 0.99)
    far = np.where(optimal_values(world) != 0, 50.0, 0.0)
    assert optimal_values(world, far) == pytest.approx(optimal_values(world), abs=1e-4)


def test_rewards_on_the_padding_are_never_asked_for():
    # The picture takes 2 of 4 rows. Whoever steps below has left.
    rewards_Amn = rewards(4, 3, 1, 5)
    grid = lay_grid((20, 30), (4, 3), turn=False, fit="pad")
    assert (grid.used_rows, grid.used_cols) == (2, 3)
    padded_Amn = rewards_Amn.copy()
    padded_Amn[:, 2:] = -99
    one, other = lay_world(rewards_Amn, grid, 0.9, 1.0), lay_world(padded_Amn, grid, 0.9, 1.0)
    assert np.array_equal(optimal_values(one), optimal_values(other))
    alone = world_of(rewards_Amn[:, :2])
    assert np.array_equal(optimal_values(one)[one.inside_K], optimal_values(alone)[alone.inside_K])
