"""The server's end of a child: what it tells, how it ended, and how to end it."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

__all__ = ["Child"]

_READY_S = 120.0
"""How long a nursery may load."""
_LAST_S = 5.0
"""How long a child may take to end when it has said its last."""
_MOST_LINE_BYTES = 16 << 20


class Child:
    """One task in a process of its own.

    Attributes:
        exit: how it ended: exit status, or the signal's number below 0; None while it lives, or where nobody knows.

    """

    def __init__(self, channel: socket.socket, told: socket.socket, seconds: float | None) -> None:
        self.exit: int | None = None
        self._channel, self._told, self._seconds = channel, told, seconds
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._handle: int | None = None
        self._until: float | None = None
        self._is_over = False

    @property
    def pid(self) -> int | None:
        """Its process; waits until it is there. None where the nursery died before."""
        with self._lock:
            if self._pid is None and not self._is_over:
                with contextlib.suppress(OSError, ValueError, KeyError):
                    self._told.settimeout(_READY_S)
                    data, fds, _, _ = socket.recv_fds(self._told, 4096, 1)
                    self._handle = fds[0] if fds else None
                    self._pid = json.loads(data)["pid"]
                    self._until = None if self._seconds is None else time.monotonic() + self._seconds
            return self._pid

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what it tells, waiting for it; at its end one last message.

        The last one is {"type": "done", "result": …}, {"type": "failed", "problem": {"name", "detail", "pointer"},
        "error": …}, or, where it died without a word, {"type": "died", "exit": …, "reason": "time", "nursery",
        "flood" or "crash"}.
        """
        last: dict[str, Any] | None = None
        reason = "nursery" if self.pid is None else "crash"
        try:
            for message in self._lines() if self._pid is not None else ():
                if message.get("type") in ("done", "failed"):
                    last = message
                    break
                yield message
        except TimeoutError:
            reason = "time"
        except OverflowError:
            reason = "flood"
        finally:
            self._bury(is_told=last is not None)
        yield last or {"type": "died", "exit": self.exit, "reason": "nursery" if self.exit is None else reason}

    def stop(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it (SIGKILL)."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.pid is None:
            return
        with self._lock, contextlib.suppress(OSError):
            # By its handle, not by its number: that may be somebody else's by now.
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)
            elif self._pid is not None and not self._is_over:
                os.kill(self._pid, number)

    def _lines(self) -> Iterator[dict[str, Any]]:
        found = bytearray()
        while True:
            part = self._receive(self._channel)
            if not part:
                return
            found += part
            if len(found) > _MOST_LINE_BYTES:
                raise OverflowError
            if b"\n" not in part:
                continue
            *lines, found = found.split(b"\n")
            for line in lines:
                with contextlib.suppress(ValueError, RecursionError):  # who was taken over may write anything
                    message = json.loads(line)
                    if isinstance(message, dict) and isinstance(message.get("type"), str):
                        yield message

    def _receive(self, source: socket.socket) -> bytes:
        left = None if self._until is None else self._until - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        source.settimeout(left)
        try:
            return source.recv(1 << 18)
        except ConnectionError:
            return b""

    def _bury(self, *, is_told: bool) -> None:
        """See that it has ended, and learn how."""
        if not is_told:
            self.kill()
        for _ in range(2):
            try:
                self._told.settimeout(_LAST_S)
                data = self._told.recv(4096)
                self.exit = json.loads(data)["exit"] if data else None
                break
            except TimeoutError:
                self.kill()
            except (OSError, ValueError, KeyError):
                break
        with self._lock:
            self._is_over = True
            self._channel.close()
            self._told.close()
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
