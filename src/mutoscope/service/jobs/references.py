"""References to media in requests: `media:m_…` anywhere in a text. Here they are found and replaced."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["FOOTAGE", "STAGED", "references", "replaced", "staged_name"]

STAGED = "in"
"""Folder within a job's own in which its files lie."""

FOOTAGE = f"{STAGED}/footage"
"""Folder in which films lie under the names that people know, for kinds whose results tell them."""

_REFERENCE = re.compile(r"media:(m_[0-9A-Za-z]{22})(?![0-9A-Za-z])")


def references(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, id) of every reference."""
    if isinstance(value, str):
        for found in _REFERENCE.finditer(value):
            yield pointer, found[1]
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from references(one, f"{pointer}/{_escaped(str(name))}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from references(one, f"{pointer}/{number}")


def replaced(value: Any, names: Mapping[str, str]) -> Any:
    """Put the names of files where references stand; those that are not known stay."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: names.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {name: replaced(one, names) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(one, names) for one in value]
    return value


def staged_name(id_: str, suffix: str = "") -> str:
    """Give the place of a file relative to the job's folder. Its name has no sign of any grammar in it."""
    return f"{STAGED}/{id_}{suffix}"


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
