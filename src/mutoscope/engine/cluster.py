"""A pool of worker processes: dask's, on this machine or on a cluster that goes on already."""

import asyncio
import contextlib
import logging
import os
import queue
import secrets
import shutil
import signal
import time
import warnings
from types import TracebackType
from typing import Any, Self

import dask
from distributed import Client, LocalCluster
from distributed.comm import connect
from distributed.scheduler import KilledWorker
from distributed.security import Security

from mutoscope.core.errors import MutoscopeError, ParameterError
from mutoscope.engine.device import choose_device
from mutoscope.engine.fingerprint import code_digest
from mutoscope.engine.pool import Done, Partial, PoisonError
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Task
from mutoscope.engine.worker_side import PROGRESS_TOPIC, Order, attempts_folder, look_around, run_order

__all__ = ["CONFIG", "ClusterPool", "local_pool", "quieten", "remote_pool"]

_CONNECT_S = 10.0
_FIRST_WORKER_S = 30.0
_COME_BACK_S = 60.0
_NO_WORKERS_S = 120.0
_TELL_EVERY_S = 0.5
_AHEAD = 2
"""Tasks per worker beyond the one that it does: it never waits, and the scheduler's list stays short."""

CONFIG = {
    # Our own count of deaths decides (`worker_side`); dask shall not give a task up before it does.
    "distributed.scheduler.allowed-failures": 10,
    # Exactly one task at a worker: one that waits there would share the blame for its neighbour's death.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.log-length": 100,
    # No pages, no metrics: nobody is to look in from outside.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Frames are large and few: we watch memory by streaming, dask shall not pause or kill a worker for it.
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}


def local_pool(store: Store, num_workers: int) -> "ClusterPool":
    """Start workers on this machine, which end with this process; nobody else can talk to them (TLS, own keys).

    Raises:
        ParameterError: the number makes no sense.

    """
    most = 4 * (os.cpu_count() or 1)
    if not 1 <= num_workers <= most:
        raise ParameterError(f"workers={num_workers} is not allowed; expected 1 to {most} on this machine.")
    quieten()
    stack = contextlib.ExitStack()
    stack.enter_context(dask.config.set(CONFIG))
    cluster = LocalCluster(
        n_workers=num_workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls",
        security=Security.temporary(),
        dashboard_address="127.0.0.1:0",
        memory_limit=None,
        resources={"GPU": 1.0} if choose_device("auto") == "cuda" else None,
        preload=["mutoscope.engine.worker_side"],
        silence_logs=logging.CRITICAL,
    )
    stack.callback(_end, cluster)
    return ClusterPool(store, cluster.scheduler_address, stack, f"{num_workers} local workers", cluster.security)


def remote_pool(store: Store, address: str) -> "ClusterPool":
    """Connect to a scheduler that is running.

    Raises:
        ParameterError: there is no dask scheduler at the address.

    """
    quieten()
    stack = contextlib.ExitStack()
    stack.enter_context(dask.config.set(CONFIG))
    return ClusterPool(store, address, stack, address, None)


