"""Where strangers' bytes are decoded: in a child that is closed in, never in the server."""

import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutoscope.service.problems import CATALOGUE, Problem
from mutoscope.service.sandbox.jail import Jail, capabilities
from mutoscope.service.sandbox.nursery import Nursery
from mutoscope.service.settings import Settings

__all__ = ["Limits", "Sandbox"]

_log = logging.getLogger(__name__)

_CORES = 2
_PRELOAD = ("mutoscope.service.sandbox.preload", "c2pa")


@dataclass(frozen=True)
class Limits:
    """Bounds of one task.

    Attributes:
        seconds: how long it may take.
        memory_bytes: address space beyond what it starts with.
        file_bytes: longest file that it may write.
        open_files: files open at once.

    """

    seconds: float = 9.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 64 << 20
    open_files: int = 64


class Sandbox:
    """Runs functions of `sandbox.tasks` in children that can do no harm. Any thread may use it."""

    def __init__(self, settings: Settings) -> None:
        self._nursery = Nursery(_PRELOAD, "sandbox", folder=settings.data / "tmp")
        # As many as there are cores: more would only make each other late.
        self._places = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))

    @property
    def pid(self) -> int | None:
        """The process that forks, where there is one."""
        return self._nursery.pid

    def start(self) -> None:
        """Start the process that forks; it loads for some seconds, and nobody waits for it here."""
        for name, told in capabilities().items():
            level = logging.WARNING if told.startswith("not") else logging.INFO
            _log.log(level, "sandbox: %s: %s", name, told)
        self._nursery.start()

    def stop(self) -> None:
        """End it and all that runs in it."""
        self._nursery.stop()

    def run(
        self,
        target: str,
        args: Mapping[str, Any],
        *,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        limits: Limits = Limits(),  # it is frozen
    ) -> dict[str, Any]:
        """Run a function in a child and wait for what it gives.

        Args:
            target: "module:function"; called with `args` by keyword, gives a JSON object.
            args: JSON.
            reads: files and folders that it may read.
            writes: files and folders that it may change.
            limits: its bounds.

        Raises:
            Problem: media-refused where it refuses, dies, or takes too long or too much memory; what else it names.

        """
        for path in reads:
            if path.is_symlink():  # it would open to the child what it points to
                raise Problem("media-refused", f"{path.name} is a link to elsewhere; give the file itself.")
        jail = Jail(
            [one.absolute() for one in reads],
            [one.absolute() for one in writes],
            memory_bytes=limits.memory_bytes,
            cpu_seconds=int(limits.seconds * 2) + 1,
            file_bytes=limits.file_bytes,
            open_files=limits.open_files,
            cores=_CORES,
        )
        with self._places:
            last = self._last(target, args, jail, limits.seconds)
            if last["type"] == "died" and last["reason"] == "nursery":  # it was killed, and this with it
                last = self._last(target, args, jail, limits.seconds)
        if last["type"] == "done" and isinstance(last.get("result"), dict):
            result: dict[str, Any] = last["result"]
            return result
        raise _problem(last, limits)

    def _last(self, target: str, args: Mapping[str, Any], jail: Jail, seconds: float) -> dict[str, Any]:
        last: dict[str, Any] = {"type": "died", "reason": "nursery", "exit": None}
        for message in self._nursery.begin(target, args, jail, seconds=seconds).messages():
            if message["type"] == "bounds":
                _log.debug("sandbox: %s", message.get("lacking"))
            elif message["type"] == "odd":
                _log.info("sandbox: a file that was refused raised\n%s", message.get("trace"))
            last = message
        return last


def _problem(last: Mapping[str, Any], limits: Limits) -> Problem:
    if last["type"] == "failed":
        told = last.get("problem")
        if last.get("error") == "MemoryError":
            most = limits.memory_bytes >> 20
            return Problem("media-refused", f"the file wants more than {most} MB of memory to be read; it was refused.")
        if "trace" in last:
            _log.error("sandbox: a task failed\n%s", last["trace"])
        if isinstance(told, dict) and told.get("name") in CATALOGUE:
            return Problem(told["name"], str(told.get("detail"))[:1000], pointer=told.get("pointer"))
    if last.get("reason") == "time" or last.get("exit") == -signal.SIGXCPU:
        return Problem("media-refused", f"the file took longer than {limits.seconds:g} s to be read; it was refused.")
    if last.get("reason") == "nursery":
        return Problem("not-ready", "what reads files has ended unexpectedly; try again.")
    _log.warning("sandbox: a child died: %s", dict(last))
    return Problem(
        "media-refused", "the file made its reader crash; it was refused. Export it again, in another format."
    )
