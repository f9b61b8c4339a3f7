"""The process that forks: it loads modules, then waits. It has one thread and decodes nothing itself."""

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mutoscope.service.sandbox.child import live

__all__ = ["main"]


@dataclass(frozen=True)
class _Task:
    """A child that lives.

    Attributes:
        told: socket by which the server learns its process, and how it ended.
        folder: its private folder.

    """

    told: socket.socket
    folder: Path


class _Loop:
    """Forks when asked, tells how children ended, ends when the server is gone."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        self._control, self._folder = control, folder
        self._tasks: dict[int, _Task] = {}
        self._bell, bell = socket.socketpair()
        for end in (self._bell, bell):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        self._bell_far = bell
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        with self._selector as selector:
            for source in (self._control, self._bell):
                selector.register(source, selectors.EVENT_READ)
            while True:
                found = [key.fileobj for key, _ in selector.select()]
                if self._bell in found:
                    with contextlib.suppress(BlockingIOError):
                        self._bell.recv(4096)
                    self._reap()
                if self._control in found and not self._take():
                    break
        self._end_all()

    def _take(self) -> bool:
        """Take one request; tell whether the server is still there."""
        try:
            data, fds, _, _ = socket.recv_fds(self._control, 1 << 16, 2)
        except OSError:
            return False
        if not data or len(fds) != 2:
            return False
        self._fork(fds[0], fds[1], json.loads(data)["log"])
        return True

    def _fork(self, channel: int, told: int, log: str) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        parent = os.getpid()
        # Held back until the child no longer ignores it, so that a stop is never lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                signal.set_wakeup_fd(-1)
                os.close(told)
                self._selector.close()
                for other in (self._control, self._bell, self._bell_far, *(one.told for one in self._tasks.values())):
                    other.close()
                live(channel, folder, parent, log)
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.close(channel)
        task = _Task(socket.socket(fileno=told), folder)
        self._tasks[pid] = task
        with contextlib.suppress(OSError):  # a server that has gone is noticed by its other socket
            _introduce(pid, task.told)

    def _reap(self) -> None:
        """Bury those that have ended, with all that they started."""
        for pid in list(self._tasks):
            # Its number is nobody else's until it is waited for: the group is surely its own.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                self._bury(pid)

    def _bury(self, pid: int) -> None:
        task = self._tasks.pop(pid)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        shutil.rmtree(task.folder, ignore_errors=True)
        with task.told, contextlib.suppress(OSError):
            task.told.sendall(json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode())

    def _end_all(self) -> None:
        for pid in list(self._tasks):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            self._bury(pid)


def _introduce(pid: int, told: socket.socket) -> None:
    """Tell the server who the child is: its number, and a handle that is never anybody else's."""
    message = json.dumps({"pid": pid}).encode()
    try:
        handle = os.pidfd_open(pid)
    except OSError:  # the kernel is older than 5.3
        told.sendall(message)
        return
    try:
        socket.send_fds(told, [message], [handle])
    finally:
        os.close(handle)


def main(fd: int, around: str) -> NoReturn:
    """Be a nursery.

    Args:
        fd: socket of the server; the first message names the modules to load.
        around: folder that the private folders lie in.

    """
    # Who stops the server stops the group; the server says here when it is time, by closing the socket.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=fd)
    first = control.recv(1 << 16)
    if first:
        for module in json.loads(first)["preload"]:
            try:
                importlib.import_module(module)
            except Exception as error:  # noqa: BLE001 # a child that needs it says so, to whom it matters
                print(f"{module} could not be loaded: {error}", file=sys.stderr)  # noqa: T201 # the server's log
        gc.collect()
        gc.freeze()  # the pages of what is loaded stay shared
        folder = Path(tempfile.mkdtemp(prefix="mutoscope-", dir=around or None))
        try:
            _Loop(control, folder).run()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
