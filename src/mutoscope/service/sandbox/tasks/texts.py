"""Recipes, layers, decisions, edit lists: plain text of bounded size and depth."""

import json
import tomllib
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.service.sandbox.tasks.naming import tidy

__all__ = ["look_at_text"]

_MOST_BYTES = 16 << 20
_MOST_DEPTH = 64
_TYPES = {
    ".json": "application/json",
    ".otio": "application/json",
    ".toml": "application/toml",
    ".csv": "text/csv; charset=utf-8",
    ".edl": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


def look_at_text(path: Path, name: str) -> dict[str, Any]:
    """Check that a text is one, and can be read as what its name says.

    Raises:
        InputError: it is too long, too deep, no UTF-8, or of a kind that nothing here reads.

    """
    suffix = Path(tidy(name)).suffix.lower()
    if suffix not in _TYPES:
        raise InputError(f"{path} is text, by its bytes; expected a film or picture, or {', '.join(_TYPES)}.")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path} is a text of more than {_MOST_BYTES >> 20} MiB; it was refused.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; save it as UTF-8.") from None
    if "\0" in text:
        raise InputError(f"{path} is no text; it was refused.")
    if suffix in (".json", ".otio", ".toml"):
        _check_tree(text, path, is_toml=suffix == ".toml")
    return {"kind": "text", "suffix": suffix, "content_type": _TYPES[suffix], "container": suffix[1:]}


def _check_tree(text: str, path: Path, *, is_toml: bool) -> None:
    if _depth(text, dots=is_toml) > _MOST_DEPTH:
        raise InputError(f"{path} is nested more than {_MOST_DEPTH} deep; it was refused.")
    try:
        if is_toml:
            tomllib.loads(text)
        else:
            json.loads(text)
    except (ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(f"{path} cannot be read as {'TOML' if is_toml else 'JSON'} ({told}); check it.") from None


def _depth(text: str, *, dots: bool) -> int:
    """Count how deep brackets nest at most; those within strings count too, which does no harm: nobody has so many."""
    deepest = now = 0
    for letter in text:
        if letter in "[{":
            now += 1
            deepest = max(deepest, now)
        elif letter in "]}":
            now = max(0, now - 1)
    if dots:  # a.b.c.d = 1 nests as well
        deepest = max([deepest, *(line.partition("=")[0].count(".") for line in text.splitlines())])
    return deepest
