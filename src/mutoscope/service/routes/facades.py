"""Jobs that have an address of their own beside the thing that they are about: trainings, exports, estimates."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mutoscope.service.database.tables import Job
from mutoscope.service.jobs.kinds.bodies import BODIES
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["BEGINS", "Begun", "IdempotencyKey", "MediaId", "begin", "point_to", "queued"]

BEGINS = ("conflict", "in-flight", "key-reused", "too-many", "cost-limit", "quota", "disk-full")
"""Problems with which a job may not be queued, beside those of its request."""

RETRY_S = 1

MediaId = Annotated[str, Field(pattern=r"^m_[0-9A-Za-z]{22}$", examples=["m_0123456789abcdefghijkl"])]

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Drawn by you for this request: sent again with it, it makes no second job.",
    ),
]


class Begun(BaseModel):
    """A job that was queued; `Location` leads to it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str = Field(examples=["j_0123456789abcdefghijkl"])
    """Of the job."""

    kind: str
    """What it does."""

    state: str = Field(examples=["queued"])
    """`queued`, unless the same request came before."""

    href: str = Field(examples=["/api/jobs/j_0123456789abcdefghijkl"])
    """Where its state and its result are."""

    events: str = Field(examples=["/api/jobs/j_0123456789abcdefghijkl/events"])
    """Where its events are."""


def begin(
    service: Service,
    caller: Caller,
    response: Response,
    kind: str,
    said: Mapping[str, Any],
    key: str | None = None,
) -> Begun:
    """Queue a job and point to it.

    Args:
        service: that runs it.
        caller: whose job it is.
        response: gets Location and Retry-After.
        kind: of the table of kinds.
        said: its request, without the kind.
        key: Idempotency-Key.

    Raises:
        Problem: something of it is not allowed, or a limit is reached.

    """
    job = queued(service, caller, kind, said, key)
    response.headers.update(point_to(job))
    return Begun(id=job.id, kind=job.kind, state=job.state, href=f"/api/jobs/{job.id}", events=_events(job))


def queued(service: Service, caller: Caller, kind: str, said: Mapping[str, Any], key: str | None = None) -> Job:
    """Queue a job; under a key that came before, give that job.

    Raises:
        Problem: as `begin`.

    """
    try:
        body = BODIES[kind].model_validate({"kind": kind, **said})
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise Problem("invalid", f"{pointer}: {first['msg']}"[:500], pointer=pointer[:300]) from None
    return service.dispatcher.submit(caller, body, key=key)


def point_to(job: Job) -> dict[str, str]:
    """Give the headers that lead to a job."""
    return {"Location": f"/api/jobs/{job.id}", "Retry-After": str(RETRY_S)}


def _events(job: Job) -> str:
    return f"/api/jobs/{job.id}/events"
