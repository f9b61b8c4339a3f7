"""Named stores: where a person lets this tool read, and where it may write. Kept in a small TOML file.

[stores.rushes]
uri = "s3://my-bucket/2026"
mode = "ro"
profile = "film"
"""

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import data_folder, make_folder
from mutoscope.storage.lock import exclusive
from mutoscope.storage.uris import Uri, is_pattern, is_uri, parse_uri

__all__ = ["Mode", "Store", "add_store", "covering", "load_stores", "named", "remove_store", "stores_file"]

Mode = Literal["ro", "rw"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HEADER = re.compile(r"\s*\[")
_FIELDS = ("uri", "mode", "endpoint", "profile")
_DRIVE = (
    "gdrive:// is not opened here: its only maintained driver (gdrive-fsspec) says itself that it is beta and not to "
    "be relied upon; mount the drive as a folder, or copy the film to s3://, dropbox:// or a disk."
)


@dataclass(frozen=True)
class Store:
    """A named, rooted place for bytes. It holds no credentials, only the name of a profile that has them.

    Attributes:
        name: by which `store://NAME/path` means it; empty for an address that no store covers.
        uri: its root.
        mode: "ro" or "rw".
        endpoint: address of an S3 server that is not AWS's.
        profile: section of the AWS configuration, or of the file of Dropbox accounts.

    """

    name: str
    uri: str
    mode: Mode = "ro"
    endpoint: str | None = None
    profile: str | None = None

    @property
    def root(self) -> Uri:
        """The root, taken apart."""
        return parse_uri(self.uri)


def stores_file() -> Path:
    """Name the file of stores; `MUTOSCOPE_STORES` where it is set."""
    own = os.environ.get("MUTOSCOPE_STORES")
    return Path(os.path.expanduser(own)).absolute() if own else data_folder() / "stores.toml"  # noqa: PTH111 - raises without a home


def load_stores() -> dict[str, Store]:
    """Read all stores, by name; "data", the one on this machine, is always there.

    Raises:
        InputError: the file cannot be read, or says something that is no store.

    """
    path = stores_file()
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        plain = {}
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); change its rights.") from None
    except RecursionError:
        raise InputError(f"{path} is no TOML: brackets stand too deep in each other; mend or remove it.") from None
    except ValueError as error:
        raise InputError(f"{path} is no TOML: {' '.join(str(error).split())}; mend or remove it.") from None
    tables = plain.get("stores", {})
    if not isinstance(tables, dict):
        raise InputError(f"{path}: stores is no table; expected [stores.NAME] with a uri.")
    found = {"data": Store("data", "data://", "rw")}
    for name, table in tables.items():
        found[name] = _parsed(path, name, table)
    return found


def named(name: str) -> Store:
    """Find a store by its name.

    Raises:
        InputError: there is none.

    """
    stores = load_stores()
    if name not in stores:
        known = ", ".join(sorted(stores))
        raise InputError(f"there is no store {name!r}; there are {known}; add it: mutoscope stores add {name} URI.")
    return stores[name]


def add_store(
    name: str,
    uri: str,
    *,
    write: bool = False,
    endpoint: str | None = None,
    profile: str | None = None,
) -> Store:
    """Write a store down. Nothing is asked of it; `places.check_store` does that.

    Args:
        name: small letters, digits, "-" and "_".
        uri: its root: a folder of this machine, or an address.
        write: whether it may be written to.
        endpoint: address of an S3 server that is not AWS's.
        profile: section of the AWS configuration, or of the file of Dropbox accounts.

    Raises:
        InputError: the address is none, or is of a kind that is not opened.
        ParameterError: the name is taken or is none.
        OutputError: the file cannot be written.

    """
    path = stores_file()
    if name in load_stores():
        raise ParameterError(f"there is a store {name!r} already; remove it first: mutoscope stores remove {name}.")
    if not is_uri(uri):
        folder = Path(os.path.abspath(os.path.expanduser(uri)))  # noqa: PTH100, PTH111 - Path raises without a home
        uri = f"file://{folder.as_posix() if folder.as_posix().startswith('/') else '/' + folder.as_posix()}"
    store = Store(
        name, uri.rstrip("/") if "://" in uri.rstrip("/") else uri, "rw" if write else "ro", endpoint, profile
    )
    _check(store)
    if write and store.root.scheme in ("http", "https"):
        raise ParameterError("a web address is only read; leave --write out.")
    lines = [f"[stores.{name}]"]
    lines += [f"{field} = {_quoted(value)}" for field in _FIELDS if (value := getattr(store, field)) is not None]
    _edit(path, lambda text: f"{text.rstrip()}\n\n".lstrip() + "\n".join(lines) + "\n")
    return store


