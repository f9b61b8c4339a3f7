"""Bodies that are too large for memory: taken block by block, and let run out where they are refused."""

import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from mutoscope.core.errors import MutoscopeError
from mutoscope.service.problems import Problem
from mutoscope.service.sandbox.tasks.kinds import EDGE_BYTES

__all__ = [
    "BLOCK_BYTES",
    "IDLE_S",
    "SMALL_BODY_BYTES",
    "Body",
    "StreamedRoute",
    "in_disk_thread",
    "in_far_thread",
    "in_look_thread",
]

BLOCK_BYTES = 1 << 20
"""So many bytes are written at once, and are in memory for each sender."""

SMALL_BODY_BYTES = 1 << 16
"""Most of a body that is no file, on routes below which files are sent too."""

IDLE_S = 60.0
"""Seconds without a byte after which a sender is left; what has come is kept."""

_RUN_OUT_BYTES = 32 << 20
_RUN_OUT_S = 5.0
_RUN_OUT_SILENT_S = 0.5
_AT_ONCE = 8
_Given = TypeVar("_Given")
_disk: RunVar[anyio.CapacityLimiter] = RunVar("threads that write")
_far: RunVar[anyio.CapacityLimiter] = RunVar("threads that wait for other machines")
_looks: RunVar[anyio.CapacityLimiter] = RunVar("threads that wait for the sandbox")


class Body:
    """The body of a request, as it comes; one for each request.

    Attributes:
        has_ended: whether all of it was taken.

    """

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        headers = request.headers
        self.has_ended = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        # Who waits for a go-ahead has sent nothing yet, and reads the answer first.
        self._is_waiting = headers.get("expect", "").lower() == "100-continue"

    @classmethod
    def of(cls, request: Request) -> "Body":
        """Give the body of a request, always the same one."""
        if not hasattr(request.state, "body"):
            request.state.body = cls(request)
        body: Body = request.state.body
        return body

    async def blocks(self, idle_s: float = IDLE_S) -> AsyncGenerator[bytes]:
        """Gather what comes into blocks; the first is small, so that it is judged early.

        Raises:
            Problem: nothing came for so long; what came before was given.
            ClientDisconnect: the sender is gone; likewise.

        """
        gathered, wanted = bytearray(), EDGE_BYTES
        while not self.has_ended:
            try:
                with anyio.fail_after(idle_s):
                    gathered += await self._next()
            except TimeoutError:
                if gathered:
                    yield bytes(gathered)
                raise Problem("bad-request", f"no byte came for {idle_s:g} s; send the rest again.") from None
            except BaseException:
                if gathered:
                    yield bytes(gathered)
                raise
            if len(gathered) >= wanted:
                yield bytes(gathered)
                gathered.clear()
                wanted = BLOCK_BYTES
        if gathered:
            yield bytes(gathered)

    async def run_out(self) -> None:
        """Throw away what is on its way, within bounds: many senders read an answer only when they have sent all."""
        left, until = _RUN_OUT_BYTES, time.monotonic() + _RUN_OUT_S
        if self._is_waiting:
            return
        try:
            while not self.has_ended and left > 0 and time.monotonic() < until:
                with anyio.fail_after(_RUN_OUT_SILENT_S):
                    left -= len(await self._next())
        except (TimeoutError, ClientDisconnect):
            return

    async def _next(self) -> bytes:
        self._is_waiting = False
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.has_ended = True
            raise ClientDisconnect
        self.has_ended = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk


class StreamedRoute(APIRoute):
    """A route that takes large bodies: what it refuses runs out before the answer is sent."""

    headers: dict[str, str] = {}  # noqa: RUF012 # of every answer; a subclass says which

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give what handles a request."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                response = await handle(request)
            except (Problem, MutoscopeError, RequestValidationError, HTTPException) as error:
                if isinstance(error, Problem):
                    error.headers = {**self.headers, **error.headers}
                await Body.of(request).run_out()
                raise
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            for name, value in self.headers.items():
                response.headers.setdefault(name, value)
            return response

        return handled


async def in_disk_thread(do: Callable[[], _Given]) -> _Given:
    """Run something that waits for a disk in a thread, beside those of the other routes, and wait for its end."""
    return await _in_thread(do, _disk)


async def in_look_thread(do: Callable[[], _Given]) -> _Given:
    """Run something that waits for the sandbox in a thread, so that it holds up neither other routes nor uploads."""
    return await _in_thread(do, _looks)


async def in_far_thread(do: Callable[[], _Given]) -> _Given:
    """Run something that waits for other machines in a thread; it may take minutes."""
    return await _in_thread(do, _far)


async def _in_thread(do: Callable[[], _Given], limiters: RunVar[anyio.CapacityLimiter]) -> _Given:
    try:
        limiter = limiters.get()
    except LookupError:
        limiters.set(limiter := anyio.CapacityLimiter(_AT_ONCE))
    given: list[_Given] = []
    with anyio.CancelScope(shield=True):  # a thread cannot be called back; the file is its own till then
        given.append(await anyio.to_thread.run_sync(do, limiter=limiter))
    return given[0]
