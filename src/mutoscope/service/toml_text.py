"""Plain values as TOML, as people write recipes: [[step]] tables, tables within, the rest in one line."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["toml_of"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_of(plain: Mapping[str, Any]) -> str:
    """Write plain values; reading it gives them back, None left out, which TOML has not.

    Args:
        plain: texts, numbers, booleans, lists, and mappings of these.

    """
    return "\n".join(_table(plain, "")).strip("\n") + "\n"


def _table(plain: Mapping[str, Any], place: str) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for key, value in plain.items():
        if value is None:
            continue
        if _is_table(value) or _is_tables(value):
            later.append((key, value))
        else:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in later:
        name = f"{place}.{_key(key)}" if place else _key(key)
        for one in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _table(one, name)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value if one is not None)}]"
    return _text(str(value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL and halves of surrogate pairs, which TOML cannot hold.
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007F")
