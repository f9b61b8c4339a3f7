"""Counts and logs every request: route, status, time, and an id by which one finds it again."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutoscope.service.ids import new_id
from mutoscope.service.operations.metrics import Metrics

__all__ = ["Observed"]

_log = logging.getLogger("mutoscope.access")
_OUR_FAULT = 500


class Observed:
    """Stands around all others (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, request_id = time.perf_counter(), _OUR_FAULT, new_id("q")

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).setdefault("X-Request-Id", request_id)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "other")  # the template: addresses hold ids
            service = getattr(scope["app"].state, "service", None) if "app" in scope else None
            if service is not None:
                metrics: Metrics = service.metrics
                metrics.request(f"{scope['method']} {route}", status, seconds)
            _log.info(
                "%s %s",
                scope["method"],
                route,
                extra={"request_id": request_id, "status": status, "ms": round(seconds * 1000, 1)},
            )
