"""The parent of all parameters. Imports no torch, so that doors stay fast.

A numeric field may be given as a curve ("0s:0, 4s:1") or as a sound of the film ("bass:0..1"), unless it is marked with
`json_schema_extra={"keyframes": False}`; `params.at(seconds)` gives the numbers of one moment. A text field marked
with {"file": True} is a path, whose bytes belong to what is computed; one marked {"files": "styles"}, or a tuple of
such, is a style list (`effects.style_list`), which names several; one marked {"weights": True} names a row of the table
of weights.
"""

import difflib
import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import looks_like_curve
from mutoscope.effects.fields import (
    file_fields,
    is_whole,
    kinds_of,
    style_fields,
    takes_keyframes,
    weights_fields,
)
from mutoscope.effects.sound_curve import Envelope, HeardCurve, Moving, SoundCurve, parse_moving
from mutoscope.effects.style_list import StyleList

__all__ = ["NamedWeights", "Params", "file_fields", "make_params", "style_fields", "takes_keyframes", "weights_fields"]

P = TypeVar("P", bound="Params")


@dataclass(frozen=True)
class NamedWeights:
    """Weights that parameters ask for by a name which means the same bytes on every machine."""

    name: str
    path: Path
    licence: str
    source: str


class Params(BaseModel):
    """Parameters of one effect: frozen, bounded, each with a docstring under its field."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    _curves: dict[str, Moving] = PrivateAttr(default_factory=dict)

    @property
    def is_animated(self) -> bool:
        """Whether any field is a curve."""
        return bool(self._curves)

    def moves(self, field: str) -> bool:
        """Tell whether a field is a curve."""
        return field in self._curves

    def sounds(self) -> frozenset[str]:
        """Name the sounds that numbers follow, here and in parameters within these."""
        own = {curve.sound for curve in self._curves.values() if isinstance(curve, SoundCurve)}
        return frozenset(own.union(*(part.sounds() for part in self._parts())))

    def with_sound(self, heard: Mapping[str, Envelope]) -> Self:
        """Let the numbers that follow a sound follow what was measured of it; as text they stay what they are.

        Args:
            heard: by the names that `sounds` gives.

        """
        if not self.sounds():
            return self
        copied = self.model_copy(
            update={name: _with_sound(value, heard) for name, value in self if any(_parts_of(value))}
        )
        copied._curves = {
            name: HeardCurve.of(curve, heard[curve.sound]) if isinstance(curve, SoundCurve) else curve
            for name, curve in self._curves.items()
        }
        return copied

    def _parts(self) -> Iterator["Params"]:
        for _, value in self:
            yield from _parts_of(value)

    def at(self, seconds: float) -> Self:
        """Give the parameters of one moment as plain numbers; self where nothing moves.

        Raises:
            ParameterError: a number follows a sound that nobody has measured.

        """
        if not self._curves:
            return self
        moved: dict[str, Any] = {}
        for name, curve in self._curves.items():
            value = curve.at(seconds)
            moved[name] = round(value) if is_whole(type(self).model_fields[name]) else value
        return self.model_copy(update=moved)

    def used_files(self) -> dict[str, Path]:
        """Give the files that are named, by what they are called in a manifest."""
        found: dict[str, Path] = {}
        for role, styles in self.style_lists().items():
            numbered = enumerate(styles.files, 1)
            found |= {f"{role} {number}" if number > 1 else role: Path(file) for number, file in numbered}
        named = {field: getattr(self, field) for field in file_fields(type(self))}
        return found | {field: Path(value) for field, value in named.items() if value}

    def style_lists(self) -> dict[str, StyleList]:
        """Read the style lists, by role: a text by its field ("style"), those of a tuple as "region 1 style".

        Raises:
            ParameterError: one was not understood.

        """
        found: dict[str, StyleList] = {}
        for field in style_fields(type(self)):
            value = getattr(self, field)
            if isinstance(value, str):
                found[field] = StyleList.parse(value)
            elif value is not None:
                roles = {f"{field.removesuffix('s')} {number} style": text for number, text in enumerate(value, 1)}
                found |= {role: StyleList.parse(text) for role, text in roles.items()}
        return found

    def used_weights(self) -> list[NamedWeights]:
        """Give weights that are named, beside those of the table of weights."""
        return []

    def settled(self, device: str) -> Self:
        """Choose what is left to the machine, so that a manifest can tell it and a run be repeated."""
        del device
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy, with other values for some fields; a field that is given one loses its curve."""
        copied = super().model_copy(update=update, deep=deep)
        copied._curves = {name: curve for name, curve in self._curves.items() if name not in (update or {})}
        return copied

    @model_validator(mode="wrap")
    @classmethod
    def _take_curves(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        curves = {
            name: _parse(name, value)
            for name, value in data.items()
            if looks_like_curve(value) and name in cls.model_fields and takes_keyframes(cls.model_fields[name])
        }
        made = handler({**data, **{name: curve.ends[0] for name, curve in curves.items()}})
        for name, curve in curves.items():
            for end in curve.ends[1:]:
                # Each end is held to the field's own bounds; between two a curve stays between them.
                handler({**data, **{n: c.ends[0] for n, c in curves.items()}, name: end})
        made._curves = curves
        made.style_lists()  # what was not understood is told at once
        return made

    @model_serializer(mode="wrap")
    def _give_curves(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        for name, curve in self._curves.items():
            # A curve that starts at the default is no default.
            started_at_default = info.exclude_defaults and self.__dict__[name] == type(self).model_fields[name].default
            if name in plain or (started_at_default and _is_wanted(name, info)):
                plain[name] = str(curve)
        return plain

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, str(self._curves[name]) if name in self._curves else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Params) and type(self) is type(other) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash((type(self), self.model_dump_json()))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        target = handler.resolve_ref_schema(schema)
        for name, field in cls.model_fields.items():
            spec = target.get("properties", {}).get(name)
            if spec is not None and takes_keyframes(field):
                if "anyOf" in spec:
                    spec["anyOf"].append({"type": "string", "format": "keyframes"})
                else:  # bounds beside it hold for numbers only, the format for text only
                    spec.update(type=[spec["type"], "string"], format="keyframes")
                spec["keyframes"] = True
        return schema


def _is_wanted(name: str, info: SerializationInfo) -> bool:
    """Tell whether a dump that was asked for some fields only was asked for this one."""
    excluded = info.exclude is not None and name in info.exclude
    return not excluded and (info.include is None or name in info.include)


def _parts_of(value: Any) -> Iterator[Params]:
    """Yield the parameters that a field's value consists of."""
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, Params):
            yield part


