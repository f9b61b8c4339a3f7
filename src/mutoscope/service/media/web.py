"""Media by URL: https only, from hosts that the owner has named, never from inside their network, never elsewhere.

A name is looked up once and exactly that address is talked to: what it points at a moment later does not matter.
"""

import http.client
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

__all__ = ["Target", "check_url", "fetch_blocks", "is_public"]

_CONNECT_S = 10.0
_SILENT_S = 30.0
_WHOLE_S = 600.0
_BLOCK_BYTES = 1 << 20
_FIRST_BYTES = 64 << 10
_HIDING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
"""IPv6 addresses within which an IPv4 address is hidden: what they lead to is not known."""

_Given = TypeVar("_Given")


@dataclass(frozen=True)
class Target:
    """An address that may be asked.

    Attributes:
        host: its name.
        port: usually 443.
        path: with the query, which may be a secret.
        name: of the file.

    """

    host: str
    port: int
    path: str
    name: str


def check_url(url: str, settings: Settings) -> Target:
    """See that an address is one that may be fetched from.

    Raises:
        Problem: fetching is off, the address is not understood, or its host is not allowed.

    """
    if not settings.url_hosts:
        raise _refused("media is not fetched by URL here; the owner of this server starts it with --url-host HOST.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port or 443
    except ValueError:
        raise _refused("the address was not understood; expected https://….") from None
    if parts.scheme != "https" or parts.username is not None or parts.password is not None or not url.isascii():
        raise _refused("the address was not understood; expected https://… without a password, in ASCII.")
    if any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise _refused("the address has spaces or control characters; write them as %20.")
    named = {host} if port == 443 else {f"{host}:{port}"}
    if not named & {one.lower() for one in settings.url_hosts}:
        raise _refused("this host is not allowed; the owner of this server names hosts with --url-host HOST.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, unquote(parts.path.rpartition("/")[2]))


def fetch_blocks(target: Target, most: int) -> Iterator[bytes]:
    """Fetch a file, block by block; the first is small.

    Args:
        target: as `check_url` gave it.
        most: bytes that are taken.

    Raises:
        Problem: it cannot be fetched, leads elsewhere, or is too large.

    """
    until = time.monotonic() + _WHOLE_S
    with closing(_connect(target)) as connection:

        def ask() -> http.client.HTTPResponse:
            connection.request("GET", target.path, headers={"Accept-Encoding": "identity", "User-Agent": "mutoscope"})
            return connection.getresponse()

        with closing(_told(ask)) as answer:
            if 300 <= answer.status < 400:
                raise _refused("it leads to another address, which is not followed; give that one.")
            if answer.status != 200:
                raise _refused(f"its server answered {answer.status}; check the address.")
            length = answer.headers.get("Content-Length", "")
            if length.isdecimal() and int(length) > most:
                raise Problem("too-large", f"the file has {length} bytes; at most {most} are taken here.")
            total, wanted = 0, _FIRST_BYTES
            while block := _told(lambda: answer.read(wanted)):  # noqa: B023 # called at once
                total, wanted = total + len(block), _BLOCK_BYTES
                yield block
                if time.monotonic() > until:
                    raise _refused(f"it took longer than {_WHOLE_S / 60:g} minutes; upload the file instead.")
            if length.isdecimal() and total != int(length):
                raise _refused("the connection broke off; try again.")


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public network: not to this machine, nor to what lies around it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if found.version == 6 and any(found in network for network in _HIDING):
        return False
    return found.is_global and not found.is_multicast


def _connect(target: Target) -> http.client.HTTPSConnection:
    addresses = _told(lambda: socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
    found = [str(one[4][0]) for one in addresses]
    # All of them: a name with a public and a private address would otherwise be tried until the private one comes.
    if not found or not all(is_public(one) for one in found):
        raise _refused("its host is inside a private network; only public hosts are fetched from.")
    context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None)
    connection = http.client.HTTPSConnection(target.host, target.port, timeout=_SILENT_S, context=context)
    plain = _told(lambda: socket.create_connection((found[0], target.port), _CONNECT_S))
    try:
        connection.sock = _told(lambda: context.wrap_socket(plain, server_hostname=target.host))
    except BaseException:
        plain.close()
        raise
    connection.sock.settimeout(_SILENT_S)
    return connection


def _told(ask: Callable[[], _Given]) -> _Given:
    try:
        return ask()
    except TimeoutError:
        raise _refused("its server does not answer; try again later.") from None
    except ssl.SSLError:
        raise _refused("its certificate is not trusted.") from None
    except socket.gaierror:
        raise _refused("its host is not known; check the address.") from None
    except (OSError, http.client.HTTPException):
        raise _refused("its server cannot be reached, or broke off; try again later.") from None


def _refused(detail: str) -> Problem:
    # Nothing of the address is repeated: signed ones carry a secret.
    return Problem("invalid", detail, pointer="/url")
