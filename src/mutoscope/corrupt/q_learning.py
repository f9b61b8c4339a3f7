"""Q-learning on a grid, tabular and plain, as machine code."""

import numpy as np
from numpy.typing import NDArray

from mutoscope.corrupt.jit import kernel
from mutoscope.corrupt.learning_params import Schedule
from mutoscope.corrupt.world import OUTSIDE, Values, World

__all__ = ["learn"]

_EPISODES_AT_ONCE, _STEPS_AT_ONCE = 100_000, 20_000_000
"""Machine code cannot be stopped by a key; between two stretches of it a run can."""
_OUTSIDE = np.uint8(OUTSIDE)
_WEYL = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_BITS_27, _BITS_30, _BITS_31, _BITS_32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_ONE = 2.0**32


def learn(world: World, values: Values, schedule: Schedule, seed: int) -> tuple[NDArray[np.float32], int]:
    """Learn from episodes, each a walk that ends where it leaves the picture (Watkins 1989; the seed's Fig. 5).

    Args:
        world: what pays.
        values: what is known; changed.
        schedule: how many episodes, how long, how much chance.
        seed: of all chance. Each episode has a stream of its own.

    Returns:
        the discounted sum of rewards of each episode, float32. (The seed's Fig. 6 starts at -5.3, which is what a
        wandering agent gets at gamma 0.9; a plain sum would grow with the length of the walk.) And the number of steps.

    """
    starts_K = world.inside_K if schedule.starts == "random" else world.inside_K[:1]
    returns_E = np.empty(schedule.iterations, np.float32)
    falling = max(1.0, schedule.epsilon_share * schedule.iterations)
    num_steps = 0
    # A second of work at most: between two stretches Ctrl-C is heard.
    at_once = max(1, min(_EPISODES_AT_ONCE, _STEPS_AT_ONCE // schedule.max_steps))
    for first in range(0, schedule.iterations, at_once):
        stretch_E = returns_E[first : first + at_once]
        num_steps += _walk(
            world.rewards_SA,
            *values,
            world.cols,
            starts_K,
            stretch_E,
            np.uint64(seed % 2**64),
            first,
            schedule.max_steps,
            np.float32(schedule.alpha),
            np.float32(world.gamma),
            schedule.epsilon_start,
            schedule.epsilon_end,
            falling,
        )
    return returns_E, num_steps


@kernel
def _mixed(bits: np.uint64) -> np.uint64:
    """Turn a counter into 64 random bits (splitmix64: Steele, Lea and Flood 2014)."""
    bits = (bits ^ (bits >> _BITS_30)) * _MIX_1
    bits = (bits ^ (bits >> _BITS_27)) * _MIX_2
    return bits ^ (bits >> _BITS_31)


@kernel
def _walk(
    rewards_SA: NDArray[np.float32],
    q_SA: NDArray[np.float32],
    best_S: NDArray[np.float32],
    policy_S: NDArray[np.uint8],
    cols: int,
    starts_K: NDArray[np.int64],
    returns_E: NDArray[np.float32],
    seed: np.uint64,
    first: int,
    max_steps: int,
    alpha: np.float32,
    gamma: np.float32,
    epsilon_start: float,
    epsilon_end: float,
    falling: float,
) -> int:
    """Walk episodes `first` and on; give the number of steps. One loop, since a call per step would cost as much.

    The best action of a cell is kept beside its values, so that a step need not look at all of them.
    """
    num_actions = q_SA.shape[1]
    offsets = np.array([-(cols + 2), cols + 2, -1, 1])
    own = _mixed(seed + _WEYL)
    num_steps = 0
    for episode in range(len(returns_E)):
        share = min(1.0, (first + episode) / falling)
        threshold = np.uint64((epsilon_start + (epsilon_end - epsilon_start) * share) * _ONE)
        chance = _mixed(own + _WEYL * np.uint64(first + episode + 1))
        s = starts_K[np.int64(((_mixed(chance) >> _BITS_32) * np.uint64(len(starts_K))) >> _BITS_32)]
        total = 0.0
        worth = 1.0
        for _ in range(max_steps):
            a = np.int64(policy_S[s])
            if threshold > 0:
                chance += _WEYL
                bits = _mixed(chance)
                if (bits & _LOW_HALF) < threshold:
                    a = np.int64(((bits >> _BITS_32) * np.uint64(num_actions)) >> _BITS_32)
            after = s + offsets[a & 3]
            reward = rewards_SA[s, a]
            value = q_SA[s, a]
            value += alpha * (reward + gamma * best_S[after] - value)
            q_SA[s, a] = value
            if a != policy_S[s]:
                if value > best_S[s] or (value == best_S[s] and a < policy_S[s]):
                    best_S[s] = value
                    policy_S[s] = a
            elif value > best_S[s]:
                best_S[s] = value
            else:  # the best one fell: another may be better now
                at = 0
                top = q_SA[s, 0]
                for other in range(1, num_actions):
                    if q_SA[s, other] > top:
                        at = other
                        top = q_SA[s, other]
                best_S[s] = top
                policy_S[s] = at
            total += worth * float(reward)
            worth *= float(gamma)
            num_steps += 1
            if policy_S[after] == _OUTSIDE:
                break
            s = after
        returns_E[episode] = total
    return num_steps
