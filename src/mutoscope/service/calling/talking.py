"""How the client talks to a server: one connection, the token, problems as errors, patience with lost connections."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from mutoscope.core.errors import MutoscopeError, ParameterError

__all__ = ["Answer", "Connection", "ServerError", "UnreachableError"]

T = TypeVar("T")

_TIMEOUT_S = 60.0
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0
_LARGEST_ANSWER = 64 << 20  # of JSON; files are streamed
_LOST = (OSError, http.client.HTTPException)
_BUSY = (502, 503, 504)  # a proxy whose server is being started again, or the server itself


class ServerError(MutoscopeError):
    """The server refused; the message is what it said.

    Attributes:
        status: of the answer.
        type: kind of the problem, like /problems/quota; empty where it was no problem of ours.

    """

    def __init__(self, message: str, status: int, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.type = kind


class UnreachableError(MutoscopeError):
    """No server answers, or it went away and did not come back."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Give its JSON.

        Raises:
            ServerError: it is none.

        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise ServerError(
                "the server sent something else than JSON; is it a Mutoscope server?", self.status
            ) from None


class Connection:
    """A connection to one server, opened when it is needed and again when it was lost. Not for several threads.

    Args:
        url: as `mutoscope serve` prints it; a token in it is taken.
        token: of the server.
        patience_s: how long a lost connection is tried again.

    Attributes:
        url: the server's address, without the token.
        is_private: whether nobody on the way can read the token: by https, or within this machine.

    Raises:
        ParameterError: the address is none, or there is no token.

    """

    def __init__(self, url: str, token: str = "", *, patience_s: float = 60.0) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise ParameterError(f"{_bare(url)!r} is no address of a server; write one like http://127.0.0.1:8094.")
        token = token or "".join(parse_qs(parts.query).get("token", [""])[:1])
        if not token or not token.isascii() or any(char.isspace() for char in token):
            raise ParameterError("a token is wanted, without spaces; 'mutoscope serve' prints one.")
        self.patience_s = patience_s
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self.is_private = parts.scheme == "https" or _is_here(parts.hostname)
        self._root = parts.path.rstrip("/")
        self._token = token
        self._progressed_at = 0.0
        self._open: http.client.HTTPConnection | None = None
        self._make = _maker(parts.scheme, parts.hostname, port)

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        expect: tuple[int, ...] = (),
    ) -> Answer:
        """Send one request and read the whole answer.

        Args:
            method: GET, POST …
            path: below the server's address, or an address that this server gave.
            body: what is sent.
            headers: beside those that all requests have.
            expect: statuses that are no errors, beside 200 to 299.

        Raises:
            ServerError: the server refused.
            OSError, HTTPException: the connection was lost; see `patiently`.

        """
        with self.streamed(method, path, body, headers, expect=expect) as response:
            taken = response.read(_LARGEST_ANSWER + 1)
            if len(taken) > _LARGEST_ANSWER:
                raise ServerError("the answer is too large; is it a Mutoscope server?", response.status)
            return Answer(response.status, _plain(response), taken)

    def ask_json(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON and give JSON, patiently; for what may be sent twice.

        Raises:
            ServerError: the server refused.
            UnreachableError: it does not answer.

        """
        raw = None if body is None else json.dumps(body).encode()
        told = {"Content-Type": "application/json", **(headers or {})} if raw is not None else headers
        return self.patiently(lambda: self.ask(method, path, raw, told)).json()

    @contextmanager
    def streamed(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        expect: tuple[int, ...] = (),
    ) -> Iterator[http.client.HTTPResponse]:
        """Send one request and lend the answer for reading; the connection is kept where it was read to its end.

        Raises:
            ServerError, OSError, HTTPException: as `ask`.

        """
        connection = self._open or self._make()
        self._open = None
        whole = False
        try:
            told = {"Authorization": f"Bearer {self._token}", "Accept": "*/*", **(headers or {})}
            connection.request(method, self._place(path), body=body, headers=told)
            response = connection.getresponse()
            if response.status not in expect and not 200 <= response.status < 300:
                raise _refusal(response)
            yield response
            whole = response.isclosed() and not response.will_close
        finally:
            if whole:
                self._open = connection
            else:
                connection.close()

    def patiently(self, work: Callable[[], T]) -> T:
        """Do something again for as long as the connection is lost or the server is being started again.

        The patience begins anew with everything that has arrived; see `progressed`.

        Raises:
            ServerError: the server refused.
            UnreachableError: it does not come back.

        """
        self._progressed_at, wait = time.monotonic(), _FIRST_WAIT_S
        while True:
            began = time.monotonic()
            try:
                return work()
            except ServerError as error:
                if error.status not in _BUSY or time.monotonic() - self._progressed_at > self.patience_s:
                    raise
            except _LOST as error:
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise UnreachableError(f"the certificate of {self.url} is not trusted: {error.reason}.") from None
                if time.monotonic() - self._progressed_at > self.patience_s:
                    why = getattr(error, "strerror", None) or type(error).__name__
                    raise UnreachableError(f"no server answers at {self.url} ({why}); is it running?") from None
            wait = _FIRST_WAIT_S if self._progressed_at > began else min(2 * wait, _LONGEST_WAIT_S)
            time.sleep(wait)

    def progressed(self) -> None:
        """Tell that something has arrived: a long file may break often, as long as it comes on."""
        self._progressed_at = time.monotonic()

    def _place(self, path: str) -> str:
        if "://" in path:
            parts = urlsplit(path)
            if f"{parts.scheme}://{parts.netloc}" != self.url.removesuffix(self._root):
                raise ServerError(f"the server named an address of another one ({parts.netloc}).", 0)
            return parts.path + (f"?{parts.query}" if parts.query else "")
        return self._root + path


def _maker(scheme: str, host: str, port: int | None) -> Callable[[], http.client.HTTPConnection]:
    if scheme == "https":
        context = ssl.create_default_context()
        return lambda: http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
    return lambda: http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)


def _is_here(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _plain(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _refusal(response: http.client.HTTPResponse) -> ServerError:
    try:
        told = json.loads(response.read(1 << 16))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        line = f"the server answered {response.status} {response.reason}; is it a Mutoscope server?"
        return ServerError(line, response.status)
    line = str(told.get("detail") or told.get("title") or f"the server answered {response.status}.")
    errors = told.get("errors")
    places = (
        [str(one.get("pointer", "")) for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    )
    if len(places) == 1 and places[0].startswith("/"):
        line = f"{places[0][1:]}: {line}"
    return ServerError(line, response.status, str(told.get("type", "")))


def _bare(url: str) -> str:
    """Give an address without what may be secret in it."""
    return url.partition("?")[0].rpartition("@")[2][:200]
