"""Q-learning on grids: beside the same loop in NumPy, beside the exact solution, beside the seed's schedule.

Rewards come from class activation maps of photographs and of frames of the bundled clip. Everything runs in one thread;
times are the least of several runs, by the wall clock.
"""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from common import CLIP, DATA, keep, table

from mutoscope.corrupt.grid import Grid, lay_grid
from mutoscope.corrupt.learning_params import LearningParams, Schedule
from mutoscope.corrupt.q_learning import learn
from mutoscope.corrupt.rewards import reward_planes
from mutoscope.corrupt.table import Table, train_table
from mutoscope.corrupt.value_iteration import optimal_values
from mutoscope.corrupt.world import World, lay_world, no_values
from mutoscope.effects.subject_prior import class_activation
from mutoscope.models.backbones import load_backbone
from mutoscope.models.efficientnet_lite import EfficientNetLite0
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.video.read import open_video, read_picture

T = TypeVar("T")

PHOTOGRAPHS = ("cat", "eiffel-tower", "scarlet-macaw")
GRIDS = (((20, 10), 10_000), ((40, 20), 100_000), ((200, 100), 10_000))
"""Sizes of the seed's layers, and the episodes that it gave them."""
NOISES = [(0.0, 0.1)] * 4
EVERY, FRAMES = 5, 6
LOOP_STEPS = 60_000


def numpy_loop(world: World, schedule: Schedule, seed: int) -> int:
    """The textbook's loop over the same world, one step at a time; gives the number of steps."""
    chance = random.Random(seed)
    q_SA = np.zeros_like(world.rewards_SA)
    inside_S = np.zeros(len(q_SA), bool)
    inside_S[world.inside_K] = True
    offsets = (-(world.cols + 2), world.cols + 2, -1, 1)
    num_actions, num_steps = q_SA.shape[1], 0
    while num_steps < LOOP_STEPS:
        s = int(world.inside_K[chance.randrange(len(world.inside_K))])
        for _ in range(schedule.max_steps):
            explores = chance.random() < schedule.epsilon_start
            a = chance.randrange(num_actions) if explores else int(np.argmax(q_SA[s]))
            after = s + offsets[a % 4]
            target = world.rewards_SA[s, a] + world.gamma * np.max(q_SA[after])
            q_SA[s, a] += schedule.alpha * (target - q_SA[s, a])
            num_steps += 1
            if not inside_S[after]:
                break
            s = after
    return num_steps


def least_s(work: Callable[[], T], runs: int = 5) -> tuple[T, float]:
    least = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        made = work()
        least = min(least, time.perf_counter() - start)
    return made, least


def attention(x_1CHW: torch.Tensor) -> np.ndarray:
    network = load_backbone("efficientnet_lite0")
    assert isinstance(network, EfficientNetLite0)
    map_11HW = class_activation(network, x_1CHW)
    return resize(map_11HW, *fit_long_side(*map_11HW.shape[2:], 64))[0, 0].numpy()


def photograph(name: str) -> tuple[np.ndarray, tuple[int, int]]:
    x_1CHW = read_picture(DATA / "photographs" / f"{name}.jpg").pixels_TCHW
    return attention(x_1CHW), (x_1CHW.shape[2] * 4, x_1CHW.shape[3] * 4)


def clip_maps() -> tuple[list[np.ndarray], tuple[int, int]]:
    maps, size = [], (0, 0)
    with open_video(CLIP) as film:
        frames = (x_1CHW for clip in film for x_1CHW in clip.pixels_TCHW.split(1))
        for number, x_1CHW in enumerate(frames):
            if number % EVERY == 0 and len(maps) < FRAMES:
                maps.append(attention(x_1CHW))
                size = (x_1CHW.shape[2] * 4, x_1CHW.shape[3] * 4)
    return maps, size


def grid_of(size_HW: tuple[int, int], rows_cols: tuple[int, int]) -> Grid:
    return lay_grid(size_HW, rows_cols, turn=True, fit="pad")


