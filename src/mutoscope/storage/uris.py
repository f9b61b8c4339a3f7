"""Addresses of bytes: `s3://bucket/key`, `data://name`, `dropbox://path`, `https://host/path`, `store://NAME/path`."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from mutoscope.core.errors import InputError

__all__ = ["SCHEMES", "Uri", "check_path", "is_pattern", "is_uri", "join", "parse_uri"]

SCHEMES = ("file", "data", "s3", "dropbox", "http", "https", "store", "gdrive")
"""Kinds of places; `store://NAME/path` means a place below the root of a named store."""

_WITH_HOST = ("s3", "http", "https", "store", "gdrive")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_FLAT = re.compile(rf"({'|'.join(SCHEMES)}):/(?!/)(.*)", re.DOTALL)
_ENCODED = re.compile(r"%(?:25)*(2e|2f|5c|00)", re.IGNORECASE)
_PLAIN = {"2e": ".", "2f": "/", "5c": "\\", "00": "\0"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:]+\](?::\d{1,5})?")
_MAX_BYTES = 1024
"""S3's limit for a key; Dropbox and file systems take less or as much."""


@dataclass(frozen=True)
class Uri:
    """An address, taken apart. Its text leaves the query out: that is where signed addresses carry their secret.

    Attributes:
        scheme: one of `SCHEMES`.
        host: bucket, host with port, or name of a store; empty where the kind has none.
        path: below that, without a slash at the start; it may be a pattern.
        query: what follows "?" in an http address.

    """

    scheme: str
    host: str
    path: str
    query: str = field(default="", repr=False)

    def __str__(self) -> str:
        slash = "/" if self.host and self.path else ""
        root = "/" if self.scheme == "file" else ""
        return f"{self.scheme}://{self.host}{slash}{root}{self.path}"

    @property
    def name(self) -> str:
        """The last part of the path; empty for a folder."""
        return self.path.rpartition("/")[2]

    @property
    def is_folder(self) -> bool:
        """Whether the address ends as a folder's does."""
        return not self.path or self.path.endswith("/")


def is_uri(text: "str | Path") -> bool:
    """Tell whether a text is an address and not the path of a local file.

    `Path` turns "s3://bucket/key" into "s3:/bucket/key"; of the kinds that are known that is an address as well.
    """
    text = str(text)
    return bool(_URI.match(text) or _FLAT.match(text))


def parse_uri(text: "str | Path") -> Uri:
    """Take an address apart.

    Raises:
        InputError: it is none, its kind is not known, it carries a password, or its path leads out of its root.

    """
    text = str(text)
    match = _URI.match(text) or _FLAT.match(text)
    if match is None:
        raise InputError(f"{text} is no address; expected something like s3://bucket/film.mp4.")
    scheme, rest = match[1].lower(), match[2]
    if scheme not in SCHEMES:
        known = ", ".join(f"{one}://" for one in SCHEMES if one not in ("file", "gdrive"))
        raise InputError(f"{scheme}:// is a kind of place that is not known here; expected {known}.")
    query = ""
    if scheme in ("http", "https"):
        rest, _, _ = rest.partition("#")
        rest, _, query = rest.partition("?")
    if scheme not in _WITH_HOST:
        return Uri(scheme, "", check_path(_file_path(scheme, rest), f"{scheme}://"))
    host, _, path = rest.partition("/")
    if "@" in host:
        # Not repeated: what stands there is a secret.
        raise InputError(
            f"a {scheme}:// address carries a name or password before an @; leave it out, credentials come from the "
            "environment or a profile."
        )
    if not _HOST.fullmatch(host) or host in (".", ".."):
        what = {"s3": "bucket", "store": "store"}.get(scheme, "host")
        raise InputError(f"{scheme}://{_shown(host)} names no {what}; expected {scheme}://{what.upper()}/path.")
    return Uri(scheme, host, check_path(path, f"{scheme}://{host}/"), query)


def check_path(path: str, place: str = "") -> str:
    """Give a path below a root, where it stays below it.

    Refused are "." and ".." also where they are percent-encoded, once or more often, backslashes, control characters,
    empty parts (an absolute path after the root). What only looks like a dot is a name like others.

    Args:
        path: it.
        place: what stands before it in an address, for the message.

    Raises:
        InputError: it could lead elsewhere.

    """
    if _CONTROL.search(path):
        _refuse(place, path, "holds a control character")
    if len(path.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        _refuse(place, path[:60] + "…", f"is longer than {_MAX_BYTES} bytes")
    parts = path.removesuffix("/").split("/") if path else []
    for part in parts:
        bare = _ENCODED.sub(lambda found: _PLAIN[found[1].lower()], part)
        if not part:
            _refuse(place, path, "has an empty part (two slashes, or one at the start)")
        if "\\" in bare:
            _refuse(place, path, "holds a backslash")
        if bare in (".", "..") or "/" in bare or "\0" in bare:
            _refuse(place, path, "leads out of its folder")
    return path


def is_pattern(path: str) -> bool:
    """Tell whether a path asks for several: `*`, `?` or `[…]`."""
    return any(sign in path for sign in "*?[")


def join(folder: Uri, name: str) -> Uri:
    """Give the address of a name in a folder.

    Raises:
        InputError: the name leads elsewhere.

    """
    path = f"{folder.path.rstrip('/')}/{name}" if folder.path.rstrip("/") else name
    return Uri(folder.scheme, folder.host, check_path(path, f"{folder.scheme}://{folder.host}/"))


def _file_path(scheme: str, rest: str) -> str:
    if scheme != "file":
        return rest.removeprefix("/") if scheme == "dropbox" else rest
    host, _, path = rest.partition("/")
    if host not in ("", "localhost"):
        raise InputError(f"file://{_shown(host)} is on another machine; expected file:///folder/film.mp4.")
    return path


def _refuse(place: str, path: str, why: str) -> NoReturn:
    raise InputError(f"{place}{_shown(path)} {why}; give a plain path below the root of the store.")


def _shown(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii") if _CONTROL.search(text) else text
