"""What every request passes before a route sees it: host, origin, size. And what every answer carries."""

import ipaddress
import json
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

__all__ = ["CONTENT_SECURITY_POLICY", "Guards", "is_loopback", "send_problem"]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})
_STREAMED = ("/api/uploads", "/api/media", "/api/framesets")
"""Below these a body may be a film; the routes there count for themselves what they take."""


class Guards:
    """Refuses what a foreign page, a foreign name or too large a body brings (ASGI).

    Loopback alone protects nobody: a page in the user's browser can send requests to it (CVE-2024-10481 of a
    comparable server), and a name that an attacker points at 127.0.0.1 makes that page "same origin".
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limit = settings.body_bytes
        self._names = _served_names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with_headers = _with_headers(send, scope["path"])
        try:
            self._check(scope)
            limited = receive if _is_streamed(scope) else _Counted(receive, self._limit)
        except Problem as problem:
            await send_problem(problem, with_headers)
            return
        await self._app(scope, limited, with_headers)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = _name_of(headers.get("host", ""))
        if host not in self._names:
            raise Problem(
                "misdirected",
                f"{host[:100]!r} is not served here; use the address that 'mutoscope serve' prints, or start it with "
                "--host-name for another name.",
            )
        if scope["method"] not in _SAFE:
            _check_origin(headers)
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise Problem("bad-request", "Content-Length is no number.")
        if int(length) > self._limit and not _is_streamed(scope):
            raise Problem("too-large", f"the body has {length} bytes; at most {self._limit} are taken here.")


def is_loopback(host: str) -> bool:
    """Tell whether an address is one that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def send_problem(problem: Problem, send: Send) -> None:
    """Send a problem without any framework."""
    body = json.dumps(problem.body()).encode()
    headers = {"content-type": "application/problem+json", "content-length": str(len(body)), **problem.headers}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.kind.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _check_origin(headers: Headers) -> None:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITE:
        raise Problem("foreign-origin", "a page of another site sent this; only the service's own page may.")
    if origin is not None:
        parts = urlsplit(origin)
        # "null" is what sandboxed frames and files send; it is nobody's page.
        if parts.scheme not in ("http", "https") or parts.netloc != headers.get("host"):
            raise Problem("foreign-origin", "a page of another origin sent this; only the service's own page may.")
    elif site is None and _has_cookie(headers.getlist("cookie")):
        raise Problem(
            "foreign-origin", "a cookie came without Origin; programs send Authorization: Bearer TOKEN instead."
        )


def _has_cookie(given: Iterable[str]) -> bool:
    try:
        return any(SimpleCookie(text) for text in given)
    except CookieError:
        return True


def _served_names(settings: Settings) -> frozenset[str]:
    names = {"localhost", "127.0.0.1", "[::1]", *(name.lower() for name in settings.hosts)}
    if settings.host not in ("0.0.0.0", "::"):  # noqa: S104 # they mean any address; a client names a real one
        names.add(f"[{settings.host}]" if ":" in settings.host else settings.host.lower())
    return frozenset(names)


def _name_of(host: str) -> str:
    """Give the name in a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower().rstrip(".")


def _is_streamed(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] in ("POST", "PUT", "PATCH") and path.startswith(_STREAMED)


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if path.startswith("/api"):
                headers.setdefault("Cache-Control", "private, no-cache")
        await send(message)

    return sending


class _Counted:
    """Counts a body that did not say how long it is; raises where it is too long."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._taken = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._taken > self._limit:
                raise Problem("too-large", f"the body is larger than the {self._limit} bytes that are taken here.")
        return message