def remove_store(name: str) -> None:
    """Forget a store; its bytes stay where they are.

    Raises:
        ParameterError: there is none of that name.

    """
    if name not in load_stores() or name == "data":
        raise ParameterError(f"there is no store {name!r} that could be removed; see mutoscope stores list.")

    def without(text: str) -> str:
        kept, here = [], False
        for line in text.splitlines():
            if _HEADER.match(line):
                here = re.fullmatch(rf"\s*\[\s*stores\s*\.\s*[\"']?{name}[\"']?\s*\]\s*(#.*)?", line) is not None
            if not here:
                kept.append(line)
        return "\n".join(kept).strip() + "\n"

    _edit(stores_file(), without)
    if name in load_stores():
        raise ParameterError(f"{name!r} is written in a way that is not understood; take it out of {stores_file()}.")


def covering(uri: Uri) -> tuple[Store, str]:
    """Find the store that an address lies in, and the path below the store's root.

    `store://NAME/path` is in the store of that name. Any other address is in the store with the longest root above it;
    where there is none, in a nameless one that is only read.

    Raises:
        InputError: there is no store of that name, or addresses of that kind are not opened.

    """
    if uri.scheme == "gdrive":
        raise InputError(_DRIVE)
    if uri.scheme == "store":
        return named(uri.host), uri.path
    over = [store for store in load_stores().values() if _below(store.root, uri) is not None]
    if over:
        store = max(over, key=lambda one: len(one.root.path))
        return store, _below(store.root, uri) or ""
    if uri.scheme in ("http", "https"):
        raise InputError(
            f"{uri.host} is not among the hosts that may be read from; allow it: "
            f"mutoscope stores add NAME {uri.scheme}://{uri.host}"
        )
    return Store("", f"{uri.scheme}://{uri.host}"), uri.path


def _below(root: Uri, uri: Uri) -> str | None:
    if (root.scheme, root.host) != (uri.scheme, uri.host):
        return None
    folder = root.path.rstrip("/")
    if not folder:
        return uri.path
    if uri.path.rstrip("/") == folder:
        return ""
    return uri.path.removeprefix(f"{folder}/") if uri.path.startswith(f"{folder}/") else None


def _parsed(path: Path, name: str, table: Any) -> Store:
    if not isinstance(table, dict) or not isinstance(table.get("uri"), str):
        raise InputError(f'{path}: [stores.{name}] has no uri; expected something like uri = "s3://bucket/folder".')
    unknown = [field for field in table if field not in _FIELDS]
    if unknown:
        raise InputError(
            f"{path}: [stores.{name}] has {unknown[0]!r}, which is not known; expected {', '.join(_FIELDS)}."
        )
    if any(not isinstance(value, str) for value in table.values()) or table.get("mode", "ro") not in ("ro", "rw"):
        raise InputError(f'{path}: [stores.{name}] is not understood; fields are texts, and mode is "ro" or "rw".')
    store = Store(name, **table)
    try:
        _check(store)
    except (InputError, ParameterError) as error:
        raise InputError(f"{path}: [stores.{name}]: {error}") from None
    return store


def _check(store: Store) -> None:
    if not _NAME.fullmatch(store.name):
        raise ParameterError(f"{store.name!r} is no name for a store; use small letters, digits, - and _.")
    root = store.root
    if root.scheme == "gdrive":
        raise InputError(_DRIVE)
    if root.scheme == "store" or is_pattern(root.path) or root.query:
        raise InputError(f"{root} cannot be the root of a store; give a bucket or folder without * and ?.")
    if store.endpoint is not None and (parse_uri(store.endpoint).scheme not in ("http", "https")):
        raise InputError(f"{store.endpoint} is no address of a server; expected something like https://s3.example.org.")


def _edit(path: Path, change: Callable[[str], str]) -> None:
    make_folder(path.parent)
    with exclusive(path.with_name(f".{path.name}.lock")):
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        with atomic_path(path) as temp:
            temp.write_text(change(before), encoding="utf-8")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
