"""Requests for jobs: one pydantic class for each kind, all together one union that `kind` tells apart."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from mutoscope.recipes.recipe import Recipe
from mutoscope.service.jobs.kinds.kind import JobKind
from mutoscope.service.jobs.kinds.schema import MergedSchema, SchemaOf
from mutoscope.service.jobs.kinds.table import KINDS

__all__ = ["BODIES", "AnyJobBody", "JobBody", "PreviewWish", "ResultWish", "WebhookWish", "filled_example"]

_ID = "0123456789abcdefghijkl"
_MEDIA = {"type": "string", "pattern": r"^[mf]_[0-9A-Za-z]{22}$"}
MediaRef = Annotated[str, Field(pattern=r"^[mf]_[0-9A-Za-z]{22}$", description="Id of media, or of a frameset.")]


class _Part(BaseModel):
    """The parent of parts of requests: nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


class ResultWish(_Part):
    """How the result is to be."""

    suffix: str | None = None
    """What its name ends with, and so its format; what suits the source without it."""

    name: Annotated[str, Field(max_length=200)] | None = None
    """What it is called, without a suffix; like the source without it."""


class PreviewWish(_Part):
    """A look at a part instead of the whole; it does not wait behind long jobs."""

    at: Annotated[str, Field(max_length=40)] = "0s"
    """Time of the film that is looked at, like `3.2s` or `00:04`."""

    seconds: Annotated[float, Field(gt=0, le=60)] | None = None
    """How long; one frame, as a picture, without it."""

    size: Annotated[int, Field(ge=16, le=16_384)] | None = 480
    """Long side in px; that of the result where it is null."""


class WebhookWish(_Part):
    """Who is told when the job ends."""

    url: Annotated[str, Field(max_length=2000, pattern=r"^https://")]
    """https address on a host that the owner of this server allows."""

    secret: Annotated[str, Field(min_length=24, max_length=200, json_schema_extra={"writeOnly": True})]
    """What the message is signed with (Standard Webhooks): `whsec_` and base64, or any text. Never shown again."""


class JobBody(_Part):
    """A request for a job."""

    kind: str
    """What is done."""

    inputs: Any
    """Media that it works on, by role."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    """How it is done. Where a file could stand, `media:m_…` names media."""

    result: ResultWish = ResultWish()
    """How the result is to be."""

    preview: PreviewWish | None = None
    """A look at a part instead of the whole, for kinds that can."""

    recipe: dict[str, Any] | None = None
    """A recipe, for kinds that take one."""

    recipe_id: Annotated[str, Field(pattern=r"^r_[0-9A-Za-z]{22}$")] | None = None
    """A saved recipe, instead."""

    max_cost: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The job stops before it costs more, in the currency of the price book; what is finished is kept."""

    sign: bool | None = None
    """Whether the result gets a signed history; as the owner of the server has set it without it."""

    webhook: WebhookWish | None = None
    """Who is told when it ends."""

    def media(self) -> dict[str, list[str]]:
        """Give the inputs that were said, each as a list."""
        told = self.inputs.model_dump(exclude_none=True) if isinstance(self.inputs, BaseModel) else {}
        return {name: one if isinstance(one, list) else [one] for name, one in told.items()}

    def plain(self) -> dict[str, Any]:
        """Give what is kept of it, without the webhook's secret."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"webhook"}) | {
            "kind": self.kind
        }


def filled_example(kind: JobKind) -> dict[str, Any]:
    """Give a request that one can change and send."""
    return {"kind": kind.name, **_with_ids(kind.example)}


def _with_ids(value: Any) -> Any:
    """Put ids where examples have words."""
    if isinstance(value, dict):
        return {name: _with_ids(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_ids(one) for one in value]
    if isinstance(value, str):
        for letter in "mf":
            before, sign, rest = value.partition(f"{letter}_")
            if sign and rest[:1].isupper():
                word = rest.split("@")[0]
                return f"{before}{letter}_{_ID}{rest[len(word) :]}"
    return value


def _body(kind: JobKind) -> type[JobBody]:
    title = "".join(part.capitalize() for part in kind.name.split("_"))
    roles: dict[str, Any] = {}
    for role in kind.inputs:
        one: Any = Annotated[list[MediaRef], Field(min_length=1, max_length=1000)] if role.is_many else MediaRef
        told = Field(default=... if role.is_required else None, description=role.summary)
        roles[role.name] = (one if role.is_required else one | None, told)
    inputs = create_model(f"{title}Inputs", __base__=_Part, __doc__=f"Media of the job {kind.name}.", **roles)
    needs_inputs = any(role.is_required for role in kind.inputs)
    fields: dict[str, Any] = {
        "kind": (Literal[kind.name], Field(description=kind.summary)),
        "inputs": (inputs, ... if needs_inputs else Field(default_factory=inputs)),
        "parameters": (
            Annotated[dict[str, Any], MergedSchema(kind)],
            Field(default_factory=dict, description=JobBody.model_fields["parameters"].description),
        ),
    }
    if kind.takes_recipe:
        about = JobBody.model_fields["recipe"].description
        fields["recipe"] = (Annotated[dict[str, Any], SchemaOf(Recipe)] | None, Field(default=None, description=about))
    return create_model(f"{title}Job", __base__=JobBody, __doc__=kind.summary, **fields)


BODIES = {kind.name: _body(kind) for kind in KINDS.values()}
"""The class of each kind's request."""

if TYPE_CHECKING:
    AnyJobBody = JobBody
else:
    AnyJobBody = Annotated[Union[tuple(BODIES.values())], Field(discriminator="kind")]  # noqa: UP007 # made of a list
