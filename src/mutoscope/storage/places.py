"""Bytes by address: look, list, read, write. Torch-free; drivers load when an address needs them.

with open_read("s3://rushes/a.mp4") as stream: ...        # seekable, in blocks, 48 MB of memory at most
with write_place("store://out/a.mp4") as path: ...        # a local path; sent when the block ends well
with open_write("store://out/log.txt") as stream: ...     # sent while it is written; appears when it is whole
"""

import contextlib
import fnmatch
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.storage.addressed import Place, place_at
from mutoscope.storage.blocks import BlockReader
from mutoscope.storage.fetched import fetch
from mutoscope.storage.protocol import Sending, Stat
from mutoscope.storage.sending import open_write, put, remove, write_place
from mutoscope.storage.stores import Store, named
from mutoscope.storage.uris import check_path, is_pattern

__all__ = [
    "Place",
    "StoreState",
    "check_store",
    "fetch",
    "list_uris",
    "open_read",
    "open_write",
    "place_at",
    "put",
    "remove",
    "stat",
    "write_place",
]

_COPY_BYTES = 2**20


@dataclass(frozen=True)
class StoreState:
    """What a store is like just now.

    Attributes:
        store: which one.
        ok: whether it can be read, and written where it is meant to be.
        text: one line for a person.

    """

    store: Store
    ok: bool
    text: str


def stat(uri: str | Path) -> Stat:
    """Look at the bytes at an address.

    Raises:
        InputError: they are not there, or may not be looked at.

    """
    return place_at(uri).stat()


def open_read(uri: str | Path) -> BinaryIO:
    """Open the bytes at an address: seekable, read in blocks; close it.

    Raises:
        InputError: they are not there or may not be read; while reading: they changed, or the server is gone.

    """
    place = place_at(uri)
    found = place.stat()
    if not found.has_ranges:
        return fetch(uri).open("rb")

    def read(start: int, end: int) -> bytes:
        return place.told(lambda: place.files.read(place.path, start, end, found))

    return cast("BinaryIO", io.BufferedReader(BlockReader(read, found.size), _COPY_BYTES))


def list_uris(pattern: str | Path) -> list[str]:
    """List what a pattern means: `*` and `?` within a name, `**` across folders; "folder/" means its files.

    An address without a pattern is given as it is.

    Raises:
        InputError: nothing matches, or the store cannot be listed.

    """
    place = place_at(pattern)
    uri, path = place.uri, place.path
    if not is_pattern(path) and not uri.is_folder:
        return [str(pattern)]
    wanted = path if is_pattern(path) else f"{path}*" if not path or path.endswith("/") else f"{path}/*"
    fixed = re.split(r"[*?\[]", wanted, maxsplit=1)[0].rpartition("/")
    folder = fixed[0] + fixed[1]
    matches = _matcher(wanted)
    whole = str(uri)
    base = whole.removesuffix(path) if path else whole if whole.endswith("/") else f"{whole}/"
    is_deep = "/" in wanted[len(folder) :] or "**" in wanted
    names = place.told(lambda: [entry.path for entry in place.files.walk(folder, is_deep=is_deep)])
    found = []
    for name in sorted(names):
        with contextlib.suppress(InputError):  # keys that no address can name: a//b, or with ".." in them
            if matches(name):
                found.append(f"{base}{check_path(name)}")
    if not found and is_pattern(path) and _is_there(place):
        return [str(pattern)]  # "clip [1].mp4" is a name as well
    if not found:
        raise InputError(f"nothing matches {uri}; check the address, or quote it so that the shell leaves * alone.")
    return found


def check_store(name: str) -> StoreState:
    """Try a store: list its root, and where it may be written write a small file and remove it again.

    Raises:
        InputError: there is no store of that name.

    """
    store = named(name)
    place = Place(store.root, store, "")
    try:
        if store.root.scheme in ("http", "https"):
            return StoreState(store, ok=True, text=f"{store.uri}: this host may be read from")
        place.told(lambda: next(iter(place.files.walk("", is_deep=False)), None))
        if store.mode == "rw":
            trial = Place(store.root, store, f".mutoscope-check-{time.time_ns():x}")
            upload = trial.told(lambda: trial.files.upload(trial.path, Sending(None)), writing=True)
            trial.told(upload.finish, writing=True)
            trial.told(lambda: trial.files.remove(trial.path), writing=True)
    except MutoscopeError as error:
        return StoreState(store, ok=False, text=str(error))
    return StoreState(store, ok=True, text=f"{store.uri}: can be read{' and written' if store.mode == 'rw' else ''}")


def _is_there(place: Place) -> bool:
    try:
        place.stat()
    except InputError:
        return False
    return True


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Match folder by folder, so that `*` stays within a name."""
    parts = pattern.split("/")

    def match(names: list[str], wanted: list[str]) -> bool:
        if not wanted:
            return not names
        if wanted[0] == "**":
            return any(match(names[skip:], wanted[1:]) for skip in range(len(names) + 1))
        return bool(names) and fnmatch.fnmatchcase(names[0], wanted[0]) and match(names[1:], wanted[1:])

    return lambda name: match(name.split("/"), parts)