def speed(rewards_Amn: np.ndarray, grid: Grid) -> dict[str, float]:
    world = lay_world(rewards_Amn, grid, 0.9, 1.0)
    schedule = LearningParams(solver="srinivas", iterations=1).schedule(len(world.inside_K), 16)
    num_loop, loop_s = least_s(lambda: numpy_loop(world, schedule, 1), 3)
    many = replace(schedule, iterations=20_000)
    learn(world, no_values(world), schedule, 1)
    num_ours, ours_s = least_s(lambda: learn(world, no_values(world), many, 1)[1])
    loop, ours = num_loop / loop_s / 1e6, num_ours / ours_s / 1e6
    return {"NumPy, M steps/s": loop, "ours, M steps/s": ours, "times as fast (>= 50)": ours / loop}


def solved() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for name in PHOTOGRAPHS:
        map_HW, size_HW = photograph(name)
        for rows_cols, episodes in GRIDS:
            grid = grid_of(size_HW, rows_cols)
            rewards_Amn = reward_planes(map_HW, grid, NOISES, 1, LearningParams())
            for gamma in (0.9, 0.99):
                row: list[object] = [name, f"{rows_cols[0]}x{rows_cols[1]}", gamma]
                authors = LearningParams(solver="srinivas", iterations=episodes, gamma=gamma)
                budget = LearningParams(iterations=episodes, gamma=gamma)
                exact = LearningParams(solver="value_iteration", gamma=gamma)
                for p in (authors, budget, LearningParams(gamma=gamma), exact):
                    made, took_s = least_s(lambda p=p, r=rewards_Amn, g=grid: train_table(r, g, p, 1), 3)
                    row += [took_s * 1000, f"{made.regret:.4f}"]
                rows.append(tuple(row))
    return rows


def warm() -> list[tuple[object, ...]]:
    maps, size_HW = clip_maps()
    rows: list[tuple[object, ...]] = []
    for rows_cols, _ in GRIDS:
        grid = grid_of(size_HW, rows_cols)
        for gamma in (0.9, 0.99):
            p = LearningParams(gamma=gamma)
            shot = train_table(reward_planes(maps[0], grid, NOISES, 1, p), grid, p, 1)
            planes_s, took_s, found, stale, kept = [], [], [], [], []
            for map_HW in maps[1:]:
                rewards_Amn, took = least_s(lambda m=map_HW, g=grid, p=p: reward_planes(m, g, NOISES, 1, p))
                planes_s.append(took)
                made, took = least_s(lambda r=rewards_Amn, g=grid, p=p, s=shot: train_table(r, g, p, 1, warm=s))
                took_s.append(took)
                found.append(made.regret)
                stale.append(Table(shot.q_mnA, shot.policy_mn, shot.returns, "", made.world).regret)
                kept.append(float((made.policy_mn == shot.policy_mn).mean()))
            rows.append(
                (
                    f"{rows_cols[0]}x{rows_cols[1]}",
                    gamma,
                    max(planes_s) * 1000,
                    max(took_s) * 1000,
                    f"{max(found):.5f}",
                    f"{max(stale):.4f}",
                    min(kept),
                )
            )
    return rows


def main() -> None:
    torch.set_num_threads(1)
    map_HW, size_HW = photograph(PHOTOGRAPHS[0])
    grid = grid_of(size_HW, (200, 100))
    rewards_Amn = reward_planes(map_HW, grid, NOISES, 1, LearningParams())
    measured = speed(rewards_Amn, grid)
    world = lay_world(rewards_Amn, grid, 0.9, 1.0)
    _, measured["exact solution, ms"] = (
        x * 1000 if i else x for i, x in enumerate(least_s(lambda: optimal_values(world)))
    )
    table("Speed, (200, 100) x 16, one thread", ("what", "number"), list(measured.items()))
    head = (
        "map",
        "grid",
        "gamma",
        "seed's ms",
        "regret",
        "its episodes ms",
        "regret",
        "ours ms",
        "regret",
        "exact ms",
        "regret",
    )
    solutions = solved()
    table(
        "Solved: 16 actions; the seed's schedule, ours with the seed's episodes, ours, value iteration", head, solutions
    )
    refined = warm()
    head = ("grid", "gamma", "rewards ms", "refine ms (<= 50)", "regret", "regret if kept", "same action")
    table(
        f"A frame {EVERY} to {EVERY * (FRAMES - 1)} frames on, from the shot's table; the worst of them", head, refined
    )
    keep("q_learning", {"speed": measured, "solved": solutions, "refined": refined})


if __name__ == "__main__":
    main()
