"""Agents on the grid: where they are born, how long they live, what they leave behind."""

import numpy as np
import pytest

from mutoscope.corrupt.agents import NOBODY, Agents, bear, trace, walk
from mutoscope.corrupt.cover import Cover, mark_wanted, pack, settle, unpack
from mutoscope.corrupt.grid import lay_grid
from mutoscope.corrupt.manipulations import FLAT, NOTHING

UP, DOWN, LEFT, RIGHT = range(4)
SEED = np.uint64(7)


def one(cell, shape=(5, 7)):
    return Agents(np.array([cell], np.int32), np.zeros(1, np.int32), np.zeros((1, 3), np.float32))


def visited(visits):
    return {(int(m), int(n)) for m, n in np.argwhere(visits.agent_mn != NOBODY)}


@pytest.mark.parametrize(
    ("direction", "cells"),
    [
        (UP, {(2, 3), (1, 3), (0, 3)}),
        (DOWN, {(2, 3), (3, 3), (4, 3)}),
        (LEFT, {(2, 3), (2, 2), (2, 1)}),
        (RIGHT, {(2, 3), (2, 4), (2, 5)}),
    ],
)
def test_an_agent_covers_its_cell_and_moves_on(direction, cells):
    visits = walk(one(2 * 7 + 3), np.full((5, 7), direction, np.uint8), 3, 20, 0.0, 4, SEED)

    assert visited(visits) == cells


def test_an_agent_takes_exactly_as_many_steps_as_its_lifespan():
    agents, policy_mn = one(0), np.full((1, 50), RIGHT, np.uint8)

    lived = sum(bool(visited(walk(agents, policy_mn, 1, 20, 0.0, 4, SEED))) for _ in range(40))

    assert lived == 20
    assert agents.cell_N[0] == NOBODY


def test_an_agent_that_leaves_the_picture_is_dead():
    agents = one(1)

    assert visited(walk(agents, np.full((1, 3), LEFT, np.uint8), 9, 20, 0.0, 4, SEED)) == {(0, 1), (0, 0)}
    assert visited(walk(agents, np.full((1, 3), RIGHT, np.uint8), 9, 20, 0.0, 4, SEED)) == set()


def test_the_last_one_on_a_cell_wins():
    both = Agents(np.array([2, 1], np.int32), np.zeros(2, np.int32), np.zeros((2, 3), np.float32))

    visits = walk(both, np.full((1, 6), RIGHT, np.uint8), 2, 20, 0.0, 4, SEED)

    assert visits.agent_mn[0].tolist() == [NOBODY, 1, 1, 0, NOBODY, NOBODY]


def test_chance_at_play_takes_about_its_share_of_steps():
    agents = bear(5000, np.ones((50, 50), np.bool_), SEED)
    visits = walk(agents, np.zeros((50, 50), np.uint8), 1, 20, 0.3, 8, SEED)

    other = (visits.manipulation_mn == 1).sum() / (visits.manipulation_mn != NOBODY).sum()

    assert 0.12 < other < 0.18  # half of the random actions are the other manipulation


def test_agents_are_born_on_open_cells_only_each_as_likely():
    open_mn = np.zeros((10, 10), np.bool_)
    open_mn[:, 4:] = True

    born = bear(10_000, open_mn, SEED)

    per_cell = np.bincount(born.cell_N, minlength=100).reshape(10, 10)
    assert per_cell[:, :4].sum() == 0
    assert per_cell[:, 4:].min() > 60
    assert per_cell[:, 4:].max() < 150


def test_the_colour_of_birth_is_dragged_along_and_other_manipulations_do_not_change_it():
    grid = lay_grid((10, 60), (2, 12), turn=False, fit="stretch")
    policy_mn = np.full((2, 12), RIGHT, np.uint8)
    policy_mn[0, 2] = 4 + RIGHT  # inverts there
    agents, cover = one(0), Cover.bare(grid)
    mean_mnC = np.random.default_rng(0).random((2, 12, 3), dtype=np.float32)
    agents.colour_N3 = mean_mnC[0, :1]

    visits = walk(agents, policy_mn, 5, 20, 0.0, 8, SEED)
    settle(visits, ["pixelate", "invert"], agents.colour_N3, mean_mnC, cover, 0, SEED)

    for n in (0, 1, 3, 4):
        assert (cover.colour_mnC[0, n] == mean_mnC[0, 0]).all()
    assert np.allclose(cover.colour_mnC[0, 2], np.abs(mean_mnC[0, 2] * 255 - 255) / 255)
    assert cover.kind_mn[0].tolist() == [FLAT] * 5 + [NOTHING] * 7


def test_means_are_wanted_where_agents_are_born_and_where_they_invert():
    policy_mn = np.full((3, 4), RIGHT, np.uint8)
    policy_mn[1, 2] = 4 + RIGHT
    agents = one(4)

    visits = walk(agents, policy_mn, 9, 20, 0.0, 8, SEED)

    assert np.argwhere(mark_wanted(visits, 1, np.array([4]))).tolist() == [[1, 0], [1, 2]]
    assert np.argwhere(mark_wanted(visits, -1, np.array([4]))).tolist() == [[1, 0]]


def test_a_cover_fades_after_its_frames():
    grid = lay_grid((10, 60), (2, 12), turn=False, fit="stretch")
    cover = Cover.bare(grid)
    cover.kind_mn[0, 0], cover.since_mn[0, 0] = FLAT, 3

    lies = []
    for now in range(4, 9):
        cover.fade(now, 4)
        lies.append(bool(cover.kind_mn[0, 0]))

    assert lies == [True, True, True, False, False]


def test_what_is_packed_comes_back():
    grid = lay_grid((17, 23), (4, 5), turn=False, fit="stretch")
    agents, cover = bear(9, np.ones((4, 5), np.bool_), SEED), Cover.bare(grid)
    cover.kind_mn[1, 2] = FLAT

    again, covered = unpack(pack(agents, cover))

    assert again.cell_N.tolist() == agents.cell_N.tolist()
    assert (covered.kind_mn == cover.kind_mn).all()


def test_a_path_is_what_an_agent_without_chance_would_cover():
    policy_mn = np.full((5, 7), RIGHT, np.uint8)
    policy_mn[2, 5] = UP

    assert trace(2 * 7 + 3, policy_mn, 20) == [(2, 3), (2, 4), (2, 5), (1, 5), (1, 6)]
    assert len(trace(2 * 7 + 3, policy_mn, 2)) == 2
