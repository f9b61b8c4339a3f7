"""Text of a recipe into plain values; what is no TOML or JSON is told with its line."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from mutoscope.core.errors import InputError, ParameterError

__all__ = ["read_plain", "read_text"]

_MOST_BYTES = 4 << 20
_PLACE = re.compile(r" ?\(at line (\d+), column \d+\)| ?\(at end of document\)")


def read_plain(text: str, name: str, *, is_json: bool) -> Any:
    """Read TOML or JSON.

    Raises:
        ParameterError: one line that names file and line.

    """
    try:
        return _read_json(text) if is_json else tomllib.loads(text)
    except RecursionError:
        raise ParameterError(f"{name}: brackets stand too deep in each other; write it flatter.") from None
    except ValueError as error:
        raise _syntax_error(error, name, is_json=is_json) from None


def read_text(path: Path) -> str:
    """Read the file of a recipe.

    Raises:
        InputError: it is missing, no text, or too large for a recipe.

    """
    try:
        if path.stat().st_size > _MOST_BYTES or not path.is_file():
            raise InputError(f"{path} is no recipe; give a .toml or .json file.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give a recipe, a .toml or .json file.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; give a recipe, a .toml or .json file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} could not be read ({error}); give a recipe, a .toml or .json file.") from None


def _read_json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
            raise ValueError(f"the key {twice!r} stands twice in one object")
        return made

    def constant(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number of JSON")

    return json.loads(text, object_pairs_hook=once, parse_constant=constant)


def _syntax_error(error: ValueError, name: str, *, is_json: bool) -> ParameterError:
    message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    line = str(error.lineno) if isinstance(error, json.JSONDecodeError) else ""
    if match := _PLACE.search(message):
        line = match[1] or ""
        message = message[: match.start()] + ("" if line else " at the end")
    label = f"{name}, line {line}" if line else name
    kind = "JSON" if is_json else "TOML"
    return ParameterError(" ".join(f"{label}: this is no {kind} ({message}); mend it there.".split()))
