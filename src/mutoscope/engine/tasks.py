"""The unit of work: something that is computed apart, kept under a key, done again when it is lost.

Pieces of films are tasks; so is any other long work, such as training. A task names its function as text, so that it
travels to any worker.
"""

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from mutoscope.core.errors import MutoscopeError
from mutoscope.engine.store import Store

__all__ = ["Desk", "Outcome", "StoppedError", "Task", "perform"]


class StoppedError(MutoscopeError):
    """The task is no longer wanted; nothing of it was kept."""


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Attributes:
        key: digest of everything that its result depends on.
        work: "module:function", called with the task and a `Desk`; it must keep a result under `key`.
        spec: what the function needs to know, as JSON values.
        size: how much work it is, in the unit of the progress (frames).
        resources: what a worker must have, e.g. {"GPU": 1}.
        title: in words, for messages.

    """

    key: str
    work: str
    spec: Mapping[str, Any]
    size: int = 1
    resources: Mapping[str, float] = field(default_factory=dict)
    title: str = "a task"


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        key: the task's.
        seconds: wall time; 0 where the result was there already.
        cpu_seconds: CPU time of the worker's process meanwhile.
        reused: whether the result was there already.
        device: "cpu" or "cuda": what the time was spent on.
        machine: name of the worker's machine.

    """

    key: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    reused: bool = True
    device: str = "cpu"
    machine: str = ""


@dataclass(frozen=True)
class Desk:
    """What a task is lent while it runs.

    Attributes:
        store: finished work.
        tick: say how far the task is; raises `StoppedError` when it is no longer wanted.

    """

    store: Store
    tick: Callable[[int], None] = lambda _done: None


def perform(task: Task, desk: Desk) -> Outcome:
    """Do a task, unless its result is there; two workers never do the same one at a time.

    Raises:
        MutoscopeError: the work cannot be done.

    """
    with desk.store.claim(task.key):
        if desk.store.find(task.key) is not None:
            return Outcome(task.key)
        module, _, function = task.work.partition(":")
        start, cpu = time.monotonic(), time.process_time()
        getattr(import_module(module), function)(task, desk)
        return Outcome(
            task.key,
            time.monotonic() - start,
            time.process_time() - cpu,
            reused=False,
            device="cuda" if "GPU" in task.resources else "cpu",
            machine=platform.node(),
        )
