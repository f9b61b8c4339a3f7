"""Where a field stands in the text of a TOML or JSON file, so that an error can name its line.

The text has been read by `tomllib` or `json` before, so nothing here complains: what is not found has no line.
"""

import json
import re
import tomllib
from collections.abc import Sequence

__all__ = ["line_of"]

_Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'[ \t]*("(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)[ \t]*([.=\]]?)')
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[^\"'#\[\]{}\n]+"
    r"|.",
    re.DOTALL,
)
"""One piece of a TOML value: a text of any of the four kinds, a comment, plain characters, or a bracket."""


def line_of(text: str, path: Sequence[str | int], *, is_json: bool) -> int | None:
    """Give the line, from 1, where a field stands, or its nearest parent that has one; None where there is none.

    Args:
        text: a file that TOML or JSON can read.
        path: names of tables and fields, and numbers from 0 in lists: ("step", 1, "params", "strength").
        is_json: whether the text is JSON.

    """
    if is_json:
        return _line_in_json(text, path)
    lines = _lines_of_toml(text)
    wanted = tuple(path)
    found = (lines.get(wanted[:length]) for length in range(len(wanted), 0, -1))
    return next((line for line in found if line is not None), None)


def _lines_of_toml(text: str) -> dict[_Path, int]:
    lines: dict[_Path, int] = {}
    counts: dict[_Path, int] = {}
    table: _Path = ()
    line, at = 1, 0
    while (start := _end(_BLANK, text, at)) < len(text):
        line += text.count("\n", at, start)
        if text[start] == "[":
            is_list = text.startswith("[[", start)
            keys, at = _keys(text, start + 1 + is_list)
            table = path = _table(keys, counts, is_list=is_list)
            at += is_list
        else:
            keys, at = _keys(text, start)
            path = table + keys
            at = _value_end(text, at)
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], line)
        line += text.count("\n", start, at)
    return lines


def _keys(text: str, at: int) -> tuple[_Path, int]:
    """Read `a."b".c` and what closes it; an end that is no key closes too, so that reading always moves on."""
    keys: list[str | int] = []
    while match := _KEY.match(text, at):
        word, sign = match.groups()
        keys.append(str(tomllib.loads(f"key = {word}")["key"]) if word[0] in "\"'" else word)
        at = match.end()
        if sign != ".":
            return tuple(keys), at
    return tuple(keys), at + 1


def _table(keys: _Path, counts: dict[_Path, int], *, is_list: bool) -> _Path:
    """Give the full path of a header: a list on the way means its last element so far."""
    path: _Path = ()
    for number, key in enumerate(keys, 1):
        path += (key,)
        if is_list and number == len(keys):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _value_end(text: str, at: int) -> int:
    depth = 0
    while match := _PIECE.match(text, at):
        piece = match[0]
        if piece == "\n" and depth == 0:
            break
        depth += (piece in "[{") - (piece in "]}")
        at = match.end()
    return at


def _line_in_json(text: str, path: Sequence[str | int]) -> int | None:
    at = _end(_SPACE, text, 0)
    found: int | None = None
    try:
        for part in path:
            place = _member(text, at, part) if isinstance(part, str) else _element(text, at, part)
            if place is None:
                break
            found, at = place
    except (ValueError, IndexError, RecursionError, StopIteration):
        pass  # what was understood so far still names the nearest parent
    return None if found is None else text.count("\n", 0, found) + 1


def _member(text: str, at: int, wanted: str) -> tuple[int, int] | None:
    """Give where a key of the object at `at` begins, and its value."""
    if text[at] != "{":
        return None
    at = _end(_SPACE, text, at + 1)
    while text[at] == '"':
        key_at = at
        key, at = json.JSONDecoder().raw_decode(text, at)
        at = _end(_SPACE, text, _end(_SPACE, text, at) + 1)
        if key == wanted:
            return key_at, at
        at = _next(text, at)
    return None


def _element(text: str, at: int, wanted: int) -> tuple[int, int] | None:
    """Give where an element of the array at `at` begins, twice: it is its own place."""
    if text[at] != "[":
        return None
    at = _end(_SPACE, text, at + 1)
    for _ in range(wanted):
        at = _next(text, at)
    return None if text[at] == "]" else (at, at)


def _next(text: str, at: int) -> int:
    """Step over a value and the comma after it; a closing bracket is not stepped over."""
    _, at = json.JSONDecoder().raw_decode(text, at)
    at = _end(_SPACE, text, at)
    return _end(_SPACE, text, at + 1) if text[at] == "," else at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()
