"""The event stream of a job (Server-Sent Events): whoever was away gets what they have missed."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from mutoscope.service.answers import Id, problems, stamp
from mutoscope.service.database.tables import Event, Job
from mutoscope.service.jobs import events
from mutoscope.service.jobs.queue import FINAL, Queue
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.state import Service

__all__ = ["router", "wait_for"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

_HEARTBEAT_S = 15.0
_RETRY_MS = 1000
_POLL_S = 1.0
"""How often the database is asked without a call: another server may run the job."""

_QUIET_POLL_S = 5.0
"""The same for SQLite, which has one server."""

_MOST = 500

_EVENT = {
    "type": "object",
    "description": "Each event of the stream.",
    "properties": {
        "id": {"type": "string", "description": "Its number: 1, 2, 3 …"},
        "event": {"type": "string", "enum": ["state", "progress", "preview", "notice"]},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "What it tells, as JSON."},
        "retry": {"type": "integer"},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, each with its number as id: state, progress, preview, notice. The stream ends behind "
        "the last state.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    204: {"description": "The job has ended and you have seen all of it; do not come again."},
}


@router.get(
    "/{job}/events",
    summary="Watch a job",
    response_class=Response,
    responses={**_STREAM, **problems("not-found")},
)
async def watch_job(
    job: Id,
    caller: AskingCaller,
    service: Serving,
    last_event_id: Annotated[str | None, Header(max_length=40, description="Id of the last event that came.")] = None,
    after: Annotated[int | None, Query(ge=0, le=2**53, description="The same, for those who set no headers.")] = None,
) -> Response:
    """Stream what happens to a job: first what has happened since `Last-Event-ID`, then what comes."""
    seen = after or 0
    if last_event_id is not None and last_event_id.strip().isdecimal():
        seen = int(last_event_id.strip())
    found = await run_in_threadpool(Queue(service.database).get, caller.owner, job)
    if found.state in FINAL and not await run_in_threadpool(_since, service, job, seen):
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(service, job, seen), media_type="text/event-stream", headers=headers)


async def wait_for(news: asyncio.Event, seconds: float) -> None:
    """Wait for news for a while."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return


async def _stream(service: Service, job: str, seen: int) -> AsyncIterator[str]:
    with service.metrics.stream(), service.bus.listening(job) as news:
        yield f"retry: {_RETRY_MS}\n\n"
        told_at = time.monotonic()
        poll_s = _QUIET_POLL_S if service.database.is_sqlite else _POLL_S
        while True:
            news.clear()  # before looking: what comes while we look is looked at again
            found = await run_in_threadpool(_since, service, job, seen)
            for event in found:
                yield _written(event)
                seen, told_at = event.number, time.monotonic()
                if event.kind == "state" and event.data.get("state") in FINAL:
                    return
            if len(found) == _MOST:
                continue
            if service.bus.is_closed or (not found and not await run_in_threadpool(_is_there, service, job)):
                return
            left = told_at + _HEARTBEAT_S - time.monotonic()
            if left <= 0:
                yield ": still here\n\n"
                told_at = time.monotonic()
                continue
            await wait_for(news, min(left, poll_s))


def _since(service: Service, job: str, seen: int) -> list[Event]:
    with service.database.reading() as session:
        return list(events.since(session, job, seen, _MOST))


def _is_there(service: Service, job: str) -> bool:
    with service.database.reading() as session:
        return session.get(Job, job) is not None


def _written(event: Event) -> str:
    data = json.dumps({"number": event.number, "at": stamp(event.at), **event.data}, separators=(",", ":"))
    return f"id: {event.number}\nevent: {event.kind}\ndata: {data}\n\n"
