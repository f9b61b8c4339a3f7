"""The description of `parameters`: one object out of the fields of several parameter classes, in their own words."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from mutoscope.effects.params import Params
from mutoscope.service.jobs.kinds.kind import JobKind

__all__ = ["MergedSchema", "SchemaOf"]


@dataclass(frozen=True)
class MergedSchema:
    """Mark of a mapping that is checked by parameter classes; its schema is theirs."""

    kind: JobKind

    def __get_pydantic_json_schema__(self, _core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the properties together."""
        kind, fields = self.kind, self.kind.fields()
        properties: dict[str, Any] = {}
        wanted: set[str] = set(kind.required)
        for cls in dict.fromkeys(kind.params):
            own = handler.resolve_ref_schema(_schema_of(cls, handler))
            theirs = {name for name, of in fields.items() if of is cls}
            properties |= {name: spec for name, spec in own.get("properties", {}).items() if name in theirs}
            wanted |= theirs & set(own.get("required", ())) - set(kind.optional)
        merged: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        if wanted:
            merged["required"] = sorted(wanted)
        return merged


@dataclass(frozen=True)
class SchemaOf:
    """Mark of a mapping that is checked later, by a parameter class; its schema is that class's."""

    params: type[Params]

    def __get_pydantic_json_schema__(self, _core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the schema of the class."""
        return _schema_of(self.params, handler)


def _schema_of(params: type[Params], handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    # Within a list: at the top a handler passes over what a class adds to its schema, the marks of keyframes.
    schema: JsonSchemaValue = handler(core_schema.list_schema(params.__pydantic_core_schema__))["items"]
    return schema
