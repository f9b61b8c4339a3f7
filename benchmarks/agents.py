"""Agents at 1080p: three layers of the source's sizes, maps and tables given, beside the same film painted naively."""

import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from common import keep, photograph, table

from mutoscope.core.clip import Clip
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.play import AgentsEffect
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.attention_value import FilmMaps
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context

HEIGHT, WIDTH, FRAMES, SEGMENT = 1080, 1920, 60, 4
GOAL_FPS = 60
SRINIVAS = {"solver": "srinivas", "starts": "corner", "play_epsilon": 0.05}
CASES = {
    "srinivas-1, from the first frame to the last": [
        {"size": (20, 10), "iterations": 10_000, "agents": 200, **SRINIVAS},
        {"size": (40, 20), "iterations": 100_000, "agents": 800, "preserve": True, "repeat": False, **SRINIVAS},
        {"size": (200, 100), "iterations": 10_000, "agents": 20_000, "preserve": True, "repeat": False, **SRINIVAS},
    ],
    "the same, all of them born anew on each frame": [
        {"size": (20, 10), "agents": 200, "preserve": True},
        {"size": (40, 20), "agents": 800, "preserve": True},
        {"size": (200, 100), "agents": 20_000, "preserve": True},
    ],
    "drift": None,
}


def film() -> list[Clip]:
    """A photograph that moves a pixel a frame."""
    ground_3HW = photograph(HEIGHT, WIDTH + FRAMES)[0]
    frames = torch.stack([ground_3HW[:, :, n : n + WIDTH] for n in range(FRAMES)])
    whole = Clip(frames, tuple(range(FRAMES)), Fraction(1, 30))
    return [whole[n : n + SEGMENT] for n in range(0, FRAMES, SEGMENT)]


def side_of(params: AgentsParams) -> dict[str, FilmMaps]:
    """Attention on a spot that wanders, as the pass over a film would leave it."""
    y, x = np.mgrid[0:36, 0:64]
    maps = np.stack([np.exp(-(((x - 24 - t / 4) / 9) ** 2) - ((y - 18) / 8) ** 2) for t in range(FRAMES)])
    bytes_Thw = np.round(255 * maps).astype(np.uint8)
    starts, names = np.zeros(1, np.int64), np.array(["spot"])
    times, unit = np.arange(FRAMES, dtype=np.int64), np.array([1, 30], np.int64)
    return {analysis_name(params): FilmMaps(bytes_Thw, times, unit, starts, bytes_Thw[:1], names)}


def frames_per_second(params: AgentsParams, clips: list[Clip], threads: int) -> float:
    """Play the film three times, of which the first trains the tables; give the better one of the others."""
    torch.set_num_threads(threads)
    context = Context(side=side_of(params))
    took = []
    for _ in range(3):
        began = time.perf_counter()
        for _clip in AgentsEffect(params)(clips, context):
            pass
        took.append(time.perf_counter() - began)
    return FRAMES / min(took[1:])


def naive(clips: list[Clip], rows: int = 100, cols: int = 178) -> float:
    """Do one layer of 17,800 cells as one would write it first: a slice of the picture for each cell, in Python."""
    ys, xs = (np.linspace(0, side, parts + 1).round().astype(int) for side, parts in ((HEIGHT, rows), (WIDTH, cols)))
    began = time.perf_counter()
    x_3HW = clips[0].pixels_TCHW[0].numpy().copy()
    for top, bottom in pairwise(ys):
        for left, right in pairwise(xs):
            cell = x_3HW[:, top:bottom, left:right]
            cell[:] = cell.mean((1, 2), keepdims=True)
    return 1 / (time.perf_counter() - began)


def main() -> None:
    clips = film()
    rows, numbers = [], {}
    for name, layers in CASES.items():
        for refine in (5, 0):
            told = {"refine": refine} if layers is None else {"layers": layers, "refine": refine}
            params = make_params(AgentsParams, told)
            one, two = (frames_per_second(params, clips, threads) for threads in (1, 2))
            rows.append((f"{name}; tables refined every {refine or '-'} frames", one, two))
            numbers[f"{name}, refine {refine}"] = {"fps, 1 thread": one, "fps, 2 threads": two}
    slow = naive(clips)
    rows.append(("one layer of (200, 100), cell by cell in NumPy", slow, None))
    numbers["naive, one layer"] = slow
    table(f"Agents, {WIDTH} x {HEIGHT}, {FRAMES} frames, three layers", ("what", "fps, 1 thread", "2 threads"), rows)
    first = numbers["srinivas-1, from the first frame to the last, refine 5"]["fps, 2 threads"]
    table("Goals", ("what", "reached"), [(f"fps of the effect alone (>= {GOAL_FPS})", first)])
    keep("agents", numbers)


if __name__ == "__main__":
    main()
