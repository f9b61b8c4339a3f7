"""The parent of all parameters. Imports no torch, so that doors stay fast.

A numeric field may be given as a curve ("0s:0, 4s:1"), unless it is marked with
`json_schema_extra={"keyframes": False}`; `params.at(seconds)` gives the numbers of one moment.
"""

import difflib
from collections.abc import Mapping
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError, model_serializer, model_validator
from pydantic.fields import FieldInfo
from pydantic.functional_serializers import SerializerFunctionWrapHandler
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic.json_schema import GetJsonSchemaHandler, JsonSchemaValue
from pydantic_core import CoreSchema

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import Curve, looks_like_curve

__all__ = ["Params", "takes_keyframes", "make_params"]  # noqa: RUF022 # the class first, then its helpers

P = TypeVar("P", bound="Params")


class Params(BaseModel):
    """Parameters of one effect: frozen, bounded, each with a docstring under its field."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )

    _curves: dict[str, Curve] = PrivateAttr(default_factory=dict)

    @property
    def is_animated(self) -> bool:
        """Whether any field is a curve."""
        return bool(self._curves)

    def at(self, seconds: float) -> Self:
        """Give the parameters of one moment as plain numbers; self where nothing moves."""
        if not self._curves:
            return self
        moved: dict[str, Any] = {}
        for name, curve in self._curves.items():
            value = curve.at(seconds)
            moved[name] = round(value) if _is_whole(type(self).model_fields[name]) else value
        return self.model_copy(update=moved)._without_curves()

    def _without_curves(self) -> Self:
        self._curves = {}
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _take_curves(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        curves = {
            name: Curve.parse(value)
            for name, value in data.items()
            if looks_like_curve(value) and name in cls.model_fields and takes_keyframes(cls.model_fields[name])
        }
        made = handler({**data, **{name: curve.keys[0].value for name, curve in curves.items()}})
        for name, curve in curves.items():
            for key in curve.keys[1:]:
                # Each key is held to the field's own bounds; between two keys a curve stays between them.
                handler({**data, **{n: c.keys[0].value for n, c in curves.items()}, name: key.value})
        made._curves = curves
        return made

    @model_serializer(mode="wrap")
    def _give_curves(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        return {**plain, **{name: str(curve) for name, curve in self._curves.items() if name in plain}}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.model_dump() == other.model_dump()  # type: ignore[attr-defined] # same type

    def __hash__(self) -> int:
        return hash((type(self), self.model_dump_json()))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        target = handler.resolve_ref_schema(schema)
        for name, field in cls.model_fields.items():
            spec = target.get("properties", {}).get(name)
            if spec is not None and takes_keyframes(field):
                spec["keyframes"] = True
        return schema


def takes_keyframes(field: FieldInfo) -> bool:
    """Tell whether a field is a number that may move over time."""
    extra = field.json_schema_extra
    allowed = not isinstance(extra, dict) or extra.get("keyframes", True)
    kinds = get_args(field.annotation) or (field.annotation,)
    return bool(allowed) and bool({int, float} & set(kinds)) and bool not in kinds


def _is_whole(field: FieldInfo) -> bool:
    kinds = get_args(field.annotation) or (field.annotation,)
    return int in kinds and float not in kinds


def make_params(cls: type[P], values: Mapping[str, Any]) -> P:
    """Validate values, which may all be text, into parameters.

    Raises:
        ParameterError: one line that names the field, what came, what was expected, and the nearest name.
    """
    try:
        return cls.model_validate({name: _plain(value) for name, value in values.items()})
    except ValidationError as error:
        raise ParameterError(_first_problem(cls, error)) from None


def _plain(value: Any) -> Any:
    return None if isinstance(value, str) and value.lower() == "none" else value


def _first_problem(cls: type[Params], error: ValidationError) -> str:
    problem = error.errors()[0]
    name = str(problem["loc"][0]) if problem["loc"] else "parameters"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, cls.model_fields, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(cls.model_fields)}."
        return f"there is no parameter {name!r}; {hint}"
    if problem["type"] == "missing":
        return f"parameter {name!r} is missing: {cls.model_fields[name].description}"
    wanted = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{name}={problem['input']!r} is not allowed; expected {wanted}."
