"""Agents on the grid: born by chance, led by a table, each covering the cell it stands on and moving to the next.

Everything here is about cells; pixels are read and painted once a frame, for all agents together.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.chance import share
from mutoscope.corrupt.jit import kernel

__all__ = ["NOBODY", "Agents", "Visits", "bear", "trace", "walk"]

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

NOBODY = -1
"""The cell of an agent that is dead."""

_DIRECTIONS = 4
_PER_AGENT = 1 << 20
"""More steps than an agent ever takes, so that each step of each agent has a chance of its own."""


@dataclass
class Agents:
    """All agents of a layer.

    Attributes:
        cell_N: int32, row * used_cols + col; -1 once dead.
        age_N: int32, steps taken.
        colour_N3: float32, what it carries: the mean of the block that it was born on.

    """

    cell_N: Ints
    age_N: Ints
    colour_N3: Floats

    @classmethod
    def nobody(cls) -> "Agents":
        """Give no agents."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 3), np.float32))


@dataclass
class Visits:
    """What happened to the cells in one frame; the last visit counts.

    Attributes:
        manipulation_mn: int32, number of the manipulation; -1: not visited.
        agent_mn: int32, who came.

    """

    manipulation_mn: Ints
    agent_mn: Ints


def bear(count: int, open_mn: Bools, seed: np.uint64) -> Agents:
    """Throw agents on the grid, where each cell is as likely; those that fall on a closed cell are not born.

    Args:
        count: how many are thrown.
        open_mn: where they may live.
        seed: of the frame.

    Returns:
        agents without colour.

    """
    cell_N = np.empty(count, np.int32)
    _throw(cell_N, open_mn.ravel(), seed)
    cell_N = cell_N[cell_N != NOBODY]
    return Agents(cell_N, np.zeros(len(cell_N), np.int32), np.zeros((len(cell_N), 3), np.float32))


def walk(
    agents: Agents, policy_mn: Bytes, steps: int, lifespan: int, epsilon: float, num_actions: int, seed: np.uint64
) -> Visits:
    """Let all agents take some steps, in turn, each covering its cell before it moves on.

    Args:
        agents: they are moved, aged and buried.
        policy_mn: the action of each cell of the picture: manipulation * 4 + direction (up, down, left, right).
        steps: of each agent.
        lifespan: steps after which an agent dies.
        epsilon: share of steps taken at random instead.
        num_actions: four for each manipulation.
        seed: of the frame.

    """
    visits = Visits(np.full(policy_mn.shape, NOBODY, np.int32), np.full(policy_mn.shape, NOBODY, np.int32))
    _walk(
        agents.cell_N,
        agents.age_N,
        policy_mn,
        steps,
        lifespan,
        epsilon,
        num_actions,
        seed,
        visits.manipulation_mn,
        visits.agent_mn,
    )
    return visits


@kernel
def _throw(cell_N: Ints, open_S: Bools, seed: np.uint64) -> None:
    for i in range(cell_N.shape[0]):
        cell = int(share(seed, i) * open_S.shape[0])
        cell_N[i] = cell if open_S[cell] else NOBODY


@kernel
def _walk(
    cell_N: Ints,
    age_N: Ints,
    policy_mn: Bytes,
    steps: int,
    lifespan: int,
    epsilon: float,
    num_actions: int,
    seed: np.uint64,
    manipulation_mn: Ints,
    agent_mn: Ints,
) -> None:
    rows, cols = policy_mn.shape
    for _ in range(steps):
        for i in range(cell_N.shape[0]):
            if cell_N[i] == NOBODY:
                continue
            row, col = cell_N[i] // cols, cell_N[i] % cols
            action = np.int64(policy_mn[row, col])
            if epsilon > 0:
                number = i * _PER_AGENT + 2 * age_N[i]
                if share(seed, number) < epsilon:
                    action = np.int64(share(seed, number + 1) * num_actions)
            manipulation_mn[row, col] = action // _DIRECTIONS
            agent_mn[row, col] = i
            direction = action % _DIRECTIONS
            row += (direction == 1) - (direction == 0)
            col += (direction == 3) - (direction == 2)  # up, down, left, right
            age_N[i] += 1
            inside = 0 <= row < rows and 0 <= col < cols
            cell_N[i] = row * cols + col if inside and age_N[i] < lifespan else NOBODY


def trace(cell: int, policy_mn: Bytes, lifespan: int) -> list[tuple[int, int]]:
    """Follow the table from a cell; give rows and columns of the cells that an agent without chance would cover."""
    one = Agents(np.array([cell], np.int32), np.zeros(1, np.int32), np.zeros((1, 3), np.float32))
    cols, path = policy_mn.shape[1], []
    while (here := int(one.cell_N[0])) != NOBODY:
        path.append(divmod(here, cols))
        walk(one, policy_mn, 1, lifespan, 0.0, _DIRECTIONS, np.uint64(0))
    return path
