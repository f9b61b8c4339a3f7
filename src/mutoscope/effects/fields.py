"""What the types and marks of a parameter's field say. Imports no torch."""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["file_fields", "is_whole", "kinds_of", "style_fields", "takes_keyframes", "weights_fields"]


def takes_keyframes(field: FieldInfo) -> bool:
    """Tell whether a field is a number that may move over time."""
    kinds, extras = kinds_of(field)
    allowed = all(not isinstance(extra, dict) or extra.get("keyframes", True) for extra in extras)
    return allowed and bool({int, float} & kinds) and bool not in kinds


def file_fields(cls: type[BaseModel]) -> list[str]:
    """Name the fields whose values are paths of files."""
    return _marked(cls, "file")


def style_fields(cls: type[BaseModel]) -> list[str]:
    """Name the fields whose values are style lists, or tuples of them."""
    return _marked(cls, "files")


def weights_fields(cls: type[BaseModel]) -> list[str]:
    """Name the fields whose values may be names in the table of weights."""
    return _marked(cls, "weights")


def _marked(cls: type[BaseModel], mark: str) -> list[str]:
    return [
        name
        for name, field in cls.model_fields.items()
        if any(isinstance(extra, dict) and extra.get(mark) for extra in kinds_of(field)[1])
    ]


def kinds_of(field: FieldInfo) -> tuple[set[Any], list[Any]]:
    """Give the types that a field's value may have, and the schema's extras on it and on each of them."""
    kinds: set[Any] = set()
    extras: list[Any] = [field.json_schema_extra]
    is_union = get_origin(field.annotation) in (Union, UnionType)
    for kind in get_args(field.annotation) if is_union else (field.annotation,):
        notes = kind.__metadata__ if get_origin(kind) is Annotated else ()
        extras += [note.json_schema_extra for note in notes if isinstance(note, FieldInfo)]
        kinds.add(get_args(kind)[0] if get_origin(kind) is Annotated else kind)
    return kinds, extras


def is_whole(field: FieldInfo) -> bool:
    """Tell whether a field takes whole numbers only."""
    kinds, _ = kinds_of(field)
    return int in kinds and float not in kinds
