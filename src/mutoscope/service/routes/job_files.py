"""What a job has made, and what one sees of it while it runs."""

import json
import re
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy import select
from starlette.responses import FileResponse, RedirectResponse, Response

from mutoscope.service.answers import Id, problems
from mutoscope.service.database.tables import Job, Media
from mutoscope.service.jobs.folders import job_folder
from mutoscope.service.jobs.queue import Queue
from mutoscope.service.jobs.telling import preview_name
from mutoscope.service.problems import Problem
from mutoscope.service.routes.job_models import JobResults, result_of
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

_STAGED = re.compile(r"(?:\.\./)*in/(m_[0-9A-Za-z]{22})[^\"/]*")
_OWN = re.compile(r"(?:\.\./)+data/")
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}, "description": "A picture."},
    304: {"description": "It is as you have it."},
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "description": "One JSON object a line."}
}


@router.get("/{job}/results", summary="List what a job has made", responses=problems("not-found", "conflict"))
def list_job_results(job: Id, caller: AskingCaller, service: Serving) -> JobResults:
    """Give the files that a job has made, the main one first, and the numbers that it tells."""
    found = _ended(job, caller.owner, service)
    result = found.result or {}
    rows = _media(service, found)
    return JobResults(
        results=[result_of(rows[one["id"]]) for one in result.get("media", ()) if one["id"] in rows],
        frameset=result.get("frameset"),
        told=result.get("told", {}),
    )


@router.get(
    "/{job}/result",
    summary="Fetch the result of a job",
    response_class=Response,
    responses={303: {"description": "`Location` leads to the bytes."}, **problems("not-found", "conflict", "gone")},
)
def get_job_result(job: Id, caller: AskingCaller, service: Serving) -> Response:
    """Lead to the bytes of the main result."""
    found = _ended(job, caller.owner, service)
    rows = _media(service, found)
    main = next((one["id"] for one in (found.result or {}).get("media", ()) if one["id"] in rows), None)
    if main is None:
        raise Problem("gone", "the job has made no file, or it was deleted; GET /results tells what there is.")
    return RedirectResponse(f"/api/media/{main}/file", status_code=303)


@router.get("/{job}/manifest", summary="See how a result was made", responses=problems("not-found", "conflict", "gone"))
def get_job_manifest(job: Id, caller: AskingCaller, service: Serving) -> dict[str, Any]:
    """Give the manifest: inputs, recipe, weights, versions, shots, cost. Files are named by their media."""
    found = _ended(job, caller.owner, service)
    rows = _media(service, found)
    told = [one for one in (found.result or {}).get("media", ()) if one["role"] == "manifest" and one["id"] in rows]
    if not told:
        raise Problem("gone", f"the job has no manifest; {found.kind} writes none, or it was deleted.")
    text = service.library.path(rows[told[0]["id"]]).read_text(encoding="utf-8", errors="replace")
    plain: dict[str, Any] = json.loads(_OWN.sub("", _STAGED.sub(r"media:\1", text)))
    return plain


@router.get(
    "/{job}/preview",
    summary="See what a job is making",
    response_class=Response,
    responses={**_JPEG, **problems("not-found")},
)
def get_job_preview(request: Request, job: Id, caller: AskingCaller, service: Serving) -> Response:
    """Give the latest picture of what is being made."""
    found = Queue(service.database).get(caller.owner, job)
    if found.preview is None:
        raise Problem("not-found", "there is no picture yet; events tell when there is one.")
    return _picture(request, service, found, found.preview, "no-cache")


@router.get(
    "/{job}/previews/{number}",
    summary="See an earlier picture",
    response_class=Response,
    responses={**_JPEG, **problems("not-found", "gone")},
)
def get_job_preview_of(
    request: Request,
    job: Id,
    number: Annotated[int, Path(ge=1, le=10**9, description="As the event told.")],
    caller: AskingCaller,
    service: Serving,
) -> Response:
    """Give one of the latest pictures, or the first."""
    found = Queue(service.database).get(caller.owner, job)
    if found.preview is None or number > found.preview:
        raise Problem("not-found", "there is no such picture yet; events tell when there is one.")
    return _picture(request, service, found, number, "private, max-age=86400, immutable")


@router.get(
    "/{job}/log",
    summary="Read the log of a job",
    response_class=Response,
    responses={**_LINES, **problems("not-found")},
)
def get_job_log(job: Id, caller: AskingCaller, service: Serving) -> Response:
    """Give what happened to the job's process, one JSON object a line."""
    found = Queue(service.database).get(caller.owner, job)
    place = job_folder(service.settings, found.id) / "log.jsonl"
    if not place.is_file():
        return Response("", media_type="application/x-ndjson")
    return FileResponse(place, media_type="application/x-ndjson")


def _picture(request: Request, service: Service, job: Job, number: int, caching: str) -> Response:
    tag = f'"{job.id}-{number}"'
    headers = {"ETag": tag, "Cache-Control": caching}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    place: FilePath = job_folder(service.settings, job.id) / "previews" / preview_name(number)
    try:
        data = place.read_bytes()
    except OSError:
        raise Problem("gone", "that picture was replaced by later ones; GET /preview gives the latest.") from None
    return Response(data, media_type="image/jpeg", headers=headers)


def _ended(job: str, owner: str, service: Service) -> Job:
    """Find a job that has made something.

    Raises:
        Problem: there is none (not-found), or it has not ended well (conflict).

    """
    found = Queue(service.database).get(owner, job)
    if found.state in ("queued", "running"):
        raise Problem(
            "conflict", f"the job is still {found.state}; wait until it is done.", headers={"Retry-After": "1"}
        )
    if found.state not in ("done", "partial"):
        told = (found.problem or {}).get("detail", "retry it")
        raise Problem("conflict", f"the job {'has ' if found.state == 'failed' else 'was '}{found.state}: {told}")
    return found


def _media(service: Service, job: Job) -> dict[str, Media]:
    with service.database.reading() as session:
        return {row.id: row for row in session.scalars(select(Media).where(Media.job_id == job.id))} | _fetched(
            service, job
        )


def _fetched(service: Service, job: Job) -> dict[str, Media]:
    """Find media that came from a store: they are uploads by their nature, and belong to no job."""
    if job.kind != "fetch":
        return {}
    ids = [one["id"] for one in (job.result or {}).get("media", ())]
    with service.database.reading() as session:
        wanted = select(Media).where(Media.owner == job.owner, Media.id.in_(ids))
        return {row.id: row for row in session.scalars(wanted)}
