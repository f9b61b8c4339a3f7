"""Reading from the web: only from hosts that a person has allowed, never from inside their network by a detour."""

import http.client
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from mutoscope.storage.protocol import (
    ChangedError,
    DeniedError,
    Files,
    MissingError,
    RefusedError,
    Stat,
    StoreError,
    TransientError,
)
from mutoscope.storage.retries import CONNECT_S, READ_S, Patience

__all__ = ["MAX_BYTES", "HttpFiles"]

MAX_BYTES = 64 * 2**30
"""Larger files are not fetched: an hour of 4K ProRes fits."""

_Given = TypeVar("_Given")
_MAX_REDIRECTS = 5
_STEP_BYTES = 2**20
_SAFE = "/%:@!$&'()*+,;=~"


class HttpFiles(Files):
    """The files of one host, read-only.

    Args:
        scheme: "http" or "https".
        host: name or address, with a port where it is not the usual one.
        prefix: "" or "folder/".
        query: what follows "?"; it is sent and never shown.

    """

    def __init__(self, scheme: str, host: str, prefix: str = "", query: str = "") -> None:
        self._base = f"{scheme}://{host}/"
        self._prefix, self._query = prefix, query
        self.patience = Patience()

    def __repr__(self) -> str:
        return f"HttpFiles({self._base!r})"

    def stat(self, path: str) -> Stat:
        """Look at a file: its first byte is asked for, since not all servers let heads be asked for."""

        def ask() -> Stat:
            with self._get(path, "bytes=0-0") as answer:
                return answer.stat

        stat = self.patience(ask)
        if stat.size > MAX_BYTES:
            raise RefusedError(
                f"it has {stat.size / 2**30:.0f} GiB, at most {MAX_BYTES >> 30} are fetched from the web"
            )
        return stat

    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:
        """Give a part of a file."""

        def ask() -> bytes:
            with self._get(path, f"bytes={start}-{end - 1}") as answer:
                if answer.stat.version != stat.version:
                    raise ChangedError("")
                if not answer.stat.has_ranges:
                    raise RefusedError("its server gives no parts of files; fetch it whole")
                return answer.exactly(end - start)

        return self.patience(ask) if end > start else b""

    def stream(self, path: str, stat: Stat) -> Iterator[bytes]:
        """Give all bytes in order, in one go: what breaks off begins anew."""
        total = 0
        with self.patience(lambda: self._get(path, None)) as answer:
            while data := answer.some(_STEP_BYTES):
                total += len(data)
                if total > MAX_BYTES:
                    raise RefusedError(f"it has more than {MAX_BYTES >> 30} GiB, no more is fetched from the web")
                yield data
        if stat.size not in (-1, total):
            raise TransientError(f"{total} of {stat.size} bytes came")

    def _get(self, path: str, wanted: str | None) -> "_Answer":
        url = self._base + quote(self._prefix + path, safe=_SAFE)
        target = url + (f"?{self._query}" if self._query else "")
        for _ in range(_MAX_REDIRECTS + 1):
            answer = _ask(target, wanted)
            where = answer.redirect
            if where is None:
                return answer
            answer.close()
            target = self._followed(target, where)
        raise RefusedError("it redirects in a circle; give the address that it ends at")

    def _followed(self, target: str, where: str) -> str:
        new = urljoin(target, where)
        old, parts = urlsplit(target), urlsplit(new)
        if (parts.scheme, parts.netloc) == (old.scheme, old.netloc):
            return new
        if (old.scheme, parts.scheme, parts.hostname) == ("http", "https", old.hostname) and parts.port in (None, 443):
            return new
        # Only the host is told: the rest of such addresses is often signed.
        raise RefusedError(f"it redirects to another host ({parts.hostname}), which is not followed; give that address")


