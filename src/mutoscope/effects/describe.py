"""Parameters as rows of a table, read from their schema; feeds the command line, the reference and the web form."""

from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from mutoscope.effects.params import Params

__all__ = ["Row", "describe"]

_BOUNDS = (
    ("minimum", "≥"),
    ("exclusiveMinimum", ">"),
    ("maximum", "≤"),
    ("exclusiveMaximum", "<"),
)
_WORDS = {"number": "number", "integer": "whole number", "string": "text", "boolean": "yes/no", "null": "none"}


@dataclass(frozen=True)
class Row:
    """One parameter in words.

    Attributes:
        name: as in Python and after -o.
        type: "number", "whole number", "text", "yes/no", or the choices parted by "|".
        bounds: like "≥ 0, ≤ 1", or empty.
        default: as one would type it; "required" where there is none.
        meaning: the field's docstring.
        keyframes: whether it may move over time ("0s:0, 4s:1").

    """

    name: str
    type: str
    bounds: str
    default: str
    meaning: str
    keyframes: bool


def describe(params: type[Params]) -> list[Row]:
    """Read one row for each parameter, in the order of the class, then those of tables that it takes a list of."""
    schema = params.model_json_schema()
    required = set(schema.get("required", ()))
    rows = [
        Row(
            name=name,
            type=_type(spec),
            bounds=_bounds(spec),
            default="required" if name in required else _default(spec.get("default")),
            meaning=spec.get("description", ""),
            keyframes=bool(spec.get("keyframes")),
        )
        for name, spec in schema.get("properties", {}).items()
    ]
    for name, field in params.model_fields.items():
        if inner := _inner(field.annotation):
            rows += [replace(row, name=f"{name}[].{row.name}") for row in describe(inner)]
    return rows


def _inner(annotation: Any) -> type[Params] | None:
    """Give the class of the tables in a field that takes a list of them."""
    kinds = [kind for kind in get_args(annotation) if isinstance(kind, type) and issubclass(kind, Params)]
    return kinds[0] if get_origin(annotation) is tuple and kinds else None


def _default(value: Any) -> str:
    words = {True: "yes", False: "no", None: "none"}
    return words[value] if value is None or isinstance(value, bool) else f"{value}"


def _type(spec: dict[str, Any]) -> str:
    if "enum" in spec:
        return "|".join(map(str, spec["enum"]))
    if "const" in spec:
        return str(spec["const"])
    if "anyOf" in spec:
        return " or ".join(_type(part) for part in _parts(spec))
    kind = spec.get("type", "")
    if isinstance(kind, list):  # a number, or a curve's text
        kind = kind[0]
    if "prefixItems" in spec:
        return f"{len(spec['prefixItems'])} {_type(spec['prefixItems'][0])}s"
    if kind == "array" and "$ref" in spec.get("items", {}):
        return "list of tables"
    return _WORDS.get(kind, "value")


def _bounds(spec: dict[str, Any]) -> str:
    return ", ".join(f"{sign} {part[key]}" for part in _parts(spec) for key, sign in _BOUNDS if key in part)


def _parts(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what a value may be, without the curve's text: a row tells that in a column of its own."""
    return [part for part in spec.get("anyOf", [spec]) if part is spec or part.get("format") != "keyframes"]
