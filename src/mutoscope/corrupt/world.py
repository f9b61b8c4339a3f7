"""The world that agents learn in, laid out for fast loops: cells of the picture with a ring of ends around them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mutoscope.corrupt.grid import Grid
from mutoscope.corrupt.jit import kernel

__all__ = ["OUTSIDE", "Values", "World", "lay_world", "no_values", "values_of"]

OUTSIDE = 255
"""The policy of a cell of the ring: there is nothing to do there any more."""


class World(NamedTuple):
    """What pays, and where it leads.

    The cell in a row and a column of the picture has the number s = (row + 1) * (cols + 2) + col + 1; up, down, left
    and right are s - cols - 2, s + cols + 2, s - 1, s + 1. Who steps on a cell of the ring has left the picture.

    Attributes:
        rewards_SA: float32; what action a pays on cell s, the exit reward included where it leaves the picture. All
            actions of a cell lie beside each other, so that a step touches one line of the processor's cache.
        inside_K: int64; the cells of the picture, row by row.
        rows: of the picture.
        cols: of the picture.
        gamma: discount of the next step.

    """

    rewards_SA: NDArray[np.float32]
    inside_K: NDArray[np.int64]
    rows: int
    cols: int
    gamma: float


class Values(NamedTuple):
    """What was learned; loops change it in place.

    Attributes:
        q_SA: float32; value of each action.
        best_S: float32; greatest value of a cell, 0 in the ring.
        policy_S: uint8; the first action of that value, OUTSIDE in the ring.

    """

    q_SA: NDArray[np.float32]
    best_S: NDArray[np.float32]
    policy_S: NDArray[np.uint8]


def lay_world(rewards_Amn: NDArray[np.float32], grid: Grid, gamma: float, exit_reward: float) -> World:
    """Lay out the rewards of a grid; padding is left away, for nobody walks there: stepping on it is leaving."""
    rows, cols = grid.used_rows, grid.used_cols
    ringed_mnA = np.zeros((rows + 2, cols + 2, len(rewards_Amn)), np.float32)
    used_mnA = ringed_mnA[1:-1, 1:-1]
    used_mnA[:] = rewards_Amn[:, :rows, :cols].transpose(1, 2, 0)
    for edge, direction in ((used_mnA[0], 0), (used_mnA[-1], 1), (used_mnA[:, 0], 2), (used_mnA[:, -1], 3)):
        edge[:, direction::4] += np.float32(exit_reward)
    numbers_mn = np.arange((rows + 2) * (cols + 2)).reshape(rows + 2, cols + 2)
    inside_K = np.ascontiguousarray(numbers_mn[1:-1, 1:-1]).ravel()
    return World(ringed_mnA.reshape(-1, len(rewards_Amn)), inside_K, rows, cols, gamma)


def no_values(world: World) -> Values:
    """Start without knowledge. Zeros: steps pay less, so whatever was not tried yet looks best and is tried."""
    return values_of(world, np.zeros_like(world.rewards_SA))


def values_of(world: World, q_SA: NDArray[np.float32]) -> Values:
    """Choose the greatest value of each cell, and the first action that has it."""
    best_S = np.zeros(len(q_SA), np.float32)
    policy_S = np.full(len(q_SA), OUTSIDE, np.uint8)
    _choose(q_SA, world.inside_K, best_S, policy_S)
    return Values(q_SA, best_S, policy_S)


@kernel
def _choose(
    q_SA: NDArray[np.float32], inside_K: NDArray[np.int64], best_S: NDArray[np.float32], policy_S: NDArray[np.uint8]
) -> None:
    for s in inside_K:
        at = 0
        for a in range(1, q_SA.shape[1]):
            if q_SA[s, a] > q_SA[s, at]:
                at = a
        best_S[s] = q_SA[s, at]
        policy_S[s] = at
