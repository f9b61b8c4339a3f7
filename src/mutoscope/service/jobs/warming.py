"""Machine code for the loops of glitches, compiled once by this server and only read by jobs.

Compiling takes half a minute, and kept code is run as it is: so no job may write it, for a job meets strangers' bytes.
"""

import hashlib
import importlib.metadata
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mutoscope
from mutoscope.service.sandbox.jail import Jail
from mutoscope.service.sandbox.nursery import Nursery
from mutoscope.storage.folders import cache_folder

__all__ = ["Warmth", "wants_code"]

_log = logging.getLogger(__name__)

_TARGET = "mutoscope.service.jobs.runs.warm:warm"
_MOST_S = 600.0
_LOOK_S = 0.2


class Warmth:
    """Sees that the code is there.

    Args:
        nursery: that forks.

    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def folder(self) -> Path:
        """Where the code lies; jobs may read it."""
        return (cache_folder() / "numba").absolute()

    @property
    def is_ready(self) -> bool:
        """Whether the code is there, for these sources and this compiler."""
        return self._mark().is_file()

    def ensure(self, is_unwanted: Callable[[], bool] = lambda: False) -> None:
        """Compile what is not there yet; waits for it. Where it fails, jobs compile for themselves.

        Args:
            is_unwanted: whether whoever waits need not wait any more; the work goes on.

        """
        if self.is_ready:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._compile, name="compiler", daemon=True)
                self._thread.start()
            thread = self._thread
        while thread.is_alive() and not is_unwanted():
            thread.join(_LOOK_S)

    def _compile(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            child = self._nursery.begin(_TARGET, {}, Jail(writes=[self.folder]), seconds=_MOST_S)
            last: Mapping[str, Any] = {}
            for message in child.messages():
                last = message
            if last.get("reason") == "nursery":  # the server stops
                return
            if last.get("type") != "done":
                _log.warning("machine code could not be prepared: %s", last)
            self._mark().touch()
        except OSError as error:
            _log.warning("machine code could not be prepared: %s", error.strerror)

    def _mark(self) -> Path:
        digest = hashlib.sha256(importlib.metadata.version("numba").encode())
        for path in sorted((Path(mutoscope.__file__).parent / "corrupt").glob("*.py")):
            digest.update(path.read_bytes())
        return self.folder / f"prepared-{digest.hexdigest()[:16]}"


def wants_code(body: Mapping[str, Any]) -> bool:
    """Tell whether a job runs loops that are compiled."""
    if body.get("kind") == "corrupt":
        return True
    steps = (body.get("recipe") or {}).get("step", ())
    return any(str(step.get("effect", "")).startswith("corrupt.") for step in steps if isinstance(step, Mapping))
