"""Wakes those who wait for news of a job: from the threads that run jobs to the loop that sends events."""

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator

__all__ = ["Bus"]


class Bus:
    """Tells waiters that something happened. It carries nothing: what happened stands in the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the server is being stopped: streams end, their readers come again."""
        return self._closed

    def tell(self, job: str) -> None:
        """Wake whoever waits for news of a job; from any thread."""
        with self._lock:
            waiting = list(self._waiting.get(job, ()))
        for loop, event in waiting:
            # A loop that was closed in between has nobody left to wake.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

    @contextlib.contextmanager
    def listening(self, job: str) -> Iterator[asyncio.Event]:
        """Give an event that is set when there is news of a job; clear it before reading."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting[job].add(entry)
        if self._closed:
            entry[1].set()
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._waiting[job].discard(entry)
                if not self._waiting[job]:
                    del self._waiting[job]

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._lock:
            self._closed = True
            jobs = list(self._waiting)
        for job in jobs:
            self.tell(job)
