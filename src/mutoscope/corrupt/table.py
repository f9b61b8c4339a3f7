"""The table of values that agents follow: learned, kept under the digest of what it came from, refined."""

import dataclasses
import functools
import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mutoscope.corrupt.grid import Grid
from mutoscope.corrupt.learning_params import LearningParams
from mutoscope.corrupt.q_learning import learn
from mutoscope.corrupt.value_iteration import improve, regret
from mutoscope.corrupt.world import Values, World, lay_world, no_values, values_of
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.cache import Cache

__all__ = ["Table", "running_mean", "train_table", "write_curve_csv"]

_VERSION = 1
"""Raised whenever the same inputs lead to another table."""
_REFINED = 1e-3
"""How exactly a refined frame is solved: a thousandth of the largest value there could be."""


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """What agents have learned of one picture.

    Attributes:
        q_mnA: float32; value of each action on each cell of the grid; 0 outside the picture.
        policy_mn: uint8; the first action of the greatest value; 0 outside the picture.
        returns: float32; discounted sum of rewards of each episode; empty where the table was solved or refined.
        key: digest of all that the table came from.

    """

    q_mnA: NDArray[np.float32]
    policy_mn: NDArray[np.uint8]
    returns: NDArray[np.float32]
    key: str
    world: World = dataclasses.field(repr=False)

    @functools.cached_property
    def regret(self) -> float:
        """How far the policy falls short on the rewards that it came from: 0 the best there is, 1 as good as chance."""
        ringed_mn = np.zeros((self.world.rows + 2, self.world.cols + 2), np.uint8)
        ringed_mn[1:-1, 1:-1] = self.policy_mn[: self.world.rows, : self.world.cols]
        return regret(self.world, ringed_mn.ravel())


def train_table(
    rewards_Amn: NDArray[np.float32],
    grid: Grid,
    p: LearningParams,
    seed: int,
    *,
    warm: Table | None = None,
    cache: Cache | None = None,
) -> Table:
    """Learn which action is best on each cell.

    Args:
        rewards_Amn: from `reward_planes`.
        grid: what they were made for.
        p: how to learn.
        seed: of the training's chance.
        warm: a table of the same grid and actions, whose picture was much like this one: it is refined. The rules of
            this world are known and only its rewards moved, so nothing needs to be explored again: each cell is
            renewed in turn, starting from the old values, till they fit. With `srinivas` the value of an action
            that was ever tried moves by what its reward moved: more episodes would change the policy of three of
            four cells, for it is not settled.
        cache: where the table is looked for, and kept.

    """
    key = _key(rewards_Amn, grid, p, seed, warm)
    world = lay_world(rewards_Amn, grid, p.gamma, p.exit_reward)
    if cache is not None and (found := cache.get(key)) is not None:
        table = _load(found, key, world)
        if table is not None:
            return table
    values, returns = _learned(world, p, seed, warm)
    made = _table(values, returns, key, world, grid)
    if cache is not None:
        cache.put(key, functools.partial(_save, made))
    return made


def running_mean(returns: NDArray[np.float32], window: int = 100) -> NDArray[np.float32]:
    """Average each return with those before it, `window` at most: the smooth line of a learning curve."""
    sums = np.concatenate([[0.0], np.cumsum(returns, dtype=np.float64)])
    ends = np.arange(1, len(returns) + 1)
    starts = np.maximum(ends - window, 0)
    means: NDArray[np.float32] = ((sums[ends] - sums[starts]) / (ends - starts)).astype(np.float32)
    return means


def write_curve_csv(returns: NDArray[np.float32], path: Path, *, window: int = 100, max_rows: int = 10_000) -> None:
    """Write a learning curve as episode,return,running_mean; of more than `max_rows` episodes every n-th."""
    means = running_mean(returns, window)
    step = max(1, -(-len(returns) // max_rows))
    lines = [f"{i + 1},{returns[i]:.6g},{means[i]:.6g}" for i in range(0, len(returns), step)]
    path.write_text("\n".join(["episode,return,running_mean", *lines, ""]), encoding="utf-8")


def _key(rewards_Amn: NDArray[np.float32], grid: Grid, p: LearningParams, seed: int, warm: Table | None) -> str:
    return Cache.key(
        "corrupt table",
        _VERSION,
        hashlib.sha256(np.ascontiguousarray(rewards_Amn).data).hexdigest(),
        rewards_Amn.shape,
        (grid.used_rows, grid.used_cols),
        p.model_dump(mode="json"),
        seed,
        None if warm is None else warm.key,
    )


def _learned(world: World, p: LearningParams, seed: int, warm: Table | None) -> tuple[Values, NDArray[np.float32]]:
    nothing = np.zeros(0, np.float32)
    if warm is not None:
        old_SA = _ringed(warm)
        if p.solver == "srinivas":
            moved_SA = np.where(old_SA != 0, old_SA + (world.rewards_SA - warm.world.rewards_SA), np.float32(0))
            return values_of(world, moved_SA), nothing
        return improve(world, old_SA.max(1).astype(np.float64), _REFINED), nothing
    if p.solver == "value_iteration":
        return improve(world), nothing
    schedule = p.schedule(len(world.inside_K), world.rewards_SA.shape[1])
    values = no_values(world)
    returns, _ = learn(world, values, schedule, seed)
    return values, returns


def _ringed(table: Table) -> NDArray[np.float32]:
    rows, cols, num_actions = table.world.rows, table.world.cols, table.q_mnA.shape[2]
    ringed_mnA = np.zeros((rows + 2, cols + 2, num_actions), np.float32)
    ringed_mnA[1:-1, 1:-1] = table.q_mnA[:rows, :cols]
    return ringed_mnA.reshape(-1, num_actions)


def _table(values: Values, returns: NDArray[np.float32], key: str, world: World, grid: Grid) -> Table:
    rows, cols, num_actions = world.rows, world.cols, values.q_SA.shape[1]
    q_mnA = np.zeros((grid.rows, grid.cols, num_actions), np.float32)
    q_mnA[:rows, :cols] = values.q_SA.reshape(rows + 2, cols + 2, num_actions)[1:-1, 1:-1]
    policy_mn = np.zeros((grid.rows, grid.cols), np.uint8)
    policy_mn[:rows, :cols] = values.policy_S.reshape(rows + 2, cols + 2)[1:-1, 1:-1]
    return Table(q_mnA, policy_mn, returns, key, world)


def _save(table: Table, path: Path) -> None:
    arrays = {"q": table.q_mnA, "policy": table.policy_mn, "returns": table.returns}
    save_tensors({name: torch.from_numpy(array) for name, array in arrays.items()}, path)


def _load(path: Path, key: str, world: World) -> Table | None:
    """Read a table; None where another process removed the file. Its bytes are whole: the cache has looked."""
    try:
        arrays = {name: tensor.numpy() for name, tensor in load_tensors(path).items()}
    except OSError:
        return None
    return Table(arrays["q"], arrays["policy"], arrays["returns"], key, world)
