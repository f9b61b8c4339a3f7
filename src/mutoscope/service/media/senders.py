"""Who is sending to which upload just now. A later sender goes on in place of one whose connection is dead."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from mutoscope.service.problems import Problem

__all__ = ["ALIVE_S", "Sender", "Senders"]

ALIVE_S = 3.0
"""A sender that was heard within so many seconds is not pushed aside."""

_ENDING_S = 0.5


class Sender:
    """One request that sends.

    Attributes:
        scope: what ends it.
        ended: set when it has let go of the file.

    """

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.ended = anyio.Event()
        self._heard = time.monotonic()

    def hear(self) -> None:
        """Say that bytes came."""
        self._heard = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether bytes came lately."""
        return time.monotonic() - self._heard < ALIVE_S


class Senders:
    """The senders of one process; for one event loop."""

    def __init__(self) -> None:
        self._active: dict[str, Sender] = {}

    @asynccontextmanager
    async def sending(self, id_: str) -> AsyncIterator[Sender]:
        """Be the only one that sends to an upload as long as the block runs.

        A network that changes under a sender leaves a dead connection behind, and the sender comes back by a new one:
        the server hears of the death only minutes later.

        Raises:
            Problem: another request is sending, and bytes are coming; or the other way round, this one was dead.

        """
        await self.push_aside(id_)
        me = self._active[id_] = Sender()
        try:
            with me.scope:
                yield me
        finally:
            if self._active.get(id_) is me:
                del self._active[id_]
            me.ended.set()
        if me.scope.cancelled_caught:
            raise Problem("in-flight", "another request went on with this upload; this one was dead.")

    async def push_aside(self, id_: str, *, alive_too: bool = False) -> None:
        """End the request that sends to an upload.

        Args:
            id_: of the upload.
            alive_too: also where bytes are coming, as when the upload is removed.

        Raises:
            Problem: it is alive.

        """
        while (former := self._active.get(id_)) is not None:
            with anyio.move_on_after(0 if alive_too else _ENDING_S):
                await former.ended.wait()  # it may have hung up just now
                continue
            if former.is_alive and not alive_too:
                raise Problem(
                    "in-flight",
                    "another request is sending to this upload; wait till it ends.",
                    headers={"Retry-After": "1"},
                )
            former.scope.cancel()
            await former.ended.wait()
