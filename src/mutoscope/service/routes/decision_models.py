"""Requests and answers about what a person decides of sorted footage."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Decision", "DecisionsKept", "DecisionsToKeep"]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class _Asked(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class Decision(_Asked):
    """What a person says of a clip, or of some frames of it."""

    clip: Annotated[int, Field(ge=0, le=1_000_000)]
    """Number of the clip."""

    first: Annotated[int, Field(ge=0, le=1 << 40)] | None = None
    """First frame; without it and `end`, all segments of the clip."""

    end: Annotated[int, Field(ge=1, le=1 << 40)] | None = None
    """First frame after it."""

    decision: Literal["keep", "unsure", "reject"]
    """keep, unsure or reject."""


class DecisionsToKeep(_Asked):
    """All decisions of a sort; they take the place of those before. The last word about a range counts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decisions": [{"clip": 0, "first": 0, "end": 48, "decision": "keep"}]}]}
    )

    decisions: Annotated[list[Decision], Field(max_length=20_000)]
    """In any order."""


class DecisionsKept(_Told):
    """All decisions of a sort."""

    job: str
    """That sorted the footage."""

    version: int
    """Rises with each change; the ETag holds it. 0: nothing was decided yet."""

    decisions: list[Decision]
    """Each about a range of frames."""
