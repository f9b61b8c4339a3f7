"""How kinds of jobs are described: what each takes, and what may be said of it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.jobs.kinds.bodies import BODIES, filled_example
from mutoscope.service.jobs.kinds.kind import JobKind

__all__ = ["JobInput", "JobKindCard", "JobKindList", "kind_card"]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class JobInput(_Told):
    """A role that media take in a kind of job."""

    name: str
    """Field of `inputs`."""

    summary: str
    """What it is."""

    takes: list[str]
    """Kinds of media."""

    required: bool
    """Whether the job needs it."""

    many: bool
    """Whether it is a list."""


class JobKindCard(_Told):
    """A kind of job: what it takes and what may be said of it."""

    name: str
    """What `kind` says."""

    summary: str
    """What it does."""

    verb: str
    """The command that does the same: `mutoscope VERB`."""

    effect: str | None = None
    """The effect that it plays, where it is one."""

    lane: Literal["batch", "preview"]
    """Where it waits."""

    inputs: list[JobInput]
    """Media that it works on."""

    suffixes: list[str]
    """Formats of the result, the usual one first; empty where there is nothing to choose."""

    can_preview: bool
    """Whether `preview` may be asked for."""

    takes_recipe: bool
    """Whether a recipe belongs to it."""

    request: dict[str, Any] = Field(serialization_alias="schema", validation_alias="schema")
    """JSON schema of the request."""

    example: dict[str, Any]
    """A request to begin with."""


class JobKindList(_Told):
    """All kinds of jobs."""

    kinds: list[JobKindCard]
    """In the order of the documentation."""


def kind_card(kind: JobKind) -> JobKindCard:
    """Describe a kind of job."""
    return JobKindCard(
        name=kind.name,
        summary=kind.summary,
        verb=kind.verb,
        effect=kind.effect or None,
        lane=kind.lane,
        inputs=[
            JobInput(
                name=one.name, summary=one.summary, takes=list(one.takes), required=one.is_required, many=one.is_many
            )
            for one in kind.inputs
        ],
        suffixes=list(kind.suffixes),
        can_preview=kind.can_preview,
        takes_recipe=kind.takes_recipe,
        schema=BODIES[kind.name].model_json_schema(),
        example=filled_example(kind),
    )
