"""A process that has loaded what is slow to load, and forks one child for each task. The server loads none of it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mutoscope
from mutoscope.service.sandbox.jail import Jail
from mutoscope.service.sandbox.running import Child

__all__ = ["Child", "Nursery"]

_START = (
    "import sys; sys.path.append(sys.argv[1]); from mutoscope.service.sandbox.nursery_main import main; "
    "main(int(sys.argv[2]), sys.argv[3])"
)
_KEPT = ("PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH")
_KEPT_FAMILIES = ("LC_", "MUTOSCOPE_", "OMP_", "MKL_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_")
_SECRET = ("TOKEN", "SECRET", "PASSWORD", "DATABASE", "DROPBOX", "KEY", "STORES")
_LAST_S = 5.0
"""How long a nursery may take to end."""


class Nursery:
    """The server's end of a nursery. Any thread may use it.

    Args:
        preload: modules that it loads at its start; they must start no threads and touch no accelerator.
        name: what it is for; shown in the list of processes.
        folder: where the private folders of its children lie; the system's place for what is temporary by default.

    """

    def __init__(self, preload: Sequence[str], name: str, *, folder: Path | None = None) -> None:
        self._preload, self._name, self._folder = list(preload), name, folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Its process, where it has one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process where it does not run; does not wait until it has loaded."""
        with self._lock:
            self._started()

    def begin(
        self,
        target: str,
        args: Mapping[str, Any],
        jail: Jail,
        *,
        seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> Child:
        """Start a task in a new process; a nursery that has died is started again first.

        Args:
            target: "module:function"; called with `args` by keyword, gives JSON.
            args: JSON.
            jail: its bounds.
            seconds: how long it may take, from its fork on; then it is killed.
            environment: variables of its own.
            log: file that takes what it prints; nothing is kept without.

        """
        channel, far_channel = socket.socketpair()
        told, far_told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far_channel, far_told:
            request = json.dumps({"log": "" if log is None else str(log)}).encode()
            for is_last in (False, True):
                with self._lock:
                    control = self._started()
                    try:
                        socket.send_fds(control, [request], [far_channel.fileno(), far_told.fileno()])
                        break
                    except OSError:
                        self._end()
                        if is_last:
                            raise
        task = {"target": target, "args": args, "jail": jail.as_json(), "environment": dict(environment or {})}
        with contextlib.suppress(BrokenPipeError):  # `messages` tells
            channel.sendall(json.dumps(task, default=str).encode() + b"\n")
        return Child(channel, told, seconds)

    def stop(self) -> None:
        """End it and all its children."""
        with self._lock:
            self._end()

    def _started(self) -> socket.socket:
        if self._process is not None and self._process.poll() is None and self._control is not None:
            return self._control
        self._end()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(mutoscope.__file__).parents[1])
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        arguments = [home, str(theirs.fileno()), "" if self._folder is None else str(self._folder), self._name]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 # our own interpreter
                [sys.executable, "-P", "-c", _START, *arguments],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=2,
                start_new_session=True,
                cwd="/",
            )
        ours.sendall(json.dumps({"preload": self._preload}).encode())
        self._control = ours
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(_LAST_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _environment() -> dict[str, str]:
    """Give what children may know of the server's environment: nothing that looks like a secret."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if (name in _KEPT or name.startswith(_KEPT_FAMILIES)) and not any(word in name for word in _SECRET)
    }
    # NumPy's OpenBLAS would start threads when it is loaded, and a process with threads is not safe to fork.
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
