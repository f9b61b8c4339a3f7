"""One job under way: its process is begun, listened to, and stopped; what it tells goes into the database."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job
from mutoscope.service.jobs.bus import Bus
from mutoscope.service.jobs.delivering import Deliverer
from mutoscope.service.jobs.preparing import Prepared, prepared
from mutoscope.service.jobs.queue import LeaseLost, Queue
from mutoscope.service.jobs.warming import Warmth, wants_code
from mutoscope.service.operations.metrics import Metrics
from mutoscope.service.problems import CATALOGUE, Problem, problem_of
from mutoscope.service.sandbox.nursery import Child, Nursery
from mutoscope.service.settings import Settings

__all__ = ["Running", "Why"]

_log = logging.getLogger(__name__)

Why = Literal["cancel", "stop", "lost"]
"""Why a process is ended: somebody cancels the job, the server stops, or another server has taken the job over."""

_WORK = "mutoscope.service.jobs.child:work"


class Running:
    """A job in a process of its own. `run` blocks in the thread of a slot; the rest is called by others.

    Args:
        job: as it was claimed.
        settings: of the service.
        database: where it is written down.
        nursery: that forks.
        warmth: has machine code prepared.
        deliverer: takes in what is made.
        bus: wakes whoever waits for news.
        metrics: what is counted.

    """

    def __init__(
        self,
        job: Job,
        settings: Settings,
        database: Database,
        nursery: Nursery,
        warmth: Warmth,
        deliverer: Deliverer,
        bus: Bus,
        metrics: Metrics,
    ) -> None:
        self.job = job
        self._settings, self._database, self._nursery = settings, database, nursery
        self._warmth, self._deliverer, self._bus, self._metrics = warmth, deliverer, bus, metrics
        self._queue = Queue(database)
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._why: Why | None = None
        self._kill_at: float | None = None
        self._log_file: Path | None = None

    def run(self) -> None:
        """Do the job, whatever becomes of it."""
        began = time.monotonic()
        try:
            self._end(self._outcome())
        except LeaseLost:
            _log.warning("job %s was taken over by another server", self.job.id, extra={"job": self.job.id})
        except Exception as error:  # noqa: BLE001 # whatever it is, the job must end and the slot go on
            _log.exception("job %s could not be run", self.job.id, extra={"job": self.job.id})
            self._fail(error)
        finally:
            self._bus.tell(self.job.id)
            self._note("ended", seconds=round(time.monotonic() - began, 3))

    def end(self, why: Why, kill_after_s: float) -> None:
        """Ask the process to come to rest; it is killed where it does not within a time, s."""
        with self._lock:
            if self._why is not None:
                return
            self._why, self._kill_at = why, time.monotonic() + kill_after_s
            child = self._child
        if child is not None:
            child.kill() if why == "lost" else child.stop()

    def kill_if_due(self) -> None:
        """Kill the process where it was asked and has not come to rest."""
        with self._lock:
            is_due = self._kill_at is not None and time.monotonic() >= self._kill_at
            child = self._child
        if is_due and child is not None:
            child.kill()

    def _outcome(self) -> Mapping[str, Any]:
        """Run the process; give its last message."""
        try:
            made = prepared(self._settings, self._database, self.job)
        except Problem as problem:
            return {"type": "failed", "problem": {"name": problem.kind.name, "detail": problem.detail}}
        self._log_file = made.folder / "log.jsonl"
        self._note("started", kind=self.job.kind, fence=self.job.fence)
        if wants_code(self.job.body):
            self._warmth.ensure(lambda: self._why is not None)
        if self._why is not None:  # a nursery that was stopped must not be started again
            return {"type": "died", "reason": "unwanted"}
        child = self._begin(made)
        last: Mapping[str, Any] = {}
        for message in child.messages():
            last = message
            try:
                self._take(message)
            except LeaseLost:
                self.end("lost", 0.0)
        return last

    def _begin(self, made: Prepared) -> Child:
        child = self._nursery.begin(
            _WORK,
            made.arguments,
            replace(made.jail, reads=[*made.jail.reads, self._warmth.folder]),
            environment=made.environment,
            log=made.folder / "process.log",
        )
        with self._lock:
            self._child = child
            why = self._why
        if why is not None:  # asked while it was being begun
            child.stop()
        return child

    def _take(self, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "progress":
            self._queue.progress(self.job.id, self.job.fence, progress=message["progress"])
        elif kind == "preview":
            if message["number"] == 1:
                self._metrics.preview_after(time.time() - self.job.created_at)
            self._queue.progress(self.job.id, self.job.fence, preview=message["number"])
        elif kind == "bounds":
            _log.warning("job %s runs with fewer bounds: %s", self.job.id, message.get("lacking"))
        if kind in ("progress", "preview"):
            self._bus.tell(self.job.id)

    def _end(self, last: Mapping[str, Any]) -> None:
        job, queue = self.job, self._queue
        result = last.get("result") or {}
        if last["type"] == "done" and not result.get("stopped"):
            self._deliverer.deliver(job, result)
            return
        if self._why == "stop":
            queue.give_back(job.id, job.fence)
            self._note("given back")
        elif self._why == "cancel":
            self._close("cancelled")
        elif self._why == "lost":
            raise LeaseLost(job.id)
        elif last["type"] == "failed":
            self._refused(last)
        else:
            ended = queue.crashed(job.id, job.fence)
            _log.warning("the process of job %s died: %s", job.id, last, extra={"job": job.id})
            self._note("died", reason=last.get("reason"), exit=last.get("exit"), state=ended.state)
            self._metrics.lease_expired() if ended.state == "queued" else self._metrics.job(job.kind, ended.state)

    def _refused(self, last: Mapping[str, Any]) -> None:
        told = last["problem"]
        name = told["name"] if told["name"] in CATALOGUE else "internal"
        if name == "internal":
            trace = last.get("trace", "")
            _log.error("job %s failed: %s\n%s", self.job.id, last.get("error"), trace, extra={"job": self.job.id})
        self._note("failed", detail=told["detail"])
        self._close("failed", Problem(name, told["detail"], pointer=told.get("pointer")).body())

    def _fail(self, error: Exception) -> None:
        try:
            self._close("failed", problem_of(error).body())
        except Exception:  # noqa: BLE001 # as above
            # Its lease will run out, and somebody takes it up again.
            _log.exception("the end of job %s could not be written", self.job.id, extra={"job": self.job.id})

    def _close(self, state: str, problem: dict[str, Any] | None = None) -> None:
        self._queue.finish(self.job.id, self.job.fence, state, problem=problem)
        started = self.job.started_at
        self._metrics.job(self.job.kind, state, None if started is None else time.time() - started)

    def _note(self, event: str, **more: Any) -> None:
        """Add a line to the job's own log."""
        if self._log_file is None:
            return
        line = {"at": time.time(), "event": event, **more}
        try:
            with self._log_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, default=str) + "\n")
        except OSError as error:
            _log.warning("the log of job %s cannot be written: %s", self.job.id, error.strerror)
