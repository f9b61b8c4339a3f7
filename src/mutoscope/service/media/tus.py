"""The words of tus 1.0.0, the protocol of uploads that go on: its headers, read and written."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from mutoscope.service.problems import Problem

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = [
    "CHECKSUMS",
    "EXTENSIONS",
    "TYPE",
    "VERSION",
    "Checksum",
    "check_version",
    "http_date",
    "read_checksum",
    "read_metadata",
    "read_number",
    "write_metadata",
]

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
TYPE = "application/offset+octet-stream"
"""Content-Type of bytes on their way."""

CHECKSUMS = {"sha1": 20, "sha256": 32, "md5": 16}
"""Algorithms of Upload-Checksum, with the length of their digests in bytes."""

_MAX_METADATA = 4096
_MAX_KEYS = 32
_KEY = re.compile(r"[!-+\--~]{1,64}")  # visible ASCII but for the comma
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Checksum:
    """What a sender says that their bytes have as digest."""

    algorithm: str
    digest: bytes

    def begin(self) -> "_Hash":
        """Give the algorithm, fresh."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def check_version(given: str | None) -> None:
    """See that the sender speaks this version.

    Raises:
        Problem: another one, or none.

    """
    if given != VERSION:
        said = "no Tus-Resumable was sent" if given is None else "this version of tus is not spoken here"
        raise Problem("changed", f"{said}; send Tus-Resumable: {VERSION}.", headers={"Tus-Version": VERSION})


def read_number(text: str | None, name: str) -> int:
    """Read a number of bytes from the header `name`.

    Raises:
        Problem: it is missing or is no number.

    """
    if not text or not _NUMBER.fullmatch(text):
        raise Problem("bad-request", f"{name} was {'missing' if not text else 'no number'}; send bytes.", pointer=name)
    return int(text)


def read_metadata(text: str | None) -> dict[str, str]:
    """Read Upload-Metadata: "filename Y2xpcC5tcDQ=,filetype dmlkZW8vbXA0".

    Raises:
        Problem: it is not written so, too long, or says something twice.

    """
    if not text or not text.strip():
        return {}
    if len(text) > _MAX_METADATA:
        raise _no_metadata(f"it is longer than {_MAX_METADATA} bytes")
    found: dict[str, str] = {}
    for pair in text.split(","):
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key):
            raise _no_metadata("a key is empty, or holds more than visible ASCII")
        if key in found:
            raise _no_metadata("a key stands there twice")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise _no_metadata("a value is no Base64 of UTF-8") from None
    if len(found) > _MAX_KEYS:
        raise _no_metadata(f"there are more than {_MAX_KEYS} keys")
    return found


def write_metadata(told: Mapping[str, str]) -> str:
    """Write Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in told.items())


def read_checksum(text: str | None) -> Checksum | None:
    """Read Upload-Checksum: "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=".

    Raises:
        Problem: the algorithm is none of ours, or the digest is none of it.

    """
    if text is None:
        return None
    algorithm, _, encoded = text.strip().partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != CHECKSUMS.get(algorithm, -1):
        raise Problem(
            "bad-request",
            f"Upload-Checksum was not understood; expected {', '.join(CHECKSUMS)}, a space, the digest in Base64.",
            pointer="Upload-Checksum",
        )
    return Checksum(algorithm, digest)


def http_date(seconds: float) -> str:
    """Write a time as headers have it: "Wed, 25 Jun 2014 16:00:00 GMT"."""
    return formatdate(seconds, usegmt=True)


def _no_metadata(why: str) -> Problem:
    return Problem("bad-request", f"Upload-Metadata: {why}; send pairs of a key and Base64.", pointer="Upload-Metadata")
