"""The oracle: what the best agent would get, what a given one gets, and what pure chance gets."""

import numpy as np
from numpy.typing import NDArray

from mutoscope.corrupt.jit import kernel
from mutoscope.corrupt.world import Values, World, values_of

__all__ = ["improve", "optimal_values", "policy_values", "random_values", "regret"]

TOLERANCE = 1e-8
"""How near the oracle comes to the truth, as a share of the largest value there could be."""


def optimal_values(
    world: World, start_S: NDArray[np.float64] | None = None, tolerance: float = TOLERANCE
) -> NDArray[np.float64]:
    """Find the value of each cell for who acts best, by value iteration (Bellman 1957).

    Cells are looked at in four orders in turn, with new values used at once, so that good news crosses the grid in
    one go (fast sweeping: Zhao 2005).

    Args:
        world: what pays.
        start_S: values to start from; they change how long it takes and nothing else.
        tolerance: largest error, as a share of the largest value there could be, max |r| / (1 - gamma).

    Returns:
        float64; 0 in the ring.

    """
    values_S = np.zeros(len(world.rewards_SA)) if start_S is None else start_S.astype(np.float64)
    best_S4 = _best_by_direction(world.rewards_SA)
    _sweep(best_S4, values_S, world.rows, world.cols, world.gamma, *_stopping(world, tolerance), False)
    return values_S


def random_values(world: World, tolerance: float = 1e-6) -> NDArray[np.float64]:
    """Find the value of each cell for who takes any action with the same chance; float64, 0 in the ring."""
    values_S = np.zeros(len(world.rewards_SA))
    mean_S = world.rewards_SA.mean(1, dtype=np.float64)
    mean_S4 = np.repeat(mean_S[:, None], 4, 1)
    _sweep(mean_S4, values_S, world.rows, world.cols, world.gamma, *_stopping(world, tolerance), True)
    return values_S


def policy_values(world: World, policy_S: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Find the value of each cell for who follows a policy: exactly, since each cell leads to one other.

    Returns:
        float64; 0 in the ring.

    """
    chosen_S = np.zeros(len(policy_S))
    chosen_S[world.inside_K] = world.rewards_SA[world.inside_K, policy_S[world.inside_K]]
    return _follow(chosen_S, policy_S, world.inside_K, world.cols, world.gamma)


def regret(world: World, policy_S: NDArray[np.uint8]) -> float:
    """Say how far a policy falls short: 0 as good as the best one, 1 as good as chance.

    (J* - J_policy) / (J* - J_random), where J is the mean value over all cells of the picture.
    """
    best = optimal_values(world)[world.inside_K].mean()
    chance = random_values(world)[world.inside_K].mean()
    own = policy_values(world, policy_S)[world.inside_K].mean()
    # Where chance is as good as the best, every policy is.
    return float((best - own) / (best - chance)) if best - chance > 1e-6 * max(1.0, abs(best)) else 0.0


def improve(world: World, start_S: NDArray[np.float64] | None = None, tolerance: float = TOLERANCE) -> Values:
    """Solve a world by value iteration, and give the value of each action: r(s, a) + gamma * V(s')."""
    values_S = optimal_values(world, start_S, tolerance)
    return values_of(world, _action_values(world.rewards_SA, values_S, world.inside_K, world.cols, world.gamma))


def _stopping(world: World, tolerance: float) -> tuple[float, int]:
    """Give the change at which to stop, and the number of sweeps after which it must have come so far.

    A sweep brings values nearer by gamma at least, so a change of d leaves an error of gamma / (1 - gamma) d at most.
    """
    largest = float(np.abs(world.rewards_SA).max())
    enough = int(np.log(tolerance * (1 - world.gamma)) / np.log(max(world.gamma, 1e-3))) + 8
    return tolerance * largest, enough


@kernel
def _best_by_direction(rewards_SA: NDArray[np.float32]) -> NDArray[np.float64]:
    """Take the best manipulation for each way to go: only the direction says where an action leads."""
    best_S4 = np.empty((len(rewards_SA), 4))
    for s in range(len(rewards_SA)):
        for way in range(4):
            best = rewards_SA[s, way]
            for a in range(way + 4, rewards_SA.shape[1], 4):
                best = max(best, rewards_SA[s, a])
            best_S4[s, way] = best
    return best_S4


@kernel
def _sweep(
    rewards_S4: NDArray[np.float64],
    values_S: NDArray[np.float64],
    rows: int,
    cols: int,
    gamma: float,
    stop: float,
    max_sweeps: int,
    mean: bool,
) -> int:
    """Renew the values of all cells, sweep by sweep, till none changes by more than `stop` over four orders."""
    wide = cols + 2
    largest = 0.0
    for number in range(max_sweeps):
        for i in range(rows):
            row = i if number % 2 == 0 else rows - 1 - i
            for j in range(cols):
                col = j if number % 4 < 2 else cols - 1 - j
                s = (row + 1) * wide + col + 1
                up = rewards_S4[s, 0] + gamma * values_S[s - wide]
                down = rewards_S4[s, 1] + gamma * values_S[s + wide]
                left = rewards_S4[s, 2] + gamma * values_S[s - 1]
                right = rewards_S4[s, 3] + gamma * values_S[s + 1]
                value = 0.25 * (up + down + left + right) if mean else max(up, down, left, right)
                largest = max(largest, abs(value - values_S[s]))
                values_S[s] = value
        if number % 4 == 3:
            if largest <= stop:
                return number + 1
            largest = 0.0
    return max_sweeps


@kernel
def _follow(
    chosen_S: NDArray[np.float64], policy_S: NDArray[np.uint8], inside_K: NDArray[np.int64], cols: int, gamma: float
) -> NDArray[np.float64]:
    """Sum up what each cell's walk pays. A walk ends in the ring, on a known cell, or closes on itself."""
    offsets = np.array([-(cols + 2), cols + 2, -1, 1])
    values_S = np.zeros(len(chosen_S))
    walk_of_S = np.full(len(chosen_S), -1)
    walk_of_S[inside_K] = 0  # not met yet; walks are numbered from 1, -1 is known
    path = np.empty(len(inside_K), np.int64)
    for number in range(len(inside_K)):
        length = 0
        s = inside_K[number]
        while walk_of_S[s] == 0:
            walk_of_S[s] = number + 1
            path[length] = s
            length += 1
            s += offsets[policy_S[s] & 3]
        if walk_of_S[s] == number + 1:  # a circle: once around, then for ever
            once, worth = 0.0, 1.0
            around = s
            while True:
                once += worth * chosen_S[around]
                worth *= gamma
                around += offsets[policy_S[around] & 3]
                if around == s:
                    break
            values_S[s] = once / (1 - worth)
        for back in range(length - 1, -1, -1):
            at = path[back]
            values_S[at] = chosen_S[at] + gamma * values_S[at + offsets[policy_S[at] & 3]]
            walk_of_S[at] = -1
    return values_S


@kernel
def _action_values(
    rewards_SA: NDArray[np.float32], values_S: NDArray[np.float64], inside_K: NDArray[np.int64], cols: int, gamma: float
) -> NDArray[np.float32]:
    offsets = np.array([-(cols + 2), cols + 2, -1, 1])
    q_SA = np.zeros_like(rewards_SA)
    for s in inside_K:
        for a in range(rewards_SA.shape[1]):
            q_SA[s, a] = rewards_SA[s, a] + gamma * values_S[s + offsets[a & 3]]
    return q_SA