class _Answer:
    """An open answer; a context manager."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer
        self.redirect = answer.headers.get("Location", "") if answer.status in (301, 302, 303, 307, 308) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._answer.close()  # it has taken the socket where the server says that this was the last
        self._connection.close()

    @property
    def stat(self) -> Stat:
        headers = self._answer.headers
        whole = re.fullmatch(r"bytes (?:\d+-\d+|\*)/(\d+)", headers.get("Content-Range", ""))
        length = whole[1] if whole else headers.get("Content-Length", "")
        size = int(length) if length.isdigit() else -1
        version = headers.get("ETag") or headers.get("Last-Modified") or f"{size} bytes"
        return Stat(size, version, has_ranges=self._answer.status in (206, 416) or size == 0)

    def some(self, most: int) -> bytes:
        return _told(lambda: self._answer.read(most))

    def exactly(self, wanted: int) -> bytes:
        data = bytearray()
        while len(data) < wanted and (more := self.some(wanted - len(data))):
            data += more
        if len(data) != wanted:
            raise TransientError("the connection was lost")
        return bytes(data)


def _ask(target: str, wanted: str | None) -> _Answer:
    parts = urlsplit(target)
    if parts.hostname is None:
        raise RefusedError("it redirects to something that is no address; give another one")
    connection = _connect(parts.scheme, parts.hostname, parts.port)
    headers = {"Accept-Encoding": "identity", "User-Agent": "mutoscope"} | ({"Range": wanted} if wanted else {})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def ask() -> http.client.HTTPResponse:
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    try:
        answer = _told(ask)
        if answer.status not in (200, 206, 301, 302, 303, 307, 308, 416):
            answer.close()
            raise _refusal(answer)
    except BaseException:
        connection.close()
        raise
    return _Answer(connection, answer)


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    """Look a host up once, and talk to exactly the address that was looked at."""
    address = _public(host, port or (443 if scheme == "https" else 80))
    if scheme == "https":
        context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)
        secure = http.client.HTTPSConnection(host, port, timeout=READ_S, context=context)
        plain = _told(lambda: socket.create_connection(address, CONNECT_S))
        try:
            secure.sock = _told(lambda: context.wrap_socket(plain, server_hostname=host))
        except BaseException:
            plain.close()
            raise
        secure.sock.settimeout(READ_S)
        return secure
    open_one = http.client.HTTPConnection(host, port, timeout=READ_S)
    open_one.sock = _told(lambda: socket.create_connection(address, CONNECT_S))
    open_one.sock.settimeout(READ_S)
    return open_one


def _public(host: str, port: int) -> tuple[str, int]:
    found = _told(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    addresses = [str(one[4][0]) for one in found]
    # Who allowed "localhost" or a bare address has said which machine they mean; a name could mean any tomorrow.
    if host != "localhost" and not _is_address(host):
        for one in addresses:
            if not ipaddress.ip_address(one.partition("%")[0]).is_global:
                raise RefusedError(f"{host} is inside a private network ({one}); if that is meant, allow the address")
    return addresses[0], port


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _told(ask: Callable[[], _Given]) -> _Given:
    try:
        return ask()
    except TimeoutError:
        raise TransientError("the server does not answer", is_timeout=True) from None
    except ssl.SSLCertVerificationError as error:
        raise RefusedError(f"its certificate is not trusted ({error.verify_message})") from None
    except socket.gaierror:
        raise TransientError("its host is not known") from None
    except (OSError, http.client.HTTPException):
        raise TransientError("the connection was lost, or nobody listens there") from None


def _refusal(answer: http.client.HTTPResponse) -> StoreError:
    if answer.status in (404, 410):
        return MissingError("")
    if answer.status in (401, 403):
        return DeniedError("")
    if answer.status in (408, 429, 500, 502, 503, 504):
        after = answer.headers.get("Retry-After", "")
        return TransientError(f"the server is busy ({answer.status})", float(after) if after.isdigit() else None)
    return RefusedError(f"the server answered {answer.status}")