class ClusterPool:
    """Hands tasks to a dask scheduler; connects again when it has gone and come back.

    Args:
        store: finished work, in a folder that all workers see.
        address: of the scheduler.
        stack: closed at the end.
        name: for the manifest.
        security: TLS, or None for what dask's own configuration says.

    """

    def __init__(
        self, store: Store, address: str, stack: contextlib.ExitStack, name: str, security: Security | None
    ) -> None:
        self.name = name
        self._store, self._address, self._stack, self._security = store, address, stack, security
        self._run = secrets.token_hex(4)
        self._attempts = attempts_folder(store, self._run)
        self._ended: queue.SimpleQueue[tuple[Task, Any]] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._tasks: dict[str, Task] = {}
        self._futures: dict[str, Any] = {}
        self._num_submits = 0
        self._workers: dict[str, Any] = {}
        self._num_workers = 0
        self._is_broken = False
        self._attempts.mkdir(parents=True, exist_ok=True)
        self._stack.callback(shutil.rmtree, self._attempts, ignore_errors=True)
        try:
            self._client = self._connect(_CONNECT_S)
            self._check_workers()
        except BaseException:
            self._stack.close()
            raise

    def device(self, wish: str) -> str:
        """Choose the device of the workers: the GPU where any has one and nobody says otherwise.

        Raises:
            ParameterError: no worker has what was wished for.

        """
        has_gpu = any(facts["gpu"] for facts in self._workers.values())
        if wish == "cuda" and not has_gpu:
            raise ParameterError("device is cuda, but no worker has a GPU; use --device cpu or auto.")
        return "cuda" if wish != "cpu" and has_gpu else "cpu"

    @property
    def room(self) -> int:
        """A few tasks per worker, however long the film is."""
        return _AHEAD + (1 + _AHEAD) * max(1, self._num_workers) - len(self._tasks)

    def submit(self, task: Task) -> None:
        """Hand a task to the scheduler."""
        self._tasks[task.key] = task
        self._send(task)

    def wait(self, partial: Partial) -> Done:
        """Wait for the next task that ends, across a scheduler that goes and comes back.

        Raises:
            MutoscopeError: the scheduler does not come back, or it has no workers.

        """
        lonely_since: float | None = None
        while True:
            with contextlib.suppress(queue.Empty):
                done = self._judge(*self._ended.get(timeout=_TELL_EVERY_S))
                if done is not None:
                    del self._tasks[done.task.key]
                    return done
            while not self._told.empty():
                key, frames = self._told.get()
                if key in self._tasks:
                    partial(key, frames)
            self._mend()
            lonely_since = None if self._count_workers() else lonely_since or time.monotonic()
            if lonely_since is not None and time.monotonic() - lonely_since > _NO_WORKERS_S:
                raise MutoscopeError(
                    f"{self.name} has had no worker for {_NO_WORKERS_S:.0f} s; start some with 'mutoscope worker "
                    f"{self._address}' and run again: finished pieces are kept."
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go. Workers look for the folder of our attempts: without it they drop at once what they do for us."""
        shutil.rmtree(self._attempts, ignore_errors=True)
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._futures.values()), force=True)
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)
        with contextlib.suppress(Exception):
            self._stack.close()

    def _send(self, task: Task) -> None:
        self._num_submits += 1
        order = Order(task, str(self._store.root), self._run)
        future = self._client.submit(
            run_order,
            order,
            key=f"mutoscope-{self._run}-{self._num_submits}",
            resources=dict(task.resources) or None,
            priority=-self._num_submits,
            pure=False,
        )
        self._futures[task.key] = future
        future.add_done_callback(lambda ended: self._ended.put((task, ended)))

    def _judge(self, task: Task, future: Any) -> Done | None:
        """Turn a future that ended into what became of its task; None where it was sent again."""
        is_echo = self._futures.get(task.key) is not future
        if is_echo:
            return None  # an echo of a connection that is gone
        if future.status == "finished":
            try:
                outcome = future.result(timeout=_CONNECT_S)
            except (OSError, TimeoutError):  # the scheduler went away with it; the piece itself is kept
                self._is_broken = True
                return None
            del self._futures[task.key]
            return Done(task, outcome=outcome)
        if future.status in ("cancelled", "lost"):
            return None  # the connection broke; `_mend` sends it again
        return self._judge_error(task, future.exception())

    def _judge_error(self, task: Task, error: Any) -> Done | None:
        if isinstance(error, KilledWorker):
            self._send(task)
            return None
        del self._futures[task.key]
        if isinstance(error, PoisonError):
            return Done(task, error=PoisonError(f"{task.title} {error}"))
        if not isinstance(error, MutoscopeError):
            told = " ".join(f"{type(error).__name__}: {error}".split())
            error = MutoscopeError(f"{task.title} failed on a worker ({told}); run again: finished pieces are kept.")
        return Done(task, error=error)

    def _mend(self) -> None:
        """Connect again where the scheduler went away, and send everything that is open once more."""
        lost = any(future.status in ("cancelled", "lost") for future in self._futures.values())
        if self._client.status == "running" and not lost and not self._is_broken:
            return
        self._is_broken = False
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)
        try:
            self._client = self._connect(_COME_BACK_S)
        except ParameterError:
            raise MutoscopeError(
                f"the scheduler at {self._address} went away and did not come back within {_COME_BACK_S:.0f} s; "
                "start it and run again: finished pieces are kept."
            ) from None
        for task in list(self._tasks.values()):
            self._send(task)

    def _connect(self, patience_s: float) -> Client:
        end = time.monotonic() + patience_s
        while True:
            try:
                asyncio.run(_ask(self._address, self._security))
                client = Client(
                    self._address, timeout=5, security=self._security, set_as_default=False, heartbeat_interval="1s"
                )
                client.subscribe_topic(PROGRESS_TOPIC, self._note)
                return client
            except Exception as error:  # noqa: BLE001 # see below
                # OSError: nobody there, or not yet. Others: no address, no such protocol, or a stranger who answers
                # something else, which may read as a message of exabytes.
                if time.monotonic() > end or not isinstance(error, OSError):
                    raise ParameterError(
                        f"there is no dask scheduler at {self._address} ({_reason(error)}); start one with "
                        "'dask scheduler' and give its address, such as tcp://host:8786."
                    ) from None
                time.sleep(0.5)

    def _note(self, event: Any) -> None:
        run, key, frames = event[1]
        if run == self._run:
            self._told.put((key, frames))

    def _count_workers(self) -> int:
        with contextlib.suppress(Exception):
            self._num_workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        return self._num_workers

    def _check_workers(self) -> None:
        """See that the workers there are have the same code and see the folder of finished work."""
        with contextlib.suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
        if not self._count_workers():
            raise MutoscopeError(
                f"the scheduler at {self._address} has no worker; start some with 'mutoscope worker {self._address}'."
            )
        token = self._store.root / f".seen-{self._run}"
        token.write_text("", encoding="ascii")
        try:
            self._workers = self._client.run(look_around, str(token), on_error="return")
        finally:
            token.unlink()
        for address, facts in self._workers.items():
            if not isinstance(facts, dict) or facts["code"] != code_digest():
                raise MutoscopeError(
                    f"the worker at {address} runs another version of Mutoscope than this command, or none; "
                    "install the same one there."
                )
            if not facts["sees"]:
                raise MutoscopeError(
                    f"the worker at {address} does not see {self._store.root}; give a folder that all machines share "
                    "with --work or MUTOSCOPE_WORK."
                )


def _end(cluster: LocalCluster) -> None:
    """Stop our own workers at once: what they have in hand is not wanted, or kept already."""
    for nanny in list(cluster.workers.values()):
        nanny.auto_restart = False
        with contextlib.suppress(OSError, TypeError):
            os.kill(nanny.pid, signal.SIGKILL)
    cluster.close(timeout=2)


async def _ask(address: str, security: Security | None) -> None:
    """Shake hands once, in time: dask's client would wait for ever for a stranger who keeps silent."""
    more = (security or Security()).get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=5, **more), 5)
    await comm.close()


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if 0 < len(text) < 120 else "no answer"


def quieten() -> None:
    """Keep dask's log and warnings off the terminal: what a person should know comes from us."""
    warnings.filterwarnings("ignore", module="distributed")
    for name in [*logging.root.manager.loggerDict, "distributed", "tornado", "asyncio"]:
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
