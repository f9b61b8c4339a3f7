"""Routes of jobs: submit, list, look, wait, cancel, retry, remove. Events and files stand in files of their own."""

import functools
import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import StringConstraints
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from mutoscope.service.answers import Cursor, Id, Limit, cursor_of, etag_of, position_of, problems
from mutoscope.service.database.tables import Frameset, Job
from mutoscope.service.jobs.kinds.bodies import AnyJobBody, filled_example
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.jobs.listing import find_jobs
from mutoscope.service.jobs.queue import FINAL, Queue
from mutoscope.service.operations.quota import check_submit
from mutoscope.service.operations.retention import Item, Plan, apply
from mutoscope.service.problems import Problem
from mutoscope.service.routes import job_events, job_files
from mutoscope.service.routes.facades import IdempotencyKey, point_to
from mutoscope.service.routes.job_kind_models import JobKindCard, JobKindList, kind_card
from mutoscope.service.routes.job_models import (
    JobCard,
    JobPage,
    State,
    job_card,
    job_line,
)
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.state import Service

__all__ = ["router"]

_POLL_S = 1.0


class _JobRoute(APIRoute):
    """Leaves the kind out of the place of an error: it is a word of the union, no field of the request."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Give the handler."""
        handler = super().get_route_handler()

        async def without_kind(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                raise RequestValidationError([_placed(one) for one in error.errors()]) from None

        return without_kind


_jobs = APIRouter(prefix="/api/jobs", tags=["jobs"], route_class=_JobRoute)

_EXAMPLES = {kind.name: {"summary": kind.summary, "value": filled_example(kind)} for kind in KINDS.values()}
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
Words = Annotated[
    str | None,
    Query(max_length=100, pattern=_NO_CONTROLS, description="Occurs in id, kind, request, or names of its media."),
]
KindName = Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z_]+$")]


@_jobs.post(
    "",
    status_code=202,
    summary="Submit a job",
    responses=problems("conflict", "cost-limit", "key-reused", "in-flight", "too-many", "quota", "disk-full"),
)
def submit_job(
    asked: Annotated[AnyJobBody, Body(openapi_examples=_EXAMPLES)],
    response: Response,
    caller: AskingCaller,
    service: Serving,
    idempotency_key: IdempotencyKey = None,
) -> JobCard:
    """Queue a job. `Location` leads to it; with an `Idempotency-Key` the same request makes one job only."""
    job = service.dispatcher.submit(caller, asked, key=idempotency_key)
    response.headers.update(point_to(job))
    response.headers["ETag"] = etag_of(job.version)
    return _card(service, job)


