"""Q-learning and its tables: solves small grids, repeats itself, is kept, is refined."""

import dataclasses
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.grid import lay_grid
from mutoscope.corrupt.learning_params import LearningParams
from mutoscope.corrupt.rewards import reward_planes
from mutoscope.corrupt.table import running_mean, train_table, write_curve_csv
from mutoscope.corrupt.value_iteration import optimal_values
from mutoscope.effects.params import make_params
from mutoscope.storage.cache import Cache

GRID = lay_grid((170, 130), (20, 10), turn=True, fit="pad")
NOISES = [(0.0, 0.1), (0.0, 0.1)]


def rewards_of(shift=0, seed=1, grid=GRID):
    y, x = np.mgrid[:34, :26] / 13
    map_HW = np.exp(-((y - 1.2) ** 2 + (x - 0.9 - shift / 13) ** 2) * 3).astype(np.float32)
    return reward_planes(map_HW, grid, NOISES, seed, LearningParams())


REWARDS = rewards_of()


@pytest.mark.parametrize("gamma", [0.9, 0.99])
def test_q_learning_solves_a_small_grid(gamma):
    table = train_table(REWARDS, GRID, LearningParams(gamma=gamma), 1)
    assert table.regret < 0.005
    best = optimal_values(table.world)[table.world.inside_K]
    assert table.q_mnA[: GRID.used_rows, : GRID.used_cols].max(2).ravel() == pytest.approx(best, abs=0.05 / (1 - gamma))


def test_one_step_of_a_training_is_the_equation():
    # One cell, one step: q <- q + alpha (r + 1 - q), from 0; the first action is tried first.
    grid = lay_grid((1, 1), (2, 2), turn=False, fit="pad", shrink=True)
    rewards_Amn = np.full((4, grid.rows, grid.cols), -0.25, np.float32)
    p = LearningParams(iterations=1, alpha=0.5, epsilon=0)
    table = train_table(rewards_Amn, grid, p, 1)
    assert table.q_mnA[0, 0].tolist() == [0.375, 0, 0, 0]
    assert table.returns.tolist() == [0.75]


def test_authors_schedule_leaves_a_large_grid_unsolved_and_says_so():
    grid = lay_grid((1280, 720), (100, 50), turn=True, fit="pad")
    rewards_Amn = rewards_of(grid=grid)
    few = train_table(rewards_Amn, grid, LearningParams(solver="srinivas", iterations=1000), 1)
    many = train_table(rewards_Amn, grid, LearningParams(solver="srinivas", iterations=60_000), 1)
    assert 0.5 < few.regret < 1.1
    assert many.regret < few.regret - 0.1


@pytest.mark.parametrize("solver", ["q_learning", "srinivas", "value_iteration"])
def test_training_repeats_itself_to_the_bit(solver):
    p = LearningParams(solver=solver, iterations=500)
    one, again = (train_table(REWARDS, GRID, p, 7) for _ in range(2))
    assert one.q_mnA.tobytes() == again.q_mnA.tobytes()
    assert one.policy_mn.tobytes() == again.policy_mn.tobytes()
    assert one.returns.tobytes() == again.returns.tobytes()


def test_threads_beside_each_other_change_nothing():
    p = LearningParams(iterations=2000)
    alone = train_table(REWARDS, GRID, p, 7).q_mnA.tobytes()
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(train_table(REWARDS, GRID, p, 7).q_mnA.tobytes())) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [alone] * 3


@pytest.mark.parametrize("seed", [0, -1, 2**64 - 1, 2**70])
def test_any_whole_number_is_a_seed(seed):
    p = LearningParams(iterations=50)
    assert not np.array_equal(train_table(REWARDS, GRID, p, seed).returns, train_table(REWARDS, GRID, p, 5).returns)


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 10_000),
    st.floats(0, 0.99),
    st.floats(0.05, 1),
    st.floats(0, 1),
    st.sampled_from(["q_learning", "srinivas", "value_iteration"]),
)
def test_values_stay_within_what_rewards_allow(seed, gamma, alpha, epsilon, solver):
    p = LearningParams(solver=solver, gamma=gamma, alpha=alpha, epsilon=epsilon, iterations=200)
    rewards_Amn = rewards_of(seed=seed)
    table = train_table(rewards_Amn, GRID, p, seed)
    least = rewards_Amn[:, : GRID.used_rows, : GRID.used_cols].min()
    assert table.q_mnA.max() <= p.exit_reward + 1e-4
    assert table.q_mnA.min() >= least / (1 - gamma) - 1e-3
    assert len(table.returns) == (0 if solver == "value_iteration" else 200)
    assert not len(table.returns) or table.returns.max() <= p.exit_reward  # the cap of the seed's Fig. 6


@pytest.mark.parametrize("solver", ["q_learning", "value_iteration"])
def test_policy_never_stands_on_padding(solver):
    table = train_table(REWARDS, GRID, LearningParams(solver=solver), 1)
    assert GRID.used_rows < GRID.rows
    assert (table.policy_mn[GRID.used_rows :] == 0).all()
    for row in range(GRID.used_rows):
        for col in range(GRID.used_cols):
            at = (row, col)
            for _ in range(60):
                down, right = ((-1, 0), (1, 0), (0, -1), (0, 1))[table.policy_mn[at] % 4]
                at = (at[0] + down, at[1] + right)
                if not (0 <= at[0] < GRID.used_rows and 0 <= at[1] < GRID.used_cols):
                    break  # it has left the picture, and its episode ends there
                assert (REWARDS[:, at[0], at[1]] > REWARDS.min()).all()