def _with_sound(value: Any, heard: Mapping[str, Envelope]) -> Any:
    if isinstance(value, tuple):
        return tuple(_with_sound(part, heard) for part in value)
    return value.with_sound(heard) if isinstance(value, Params) else value


def _parse(name: str, text: str) -> Moving:
    try:
        return parse_moving(text)
    except ParameterError as error:
        raise ParameterError(f"parameter {name!r}: {error}") from None


def make_params(cls: type[P], values: Mapping[str, Any]) -> P:
    """Validate values, which may all be text, into parameters.

    Raises:
        ParameterError: one line that names the field, what came, what was expected, and the nearest name.

    """
    try:
        return cls.model_validate({name: _plain(cls, name, value) for name, value in values.items()})
    except ValidationError as error:
        # One line, whatever a docstring or a value brings along.
        refused = ParameterError(" ".join(_first_problem(cls, error).split()))
        refused.field = next((str(part) for part in error.errors()[0]["loc"][:1]), None)
        raise refused from None


def _plain(cls: type[Params], name: str, value: Any) -> Any:
    field = cls.model_fields.get(name)
    may_be_none = field is not None and NoneType in kinds_of(field)[0]
    return None if may_be_none and isinstance(value, str) and value.lower() == "none" else value


def _first_problem(cls: type[Params], error: ValidationError) -> str:
    problem = error.errors()[0]
    wanted = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if not problem["loc"]:
        return f"these parameters do not fit together: {wanted}"
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, cls.model_fields, n=1)
        there_are = f"there are: {', '.join(cls.model_fields)}." if cls.model_fields else "there are none."
        return f"there is no parameter {name!r}; " + (f"did you mean {near[0]!r}?" if near else there_are)
    if problem["type"] == "missing":
        return f"parameter {name!r} is missing: {cls.model_fields[name].description or 'give a value.'}"
    return f"{name}={reprlib.repr(problem['input'])} is not allowed; expected {wanted}."