@_jobs.get("", summary="List jobs", responses=problems("bad-request"))
def list_jobs(
    caller: AskingCaller,
    service: Serving,
    state: Annotated[list[State], Query(description="Only jobs in these states.")] = [],  # noqa: B006 # FastAPI copies
    kind: Annotated[list[KindName], Query(max_length=50, description="Only these kinds.")] = [],  # noqa: B006 # as above
    search: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> JobPage:
    """Give your jobs, newest first."""
    after = position_of(cursor)
    if search:
        page, last = find_jobs(service.database, caller.owner, search, state, kind, after, limit)
    else:
        page, last = Queue(service.database).list(caller.owner, state, kind, after, limit)
    return JobPage(jobs=[job_line(job) for job in page], next=None if last is None else cursor_of(*last))


@_jobs.get("/kinds", summary="List kinds of jobs")
def list_job_kinds(_caller: AskingCaller) -> JobKindList:
    """Give every kind with its inputs, the schema of its request, and an example."""
    return _kinds()


@_jobs.get("/kinds/{name}", summary="Describe a kind of job", responses=problems("not-found"))
def get_job_kind(name: str, _caller: AskingCaller) -> JobKindCard:
    """Give one kind with its inputs, the schema of its request, and an example."""
    found = next((one for one in _kinds().kinds if one.name == name), None)
    if found is None:
        raise Problem("not-found", f"there is no kind of job of that name; there are: {', '.join(KINDS)}.")
    return found


@_jobs.get(
    "/{job}",
    summary="Look at a job",
    response_model=JobCard,
    responses={304: {"description": "It is as you have it."}, **problems("not-found")},
)
async def get_job(
    job: Id,
    response: Response,
    caller: AskingCaller,
    service: Serving,
    wait: Annotated[float, Query(ge=0, le=60, description="Wait so long for a change at most, s.")] = 0.0,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> JobCard | Response:
    """Give a job. With `wait` the answer comes when it has changed since `If-None-Match`, or has ended."""
    until = time.monotonic() + wait
    queue = Queue(service.database)
    while True:
        with service.bus.listening(job) as news:
            found = await run_in_threadpool(queue.get, caller.owner, job)
            tag = etag_of(found.version)
            is_same = if_none_match is not None and tag in if_none_match.replace("W/", "").split(", ")
            is_over = found.state in FINAL or (if_none_match is not None and not is_same)
            left = until - time.monotonic()
            if is_over or left <= 0 or service.bus.is_closed:
                break
            await job_events.wait_for(news, min(left, _POLL_S))
    response.headers["ETag"] = tag
    if is_same:
        return Response(status_code=304, headers={"ETag": tag})
    if found.state not in FINAL:
        response.headers["Retry-After"] = "1"
    return await run_in_threadpool(_card, service, found)


@_jobs.post("/{job}/cancel", status_code=202, summary="Cancel a job", responses=problems("not-found", "conflict"))
def cancel_job(job: Id, caller: AskingCaller, service: Serving) -> JobCard:
    """Cancel a job: at once where it waits, within two seconds where it runs. What is finished of it is kept."""
    Queue(service.database).get(caller.owner, job)
    return _card(service, service.dispatcher.cancel(job))


@_jobs.post(
    "/{job}/retry",
    status_code=202,
    summary="Retry a job",
    responses=problems("not-found", "conflict", "too-many", "cost-limit"),
)
def retry_job(job: Id, response: Response, caller: AskingCaller, service: Serving) -> JobCard:
    """Queue a job again that failed, was cancelled or is partial. It is a new job; what was finished is found."""
    queue = Queue(service.database)
    queue.get(caller.owner, job)
    again = queue.retry(job, caller.token_id, lambda session: check_submit(session, caller, service.settings))
    service.dispatcher.wake()
    response.headers.update(point_to(again))
    return _card(service, again)


@_jobs.delete("/{job}", status_code=204, summary="Remove a job", responses=problems("not-found", "conflict"))
def delete_job(job: Id, caller: AskingCaller, service: Serving) -> None:
    """Remove a job that has ended, with all that it has made."""
    found = Queue(service.database).get(caller.owner, job)
    if found.state not in FINAL:
        raise Problem("conflict", f"the job is {found.state}; cancel it first.")
    plan = Plan((Item("job", found.id, found.kind, 0, found.finished_at or 0.0),))
    if not apply(service.database, service.settings, plan).items:
        raise Problem("conflict", "something that the job has made is in use; wait until other jobs are done with it.")


router = APIRouter()
for _part in (_jobs, job_events.router, job_files.router):
    router.include_router(_part)


@functools.cache
def _kinds() -> JobKindList:
    return JobKindList(kinds=[kind_card(kind) for kind in KINDS.values()])


def _card(service: Service, job: Job) -> JobCard:
    frameset = None
    if job.kind in ("frames", "filter_frames"):
        with service.database.reading() as session:
            frameset = session.scalar(select(Frameset).where(Frameset.job_id == job.id).limit(1))
    return job_card(job, frameset)


def _placed(error: dict[str, Any]) -> dict[str, Any]:
    place = list(error["loc"])
    if place[:1] == ["body"] and len(place) > 1 and place[1] in KINDS:
        del place[1]
    return {**error, "loc": tuple(place)}
