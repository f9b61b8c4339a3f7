"""Inside of a child: closes itself in, runs its task, tells how it went. The last message is "done" or "failed"."""

import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from mutoscope.core.errors import MutoscopeError
from mutoscope.service.problems import Problem, problem_of
from mutoscope.service.sandbox.jail import Jail
from mutoscope.service.sandbox.kernel import same_fate

__all__ = ["live", "tell"]

_MOST_TASK_BYTES = 64 << 20
_TRACE_CHARS = 6000

_lock = threading.Lock()
_channel: socket.socket | None = None


def tell(message: Mapping[str, Any]) -> None:
    """Send one message to the server, from any thread; outside of a child nothing happens.

    Args:
        message: JSON; its `type` is anything but done, failed and died.

    Raises:
        BrokenPipeError: nobody listens any more.

    """
    if _channel is None:
        return
    line = json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=str)
    with _lock:
        _channel.sendall(line.encode("utf-8", "replace") + b"\n")


def live(channel: int, folder: Path, parent: int, log: str) -> NoReturn:
    """Be a child: called right after the fork, never comes back.

    Args:
        channel: socket that the task comes by, and that messages go to.
        folder: a private folder for what is temporary.
        parent: process that forked.
        log: file that takes what is printed; nothing is kept without a name.

    """
    global _channel  # noqa: PLW0603 # a process has one task
    code = 1
    try:
        os.setsid()
        same_fate(parent)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        _silence(log)
        _channel = socket.socket(fileno=channel)
        task = _read_task(_channel)
        jail = Jail.from_json(task["jail"])
        _settle(folder, task["environment"])
        tell(_outcome(task, jail, folder))
        code = 0
    except BrokenPipeError:  # the server has gone; nobody wants an answer
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    finally:
        # Nothing of the process that forked (buffers, exit functions) is this one's business.
        os._exit(code)


def _silence(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if log else nothing
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    for fd in {nothing, out}:
        os.close(fd)


def _settle(folder: Path, environment: Mapping[str, str]) -> None:
    os.chdir(folder)
    os.environ.update({"HOME": str(folder), "TMPDIR": str(folder), **environment})
    # What tempfile has found out belongs to the process that forked.
    sys.modules["tempfile"].tempdir = None  # type: ignore[attr-defined] # a module's variable


def _read_task(channel: socket.socket) -> dict[str, Any]:
    found = bytearray()
    while not found.endswith(b"\n"):
        part = channel.recv(1 << 16)
        if not part or len(found) > _MOST_TASK_BYTES:
            raise BrokenPipeError
        found += part
    task: dict[str, Any] = json.loads(found)
    return task


def _outcome(task: Mapping[str, Any], jail: Jail, folder: Path) -> dict[str, Any]:
    """Run the task within its bounds; give the last message."""
    try:
        inside = Jail(**{**vars(jail), "writes": [*jail.writes, folder]})
        if lacking := inside.close_in():
            tell({"type": "bounds", "lacking": lacking})
        module, _, name = task["target"].partition(":")
        result = getattr(importlib.import_module(module), name)(**task["args"])
        return {"type": "done", "result": result}
    except (BrokenPipeError, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 # whatever it is, somebody waits for a word
        return _failed(error, jail, folder)


def _failed(error: BaseException, jail: Jail, folder: Path) -> dict[str, Any]:
    if isinstance(error, RuntimeError) and "not enough memory" in str(error):  # how torch says it
        error = MemoryError()
    problem = problem_of(error)
    told: dict[str, Any] = {"name": problem.kind.name, "detail": _without_paths(problem.detail, jail, folder)}
    if problem.errors:
        told["pointer"] = problem.errors[0].pointer
    message = {"type": "failed", "problem": told, "error": type(error).__name__}
    if not isinstance(error, MutoscopeError | Problem | MemoryError):
        message["trace"] = "".join(traceback.format_exception(error))[-_TRACE_CHARS:]
    return message


def _without_paths(text: str, jail: Jail, folder: Path) -> str:
    """Take the places out of a message: a person knows the file's name, and nothing of this machine."""
    for path in sorted({str(one) for one in (*jail.reads, *jail.writes, folder)}, key=len, reverse=True):
        text = text.replace(f"{path}/", "").replace(path, Path(path).name)
    return text
