"""The shelf: filters that come with the package, and those that a person has trained or imported. Torch-free."""

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mutoscope.core.errors import OutputError, ParameterError, WeightsError
from mutoscope.filters.card import Card, parse_card
from mutoscope.models.metadata import read_metadata
from mutoscope.storage.folders import data_folder

__all__ = [
    "NETWORK_FILE",
    "ShelfItem",
    "card_beside",
    "check_name",
    "find",
    "open_file",
    "own_folder",
    "parse_mix",
    "read_card",
    "remove",
    "shelf",
    "shipped_folder",
]

NETWORK_FILE = "network.safetensors"
"""The network that the shipped styles share; the filters lie beside it."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SUFFIXES = (".safetensors", ".onnx")
CARD_SUFFIX = ".card.json"
"""A foreign model has its card beside it."""


@dataclass(frozen=True)
class ShelfItem:
    """One filter.

    Attributes:
        name: as one calls it.
        path: of its file.
        card: what it says about itself.
        is_shipped: whether it came with the package.

    """

    name: str
    path: Path
    card: Card
    is_shipped: bool


def shipped_folder() -> Path:
    """Name the folder in the package."""
    return Path(str(files("mutoscope.data") / "filters"))


def own_folder() -> Path:
    """Name the folder of the person's own filters; it need not exist."""
    return data_folder() / "filters"


def shelf(folder: Path | None = None) -> tuple[ShelfItem, ...]:
    """All filters, the shipped ones first, each group by name; files that are broken are left out.

    A filter of one's own hides a shipped one of the same name: that cannot come about here, but an update may
    bring it.

    Args:
        folder: of own filters; `own_folder` by default. A server has one for each of its users.

    """
    own = _items(folder or own_folder(), is_shipped=False)
    taken = {item.name for item in own}
    return (*(item for item in _items(shipped_folder(), is_shipped=True) if item.name not in taken), *own)


def find(name: str, folder: Path | None = None) -> ShelfItem:
    """Find a filter by its name.

    Args:
        name: as one calls it.
        folder: of own filters; `own_folder` by default.

    Raises:
        ParameterError: there is none of that name; the nearest is told.
        WeightsError: the file is broken.

    """
    if _NAME.fullmatch(name):
        for place, is_shipped in ((folder or own_folder(), False), (shipped_folder(), True)):
            for suffix in _SUFFIXES:
                path = place / f"{name}{suffix}"
                if path.is_file() and path.name != NETWORK_FILE:
                    return ShelfItem(name, path, read_card(path), is_shipped)
    names = [item.name for item in shelf(folder)]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else "'mutoscope filters' lists them."
    raise ParameterError(f"there is no filter {name!r}; {hint}")


def open_file(path: Path) -> ShelfItem:
    """Look at a filter that is not on the shelf.

    Raises:
        WeightsError: it is missing or not a filter.

    """
    if not path.is_file():
        raise WeightsError(f"{path} does not exist; give the path of a filter's file, or a name from the shelf.")
    return ShelfItem(path.stem, path, read_card(path), is_shipped=False)


def read_card(path: Path) -> Card:
    """Read what a filter's file says about itself.

    Raises:
        WeightsError: the file is not a filter.

    """
    if path.suffix.lower() == ".onnx":
        beside = card_beside(path)
        if not beside.is_file():
            raise WeightsError(f"{path} is a foreign model; run: mutoscope filters import {path}")
        return parse_card(beside.read_text(encoding="utf-8", errors="replace"), str(beside))
    stat = path.stat() if path.is_file() else None
    return _card(path, (stat.st_size, stat.st_mtime_ns) if stat else None)


@functools.lru_cache(maxsize=256)
def _card(path: Path, _stamp: tuple[int, int] | None) -> Card:
    metadata = read_metadata(path)
    if "card" not in metadata:
        raise WeightsError(f"{path} is a safetensors file, but not a filter; train one: mutoscope train filter.")
    return parse_card(metadata["card"], str(path))


def card_beside(model: Path) -> Path:
    """Name the file that holds the card of a foreign model."""
    return model.with_name(model.stem + CARD_SUFFIX)


def check_name(name: str, folder: Path | None = None) -> str:
    """Give the name back where a new filter may have it.

    Args:
        name: that is wished.
        folder: of own filters; `own_folder` by default.

    Raises:
        ParameterError: it has other characters than a name may have.
        OutputError: a filter of this name exists.

    """
    if not _NAME.fullmatch(name) or f"{name}.safetensors" == NETWORK_FILE:
        raise ParameterError(f"{name!r} is no name for a filter; use small letters, digits and hyphens, like 'dusk-2'.")
    folders = (folder or own_folder(), shipped_folder())
    places = [place / f"{name}{suffix}" for place in folders for suffix in _SUFFIXES]
    if any(place.exists() for place in places):  # also one that this version cannot read
        raise OutputError(
            f"there is a filter {name!r} already; take another name, or run: mutoscope filters remove {name}"
        )
    return name


def remove(name: str, folder: Path | None = None) -> Path:
    """Delete one of the person's own filters; give the path that it had.

    Args:
        name: of the filter.
        folder: of own filters; `own_folder` by default.

    Raises:
        ParameterError: there is none, or it came with the package.

    """
    for suffix in _SUFFIXES:
        path = (folder or own_folder()) / f"{name}{suffix}"
        if _NAME.fullmatch(name) and path.is_file():
            path.unlink()
            card_beside(path).unlink(missing_ok=True)
            return path
    if any(item.name == name for item in shelf(folder)):
        raise ParameterError(f"{name!r} came with Mutoscope and cannot be removed; only your own filters can.")
    raise ParameterError(f"there is no filter {name!r} of yours; 'mutoscope filters' lists them.")


def parse_mix(text: str) -> Mapping[str, float]:
    """Read "other:0.3, third:0.2" into shares by name.

    Raises:
        ParameterError: it was not understood.

    """
    shares: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, colon, share = part.rpartition(":")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not colon or not name or not 0 < value < 1 or name in shares:
            raise ParameterError(
                f"mix={text!r} was not understood; write NAME:SHARE with shares between 0 and 1, like 'dusk:0.3'."
            )
        shares[name] = value
    if sum(shares.values()) >= 1:
        raise ParameterError(
            f"mix={text!r}: the shares are 1 or more together, so nothing is left of the filter itself."
        )
    return shares


def _items(folder: Path, *, is_shipped: bool) -> list[ShelfItem]:
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        is_filter = path.suffix in _SUFFIXES and path.name != NETWORK_FILE
        if not is_filter or not _NAME.fullmatch(path.stem):
            continue
        try:
            found.append(ShelfItem(path.stem, path, read_card(path), is_shipped))
        except WeightsError:
            continue
    return found
