"""The rules of use, and that somebody has accepted them."""

import time
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.answers import problems, stamp
from mutoscope.service.guidelines import guidelines
from mutoscope.service.problems import Problem
from mutoscope.service.routes.effects import IfNoneMatch, same_or
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.tokens import accept_guidelines

__all__ = ["router"]

router = APIRouter(prefix="/api/guidelines", tags=["guidelines"])


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class GuidelineSection(_Told):
    """One part of the rules."""

    title: str
    """Heading."""

    rules: list[str]
    """Each a point of its own."""


class GuidelineText(_Told):
    """The rules of use."""

    version: str = Field(examples=["2026-11-22-1a2b3c4d"])
    """Changes when the text does; it is what is accepted."""

    valid_from: str
    """The day from which they hold."""

    title: str
    """Heading of all."""

    preface: str
    """What stands before the first section."""

    sections: list[GuidelineSection]
    """The rules."""

    markdown: str
    """The same as one text."""


class Acceptance(_Told):
    """That the rules are accepted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": guidelines().version}]})

    version: Annotated[str, Field(min_length=1, max_length=64)]
    """Of the text that was read, as GET gives it."""


class Accepted(_Told):
    """What is known of this token's consent."""

    version: str
    """That was accepted."""

    at: str
    """When, RFC 3339."""


_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/markdown": {"schema": {"type": "string"}}}},
    304: {"description": "Unchanged since the ETag that you sent."},
}


@router.get("", response_model=GuidelineText, responses=_TEXT, summary="Read the rules of use")
def read_guidelines(
    caller: AskingCaller,
    form: Annotated[Literal["json", "markdown"], Query(alias="format", description="`markdown`: one text.")] = "json",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Give the rules on copyright, people, labelling and honesty, with their version."""
    del caller
    told = guidelines()
    if form == "markdown":
        return PlainTextResponse(told.markdown, media_type="text/markdown")
    plain = {**asdict(told), "sections": [asdict(section) for section in told.sections]}
    return same_or(GuidelineText.model_validate(plain).model_dump_json().encode(), if_none_match)


@router.post("/accept", responses=problems("conflict"), summary="Accept the rules of use")
def accept_these_guidelines(acceptance: Acceptance, caller: AskingCaller, service: Serving) -> Accepted:
    """Record, for the token that asks, that its person has read the rules and holds to them."""
    known = guidelines().version
    if acceptance.version != known:
        raise Problem("conflict", f"the rules have changed; read them again and accept {known}.", pointer="/version")
    now = time.time()
    accept_guidelines(service.database, caller.token_id, known)
    service.callers.forget()
    return Accepted(version=known, at=stamp(now))
