"""Measures which runtime plays filters fastest on this processor, once, and remembers it."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.device import torch_threads
from mutoscope.filters.card import Card
from mutoscope.filters.files import Filter
from mutoscope.filters.network import PROFILES, new_network
from mutoscope.filters.runtime import Runner, make_runner
from mutoscope.filters.runtime_table import RUNTIMES, Choice, store

__all__ = ["Tuned", "tune"]

_SIZE = (360, 640)
_REPEATS = 12
_VISIBLE = 2 / 255


@dataclass(frozen=True)
class Tuned:
    """What was found.

    Attributes:
        choice: the fastest runtime whose picture looks the same as torch's in float32.
        milliseconds: per frame of 640x360, one thread, by runtime and precision.
        differences: mean difference from torch's float32, 0..1.
        path: where the choice is kept.

    """

    choice: Choice
    milliseconds: dict[str, float]
    differences: dict[str, float]
    path: Path


def tune(report: Listener = ignore) -> Tuned:
    """Measure all runtimes in turns, so that a busy moment hits all alike, and keep the fastest.

    Raises:
        OutputError: the cache folder cannot be written.

    """
    chance = torch.Generator().manual_seed(0)
    network = new_network(PROFILES["cpu"], chance).eval().requires_grad_(False)
    filter_ = Filter(Card(name="tune"), network, network.new_style(chance))
    x_1CHW = torch.rand(1, 3, *_SIZE, generator=torch.Generator().manual_seed(1))
    with torch_threads(1):
        runners, painted = dict[Choice, Runner](), dict[Choice, Tensor]()
        for choice in RUNTIMES:
            with contextlib.suppress(Exception):  # what cannot be made here is not chosen here
                run = make_runner(filter_, choice)
                painted[choice] = run(x_1CHW)
                runners[choice] = run
        reference = painted[Choice("torch", "float32")]
        differences = {choice: float((x - reference).abs().mean()) for choice, x in painted.items()}
        best = dict.fromkeys(runners, float("inf"))
        for i in range(_REPEATS):
            for choice, run in runners.items():
                best[choice] = min(best[choice], _seconds(lambda run=run: run(x_1CHW)))  # type: ignore[misc]
            report(Progress("measure runtimes", i + 1, _REPEATS, "rounds"))
    good = [choice for choice in runners if differences[choice] <= _VISIBLE]
    choice = min(good, key=best.__getitem__)
    milliseconds = {_said(c): round(1000 * seconds, 1) for c, seconds in best.items()}
    return Tuned(choice, milliseconds, {_said(c): d for c, d in differences.items()}, store(choice, milliseconds))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _said(choice: Choice) -> str:
    return f"{choice.runtime} {choice.precision}"
