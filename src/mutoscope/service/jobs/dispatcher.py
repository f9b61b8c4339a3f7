"""Runs jobs: claims them from the queue, each in a process of its own."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.bus import Bus
from mutoscope.service.jobs.delivering import Deliverer
from mutoscope.service.jobs.folders import cache_of_jobs
from mutoscope.service.jobs.kinds.bodies import JobBody
from mutoscope.service.jobs.preparing import lend_weights
from mutoscope.service.jobs.queue import LeaseLost, Queue
from mutoscope.service.jobs.running import Running
from mutoscope.service.jobs.submitting import Submitter
from mutoscope.service.jobs.warming import Warmth
from mutoscope.service.media.library import Library
from mutoscope.service.operations.metrics import Metrics
from mutoscope.service.sandbox.nursery import Nursery
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

__all__ = ["Dispatcher"]

_log = logging.getLogger(__name__)

_LEASE_S = 30.0
_RENEW_S = 5.0
_WATCH_S = 0.25
_IDLE_S = 1.0
"""How often the queue is looked at without a call: another server may have put something in."""
_RECLAIM_S = 5.0
_QUIET_S = 20.0
"""So long nothing has run when machine code is prepared, where it is not there yet."""
_KILL_AFTER_S = 1.5
_LAST_S = 1.5
"""What is kept of the time for stopping to write down how it ended."""

PRELOAD = (
    "mutoscope.corrupt.jit",
    "torch",
    "torch._dynamo",
    "torch.fx.experimental.symbolic_shapes",
    "scenedetect",
    "c2pa",
    "cryptography.x509",
    "mutoscope.filters.onnx_graph",
    "ml_dtypes",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "mutoscope.provenance.sign",
    "mutoscope.provenance.issue",
    # Kept machine code is found where a loop is declared: that must happen before a job is closed in.
    "mutoscope.corrupt.play",
    "mutoscope.corrupt.pixel_sort",
    "mutoscope.corrupt.feedback",
    "mutoscope.service.jobs.child",
    "mutoscope.service.jobs.runs.films",
    "mutoscope.service.jobs.runs.frames",
)
"""What each job needs and is slow to load."""


class Dispatcher:
    """Claims jobs and runs them in processes of their own.

    Args:
        settings: how many at once, and where.
        database: the queue.
        bus: wakes whoever waits for news.
        library: takes in what is made.
        metrics: what is counted.

    """

    def __init__(self, settings: Settings, database: Database, bus: Bus, library: Library, metrics: Metrics) -> None:
        self._settings, self._database, self._bus, self._metrics = settings, database, bus, metrics
        self._queue = Queue(database)
        self._deliverer = Deliverer(settings, database, library, metrics)
        self._nursery = Nursery(PRELOAD, "mutoscope jobs", folder=settings.data / "scratch")
        self._warmth = Warmth(self._nursery)
        self._name = _server_name(settings)
        self._news = threading.Condition()
        self._running: dict[str, Running] = {}
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self._warmed = False

    def start(self) -> None:
        """Begin to claim jobs; those that were running when this server died are queued again."""
        lend_weights(self._settings)
        cache_of_jobs(self._settings).mkdir(parents=True, exist_ok=True)
        self._nursery.start()
        for job_id in self._queue.reclaim(self._name):
            self._metrics.lease_expired()
            self._bus.tell(job_id)
        lanes = [("batch",)] * self._settings.slots + [("preview",)]
        for number, lane in enumerate(lanes):
            self._threads.append(threading.Thread(target=self._serve, args=(lane,), name=f"{lane[0]} slot {number}"))
        self._threads.append(threading.Thread(target=self._watch, name="watcher of jobs"))
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether all slots work."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def stop(self, grace_s: float) -> None:
        """Give running jobs back to the queue within a time, s."""
        until = time.monotonic() + grace_s
        with self._news:
            self._stopping = True
            running = list(self._running.values())
            self._news.notify_all()
        for one in running:
            one.end("stop", max(0.1, grace_s - _LAST_S))
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._nursery.stop()
        self._threads.clear()

    def wake(self) -> None:
        """Look at the queue now: a job was submitted."""
        with self._news:
            self._news.notify_all()

    def submit(self, caller: Caller, request: JobBody | Mapping[str, Any], *, key: str | None = None) -> Job:
        """Check a request, queue it, and wake a slot. See `Submitter.submit`."""
        job = Submitter(self._settings, self._database).submit(caller, request, key=key)
        self.wake()
        return job

    def cancel(self, job_id: str) -> Job:
        """Cancel a job: at once where it waits, within two seconds where it runs.

        Raises:
            Problem: it has ended otherwise, or there is none.

        """
        job = self._queue.cancel(job_id)
        with self._news:
            running = self._running.get(job_id)
        if running is not None and job.state == "running":
            running.end("cancel", _KILL_AFTER_S)
        self._bus.tell(job_id)
        return job

    def _serve(self, lanes: Sequence[str]) -> None:
        """Be a slot: one job after the other."""
        while not self._stopping:
            try:
                job = self._queue.claim(self._name, lanes, _LEASE_S)
            except SQLAlchemyError:
                _log.exception("the queue cannot be read; it is tried again")
                job = None
            if job is None:
                with self._news:
                    if not self._stopping:
                        self._news.wait(_IDLE_S)
                continue
            try:
                self._run(job)
            except Exception:  # noqa: BLE001 # a slot that died would be missed by nobody until all have
                _log.exception("job %s could not be run; when its lease ends it is tried again", job.id)

    def _run(self, job: Job) -> None:
        parts = (self._settings, self._database, self._nursery, self._warmth, self._deliverer)
        running = Running(job, *parts, self._bus, self._metrics)
        with self._news:
            self._running[job.id] = running
            is_late = self._stopping
        if is_late:
            running.end("stop", 0.1)
        self._bus.tell(job.id)
        try:
            running.run()
        finally:
            with self._news:
                del self._running[job.id]

    def _watch(self) -> None:
        """Hold the jobs that run here, hear of cancelling elsewhere, take up those whose server died."""
        renewed = reclaimed = busy = time.monotonic()
        while True:
            with self._news:
                running = list(self._running.values())
                if self._stopping and not running:
                    return
            for one in running:
                one.kill_if_due()
            now = time.monotonic()
            busy = now if running else busy
            if now - busy > _QUIET_S and not self._warmed and not self._stopping:
                self._warmed = True
                threading.Thread(target=self._warmth.ensure, name="compiler", daemon=True).start()
            try:
                self._hear_of_cancelling(running)
                if now - renewed >= _RENEW_S:
                    renewed = now
                    self._renew(running)
                if now - reclaimed >= _RECLAIM_S and not self._stopping:
                    reclaimed = now
                    self._reclaim()
            except SQLAlchemyError:
                _log.exception("the queue cannot be reached; it is tried again")
            time.sleep(_WATCH_S)

    def _hear_of_cancelling(self, running: Sequence[Running]) -> None:
        if not running:
            return
        wanted = select(Job.id).where(Job.id.in_([one.job.id for one in running]), Job.cancel_asked)
        with self._database.reading() as session:
            asked = set(session.scalars(wanted))
        for one in running:
            if one.job.id in asked:
                one.end("cancel", _KILL_AFTER_S)

    def _renew(self, running: Sequence[Running]) -> None:
        for one in running:
            try:
                self._queue.renew(one.job.id, one.job.fence, _LEASE_S)
            except LeaseLost:
                # It may also just have ended.
                one.end("lost", 0.0)

    def _reclaim(self) -> None:
        found = self._queue.reclaim()
        for job_id in found:
            self._metrics.lease_expired()
            self._bus.tell(job_id)
        if found:
            self.wake()


def _server_name(settings: Settings) -> str:
    """Give the name of the server of this data folder: the same after each start, so that it knows its own jobs."""
    place = settings.data / "server-name"
    if not place.is_file():
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_text(new_id("s"), encoding="ascii")
    return place.read_text(encoding="ascii").strip()
