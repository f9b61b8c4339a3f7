"""An address with the store that it lies in, and one line for a person for each way in which a store fails."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage.opened import open_files
from mutoscope.storage.protocol import ChangedError, DeniedError, Files, MissingError, Stat, StoreError, TransientError
from mutoscope.storage.stores import Store, covering
from mutoscope.storage.uris import Uri, check_path, parse_uri

__all__ = ["Place", "error_line", "place_at"]

_Given = TypeVar("_Given")


@dataclass(frozen=True)
class Place:
    """An address with the store that it lies in.

    Attributes:
        uri: the address; its text is what a person may see.
        store: its store.
        path: below the root of the store.

    """

    uri: Uri
    store: Store
    path: str

    @property
    def files(self) -> Files:
        """The driver."""
        return open_files(self.store, self.uri.query)

    def stat(self) -> Stat:
        """Look at what is there.

        Raises:
            InputError: nothing, or it may not be looked at.

        """
        return self.told(lambda: self.files.stat(self.path))

    def told(self, call: Callable[[], _Given], *, writing: bool = False) -> _Given:
        """Call a driver; what goes wrong becomes one line for a person.

        Raises:
            InputError: it goes wrong.
            OutputError: likewise, while writing.

        """
        try:
            return call()
        except StoreError as error:
            kind = OutputError if writing else InputError
            raise kind(error_line(self, error, writing=writing)) from None


def place_at(uri: str | Path) -> Place:
    """Find the store that an address lies in.

    Raises:
        InputError: it is no address, or of a kind or host that is not opened.

    """
    parsed = parse_uri(uri)
    store, path = covering(parsed)
    return Place(parsed, store, check_path(path))


def error_line(place: Place, error: StoreError, *, writing: bool) -> str:
    """Say in one line what was wrong and what to do. Nothing of what the server wrote is repeated."""
    uri, text = place.uri, str(error)
    if isinstance(error, MissingError):
        if text == "bucket":
            return f"{uri}: there is no bucket {place.store.root.host!r}; check its name, or make it first."
        return f"{uri} does not exist; check the address."
    if isinstance(error, DeniedError):
        return f"{uri} may not be {'written' if writing else 'read'}{f' ({text})' if text else ''}; {_advice(place)}."
    if isinstance(error, ChangedError):
        what = "something else came meanwhile and was left as it is" if writing else "it changed while it was read"
        return f"{uri}: {what}; start again."
    if isinstance(error, TransientError):
        silent = "does not answer" if error.is_timeout else "is not to be reached, or too busy"
        return f"{uri}: its server {silent} ({text}); try again later, or check the address of the store."
    return f"{uri}: {text}."


def _advice(place: Place) -> str:
    if place.uri.scheme in ("http", "https"):
        return "give an address that needs no login"
    if place.store.root.scheme == "s3":
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a --profile that has the right"
    if place.store.root.scheme == "dropbox":
        return "check the app's rights and who owns the folder"
    return "change its rights"
