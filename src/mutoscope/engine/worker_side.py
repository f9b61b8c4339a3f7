"""What runs inside a worker process: orders, their progress, and the count of the workers that an order has killed."""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Desk, Outcome, StoppedError, Task, perform

__all__ = ["MAX_DEATHS", "PROGRESS_TOPIC", "Order", "attempts_folder", "dask_setup", "look_around", "run_order"]

PROGRESS_TOPIC = "mutoscope-progress"
MAX_DEATHS = 3
"""A task is set aside when so many workers died while they did it."""

_TELL_EVERY_S = 0.5


@dataclass(frozen=True)
class Order:
    """A task on its way to a worker.

    Attributes:
        task: what is to be done.
        root: folder of the store.
        run: the command that wants it.

    """

    task: Task
    root: str
    run: str


def run_order(order: Order) -> Outcome:
    """Do a task on a worker.

    Raises:
        PoisonError: it has killed three workers.
        MutoscopeError: the work cannot be done.

    """
    store = Store(Path(order.root))
    store.begin()
    with _attempt(store, order):
        return perform(order.task, Desk(store, _Ticker(order)))


def look_around(token: str, dask_worker: Any = None) -> dict[str, Any]:
    """Tell what a worker is: its code, whether it sees a file, whether it has a GPU. Dask gives the worker."""
    from mutoscope.engine.fingerprint import code_digest

    has_gpu = dask_worker.state.total_resources.get("GPU", 0) > 0
    return {"code": code_digest(), "sees": Path(token).exists(), "gpu": has_gpu}


def dask_setup(worker: Any) -> None:
    """Prepare a worker process: dask calls this as it starts (`preload`)."""
    del worker
    # Ctrl-C goes to every process of a terminal; the command stops its workers itself.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Loaded now, beside the command's own beginnings, and not with the first piece: what is under way when a worker
    # dies is lost, so it should be work.
    import torch

    import mutoscope.effects.shots
    import mutoscope.engine.segment
    import mutoscope.flow.estimate  # noqa: F401

    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first one loads torch's compiler, for a second


@contextlib.contextmanager
def _attempt(store: Store, order: Order) -> Iterator[None]:
    """Leave a mark while a task runs: marks that stay tell of workers that died with it."""
    from mutoscope.engine.pool import PoisonError

    folder = attempts_folder(store, order.run)
    _check_wanted(folder)
    name = order.task.key[:32]
    deaths = len(list(folder.glob(f"{name}.*")))
    if deaths >= MAX_DEATHS:
        raise PoisonError(f"killed {deaths} workers and was set aside.")
    mark = folder / f"{name}.{secrets.token_hex(4)}"
    mark.write_text(f"{os.getpid()}", encoding="ascii")
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def attempts_folder(store: Store, run: str) -> Path:
    """Name the folder of a run's attempts. The command makes it, and removes it when it ends or is stopped."""
    return store.root / "attempts" / run


def _check_wanted(folder: Path) -> None:
    if not folder.exists():
        raise StoppedError("the run was stopped; nothing of this piece was kept.")


class _Ticker:
    """Tells now and then how far a task is, and stops it when the run was stopped.

    A command or a scheduler that is killed stops nothing: the piece is finished, and the next run finds it.
    """

    def __init__(self, order: Order) -> None:
        from distributed import get_worker

        self._order = order
        self._worker = get_worker()
        self._folder = attempts_folder(Store(Path(order.root)), order.run)
        self._told = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._told > _TELL_EVERY_S:
            self._told = now
            _check_wanted(self._folder)
            with contextlib.suppress(Exception):  # the scheduler is away; the work goes on
                self._worker.log_event(PROGRESS_TOPIC, (self._order.run, self._order.task.key, done))
