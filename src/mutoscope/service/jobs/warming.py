"""Machine code for the loops of glitches, compiled once by this server and only read by jobs.

Compiling takes half a minute, and kept code is run as it is: so no job may write it, for a job meets strangers' bytes.
"""

import hashlib
import importlib.metadata
import logging
import threading
from collections.abc import Mapping
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


class Warmth:
    """Sees that the code is there.

    Args:
        nursery: that forks.

    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where the code lies; jobs may read it."""
        return (cache_folder() / "numba").absolute()

    @property
    def is_ready(self) -> bool:
        """Whether the code is there, for these sources and this compiler."""
        return self._mark().is_file()

    def ensure(self) -> None:
        """Compile what is not there yet; waits for it. Where it fails, jobs compile for themselves."""
        with self._lock:
            if self.is_ready:
                return
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                child = self._nursery.begin(_TARGET, {}, Jail(writes=[self.folder]), seconds=_MOST_S)
                last: Mapping[str, Any] = {}
                for message in child.messages():
                    last = message
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
