"""Named places for films: S3, Dropbox, the web. Keys stay with the owner of the server and are never shown."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.service.answers import problems
from mutoscope.service.jobs.folders import owner_data
from mutoscope.service.problems import Problem
from mutoscope.service.security.asking import AskingAdmin, AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service
from mutoscope.service.store_child import in_child
from mutoscope.storage.stores import Store, add_store, load_stores, remove_store
from mutoscope.storage.uris import parse_uri

__all__ = ["router"]

router = APIRouter(prefix="/api/stores", tags=["stores"])

_OPENED = ("s3", "dropbox", "https")
_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"

StoreName = Annotated[str, Path(pattern=_NAME, description="Of a store.", examples=["rushes"])]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class StoreLine(_Told):
    """A named place."""

    name: str
    """`store://NAME/path` means what lies in it."""

    scheme: str
    """s3, dropbox, https, file or data."""

    mode: Literal["ro", "rw"]
    """Whether it may be written to."""


class StoreList(_Told):
    """All places that you may use."""

    items: list[StoreLine]
    """By name."""


class NewStore(BaseModel):
    """A place that is to be named."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    name: Annotated[str, Field(pattern=_NAME, examples=["rushes"])]
    """Small letters, digits, - and _."""

    uri: Annotated[str, Field(min_length=1, max_length=2000, examples=["s3://my-bucket/2026"])]
    """Its root: s3://bucket/folder, dropbox://folder, https://host/folder."""

    write: bool = False
    """Whether it may be written to."""

    endpoint: Annotated[str, Field(max_length=500, examples=["https://s3.example.org"])] | None = None
    """An S3 server that is not Amazon's."""

    profile: Annotated[str, Field(max_length=100, pattern=r"^[\w.@ -]+$", examples=["film"])] | None = None
    """Section of the AWS or Dropbox settings on the server."""


class StoreCheck(_Told):
    """How a store is just now."""

    ok: bool
    """Whether it can be read, and written where it is meant to be."""

    text: str
    """One line about it."""


class StoreFile(_Told):
    """A file of a store."""

    path: str
    """Below the root of the store."""

    place: str
    """Its address, as the jobs `fetch` and `send` take it."""

    bytes: int | None
    """Its length, where the store tells it."""


class StoreFiles(_Told):
    """A page of files."""

    items: list[StoreFile]
    """By name."""

    next: str | None
    """`cursor` of the next page; null at the end."""


@router.get("", summary="List the stores")
def list_stores(caller: AskingCaller) -> StoreList:
    """List the named places that you may use, without their addresses and keys."""
    return StoreList(items=[_line(store) for _, store in sorted(_stores(caller).items())])


@router.post("", status_code=201, responses=problems("not-allowed", "conflict"), summary="Name a store")
def add_a_store(asked: NewStore, caller: AskingAdmin, service: Serving, response: Response) -> StoreLine:
    """Name a place for films. Its keys stay in the usual AWS variables and files of the server, or Dropbox's.

    For the owner of the server. Folders of the server's own disk are named with `mutoscope stores add` only.
    """
    del caller
    try:
        _check_address(asked, service)
        if asked.name in load_stores():
            raise Problem("conflict", f"there is a store {asked.name!r} already; delete it first.", pointer="/name")
        store = add_store(asked.name, asked.uri, write=asked.write, endpoint=asked.endpoint, profile=asked.profile)
    except (InputError, ParameterError) as error:
        raise Problem("invalid", str(error), pointer="/uri") from None
    except OutputError as error:
        raise Problem("conflict", str(error)) from None
    response.headers["Location"] = f"/api/stores/{store.name}/files"
    return _line(store)


@router.delete("/{name}", status_code=204, responses=problems("not-allowed", "not-found"), summary="Forget a store")
def remove_a_store(name: StoreName, caller: AskingAdmin) -> None:
    """Forget a named place; what lies in it stays. For the owner of the server."""
    _find(name, caller)
    if name == "data":
        raise Problem("not-allowed", "the store data is always there.")
    remove_store(name)


@router.post("/{name}/check", responses=problems("not-found", "conflict"), summary="Try a store")
def check_a_store(name: StoreName, caller: AskingCaller, service: Serving) -> StoreCheck:
    """Read from a store, and write and remove a small file where that is allowed."""
    _find(name, caller)
    home = owner_data(service.settings, service.database, caller.owner)
    told = in_child("check", {"name": name}, home, with_keys=caller.is_admin)
    return StoreCheck(ok=bool(told["ok"]), text=str(told["text"]))


@router.get("/{name}/files", responses=problems("not-found", "conflict"), summary="List the files of a store")
def list_store_files(
    name: StoreName,
    caller: AskingCaller,
    service: Serving,
    prefix: Annotated[
        str, Query(max_length=1000, description="Folder, like `2026/`, or the beginning of names.", examples=["2026/"])
    ] = "",
    deep: Annotated[bool, Query(description="Whether folders within count too.")] = False,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most files of one page.")] = 200,
) -> StoreFiles:
    """List films, pictures and sounds in a store, by name, page by page; the job `fetch` makes them media."""
    _find(name, caller)
    home = owner_data(service.settings, service.database, caller.owner)
    asked = {"name": name, "prefix": prefix, "deep": deep, "after": cursor or "", "limit": limit}
    told = in_child("files", asked, home, with_keys=caller.is_admin)
    return StoreFiles(items=[StoreFile.model_validate(one) for one in told["files"]], next=told["next"])


def _stores(caller: Caller) -> dict[str, Store]:
    """Give the stores of whoever asks: those of the machine, with its keys, are its owner's alone."""
    if caller.is_admin:
        return load_stores()
    return {"data": Store("data", "data://", "rw")}


def _find(name: str, caller: Caller) -> Store:
    store = _stores(caller).get(name)
    if store is None:
        raise Problem("not-found", f"there is no store {name!r}; GET /api/stores lists yours.")
    return store


def _check_address(asked: NewStore, service: Service) -> None:
    """See that a token that leaked opens neither this machine's disk nor its network.

    Raises:
        Problem: the address is of a kind or host that is named on the command line only (not-allowed).
        InputError: it is no address.

    """
    uri = parse_uri(asked.uri)
    if uri.scheme not in _OPENED:
        told = f"{uri.scheme}:// is named on the server only: mutoscope stores add {asked.name} …; expected s3, dropbox"
        raise Problem("not-allowed", f"{told} or https.", pointer="/uri")
    hosts = {"/uri": uri.host} if uri.scheme == "https" else {}
    if asked.endpoint is not None:
        hosts["/endpoint"] = parse_uri(asked.endpoint).host
    for pointer, host in hosts.items():
        if host.partition(":")[0] not in service.settings.url_hosts:
            told = f"the host {host[:100]!r} is not allowed here; start the server with --url-host, or name the store "
            raise Problem("not-allowed", f"{told}with: mutoscope stores add", pointer=pointer)


def _line(store: Store) -> StoreLine:
    return StoreLine(name=store.name, scheme=store.root.scheme, mode=store.mode)