def test_of_equal_actions_the_first_is_taken():
    flat_Amn = np.full((8, 3, 2), -0.5, np.float32)
    grid = lay_grid((30, 20), (3, 2), turn=False, fit="stretch")
    for solver in ("q_learning", "value_iteration"):
        table = train_table(flat_Amn, grid, LearningParams(solver=solver, exit_reward=0, gamma=0), 1)
        assert not table.policy_mn.any()


@pytest.mark.parametrize("shift", [1, 3])
def test_refined_table_is_the_best_of_the_new_frame(shift):
    shot = train_table(REWARDS, GRID, LearningParams(), 1)
    refined = train_table(rewards_of(shift), GRID, LearningParams(), 1, warm=shot)
    exact = train_table(rewards_of(shift), GRID, LearningParams(solver="value_iteration"), 1)
    assert refined.regret < 0.005
    assert (refined.policy_mn == exact.policy_mn).mean() > 0.98
    assert not len(refined.returns)


def test_refining_to_the_same_rewards_keeps_the_policy():
    for solver in ("q_learning", "srinivas", "value_iteration"):
        shot = train_table(REWARDS, GRID, LearningParams(solver=solver), 1)
        refined = train_table(REWARDS, GRID, LearningParams(solver=solver), 1, warm=shot)
        assert (refined.policy_mn == shot.policy_mn).mean() > 0.98


def test_refining_the_authors_table_leaves_unmet_cells_at_their_first_action():
    p = LearningParams(solver="srinivas", starts="corner", iterations=30)
    shot = train_table(REWARDS, GRID, p, 1)
    unmet_mn = ~shot.q_mnA.any(2)
    assert 50 < unmet_mn.sum() < 200
    refined = train_table(rewards_of(2), GRID, p, 1, warm=shot)
    assert not refined.policy_mn[unmet_mn].any()
    assert not np.array_equal(refined.q_mnA, shot.q_mnA)


def test_refining_leaves_the_shots_table_as_it_was():
    shot = train_table(REWARDS, GRID, LearningParams(), 1)
    before = shot.q_mnA.copy()
    train_table(rewards_of(2), GRID, LearningParams(), 1, warm=shot)
    assert np.array_equal(shot.q_mnA, before)


def test_kept_table_equals_the_trained_one(tmp_path, monkeypatch):
    cache, p = Cache(tmp_path), LearningParams(iterations=300)
    made = train_table(REWARDS, GRID, p, 1, cache=cache)
    monkeypatch.setattr("mutoscope.corrupt.table.learn", None)
    found = train_table(REWARDS, GRID, p, 1, cache=cache)
    for name in ("q_mnA", "policy_mn", "returns"):
        assert getattr(found, name).tobytes() == getattr(made, name).tobytes()
        assert getattr(found, name).dtype == getattr(made, name).dtype
    assert (found.key, found.regret) == (made.key, made.regret)


def test_damaged_entry_is_made_anew(tmp_path):
    cache, p = Cache(tmp_path), LearningParams(iterations=300)
    made = train_table(REWARDS, GRID, p, 1, cache=cache)
    path = cache.get(made.key)
    path.write_bytes(path.read_bytes()[:-40])
    again = train_table(REWARDS, GRID, p, 1, cache=cache)
    assert again.q_mnA.tobytes() == made.q_mnA.tobytes()
    assert cache.get(made.key) is not None


def test_any_number_changed_changes_the_key():
    p = LearningParams(iterations=20)
    warm = train_table(rewards_of(1), GRID, p, 1)
    near_Amn = REWARDS.copy()
    near_Amn[3, 2, 1] = np.nextafter(near_Amn[3, 2, 1], np.float32(-9))
    smaller = dataclasses.replace(GRID, used_rows=GRID.used_rows - 1)
    others = [LearningParams(iterations=21), LearningParams(iterations=20, gamma=0.91), LearningParams()]
    keys = [train_table(REWARDS, GRID, each, 1).key for each in (p, *others)]
    keys.append(train_table(REWARDS, GRID, p, 2).key)
    keys.append(train_table(near_Amn, GRID, p, 1).key)
    keys.append(train_table(REWARDS, smaller, p, 1).key)
    keys.append(train_table(REWARDS, GRID, p, 1, warm=warm).key)
    assert len(set(keys)) == len(keys)
    assert keys[0] == train_table(REWARDS, GRID, p, 1).key


def test_running_mean_is_that_of_the_window():
    returns = np.arange(7, dtype=np.float32)
    assert running_mean(returns, 3).tolist() == [0, 0.5, 1, 2, 3, 4, 5]
    assert not len(running_mean(np.zeros(0, np.float32)))


def test_curve_is_written_with_few_rows(tmp_path):
    write_curve_csv(np.linspace(-5, 1, 25).astype(np.float32), tmp_path / "curve.csv", window=2, max_rows=10)
    lines = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["episode,return,running_mean", "1,-5,-5", "4,-4.25,-4.375"]
    assert len(lines) == 10


def test_learning_curve_rises():
    returns = train_table(REWARDS, GRID, LearningParams(), 1).returns
    assert returns[-500:].mean() > returns[:500].mean() + 0.3


@pytest.mark.parametrize(
    "values",
    [
        {"iterations": 0},
        {"epsilon": 2},
        {"gamma": 1},
        {"alpha": 0},
        {"median": 2},
        {"solver": "magic"},
        {"gamma": "nan"},
    ],
)
def test_numbers_out_of_bounds_are_refused(values):
    with pytest.raises(ParameterError, match=next(iter(values))):
        make_params(LearningParams, values)


def test_numbers_of_a_training_do_not_move_over_time():
    with pytest.raises(ParameterError):
        make_params(LearningParams, {"gamma": "0s:0.5, 2s:0.9"})
