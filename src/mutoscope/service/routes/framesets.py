"""Routes of framesets: separate a film into pictures, filter one or all, put them together again."""

from collections.abc import Mapping
from pathlib import Path as FolderPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from mutoscope.service.answers import Cursor, Id, Limit, cursor_of, etag_of, position_of, problems, stamp
from mutoscope.service.database.tables import Frameset
from mutoscope.service.jobs.framesets import frameset_of
from mutoscope.service.problems import Problem
from mutoscope.service.routes import frameset_frames
from mutoscope.service.routes.facades import Begun, IdempotencyKey, begin, point_to, queued
from mutoscope.service.routes.frameset_frames import FrameNumber
from mutoscope.service.routes.frameset_models import (
    FilmWish,
    FilterWish,
    FramesetAnswer,
    FramesetLinks,
    FramesetPage,
    NewFrameset,
)
from mutoscope.service.routes.streaming import SMALL_BODY_BYTES
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter()
_own = APIRouter(prefix="/api/framesets", tags=["framesets"])

_POINTERS = {
    "/inputs/source": "/media",
    "/parameters/name": "/filter",
    "/parameters/every": "/every",
    "/parameters/size": "/size",
}
_SUBMIT = problems("invalid", "key-reused", "too-many", "cost-limit", "disk-full", "quota")


@_own.post("", summary="Separate a film", status_code=202, responses=_SUBMIT, max_body_size=SMALL_BODY_BYTES)
def create_frameset(
    wanted: NewFrameset,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> FramesetAnswer:
    """Begin a job that separates a film into pictures with their exact times, and its sound."""
    told = {"every": wanted.every, "size": wanted.size, "picture_format": wanted.format}
    said = {"inputs": {"source": wanted.media}, "parameters": _without_none(told)}
    return _begun(service, caller, response, "frames", said, idempotency_key)


@_own.get("", summary="List your framesets", responses=problems("bad-request"))
def list_framesets(
    caller: AskingCaller,
    service: Serving,
    media: Annotated[str | None, Query(description="Only those of this film.", max_length=24)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> FramesetPage:
    """Give your framesets, newest first."""
    found, after = service.library.framesets.list(caller.owner, media, position_of(cursor), limit)
    return FramesetPage(
        items=[_answer(row, state) for row, state in found], next=None if after is None else cursor_of(*after)
    )


@_own.get("/{frameset_id}", summary="Tell about a frameset", responses=problems("not-found"))
def get_frameset(frameset_id: Id, caller: AskingCaller, service: Serving, response: Response) -> FramesetAnswer:
    """Tell whether it is ready, and how many pictures there are."""
    row, state = service.library.framesets.get(caller.owner, frameset_id)
    response.headers["ETag"] = etag_of(row.version)
    return _answer(row, state)


@_own.delete(
    "/{frameset_id}", summary="Delete a frameset", status_code=204, responses=problems("not-found", "conflict")
)
def delete_frameset(frameset_id: Id, caller: AskingCaller, service: Serving) -> None:
    """Remove all its pictures; refused while a job makes it or needs it."""
    service.library.framesets.delete(caller.owner, frameset_id)


@_own.post(
    "/{frameset_id}/filter",
    summary="Filter all pictures",
    status_code=202,
    responses={**problems("not-found", "conflict", "gone"), **_SUBMIT},
    max_body_size=SMALL_BODY_BYTES,
)
def filter_frameset(
    frameset_id: Id,
    wanted: FilterWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> FramesetAnswer:
    """Begin a job that paints all pictures as a film; what comes is a new frameset, this one stays as it is."""
    said = _filtering(service, caller, frameset_id, wanted)
    return _begun(service, caller, response, "filter_frames", said, idempotency_key)


@_own.post(
    "/{frameset_id}/frames/{number}/filter",
    summary="Filter one picture",
    status_code=202,
    responses={**problems("not-found", "conflict", "gone"), **_SUBMIT},
    max_body_size=SMALL_BODY_BYTES,
)
def filter_frameset_frame(
    frameset_id: Id,
    number: FrameNumber,
    wanted: FilterWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> FramesetAnswer:
    """Begin a job that paints one picture; what comes is a new frameset in which the others are as they were."""
    said = _filtering(service, caller, frameset_id, wanted, number)
    return _begun(service, caller, response, "filter_frames", said, idempotency_key)


@_own.post(
    "/{frameset_id}/film",
    summary="Put the pictures together",
    status_code=202,
    responses={**problems("not-found", "conflict", "gone"), **_SUBMIT},
    max_body_size=SMALL_BODY_BYTES,
)
def film_frameset(
    frameset_id: Id,
    wanted: FilmWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that makes a film: each picture at its exact time, with the sound; its result is media."""
    _ready(service, caller, frameset_id)
    said = {
        "inputs": {"frameset": frameset_id},
        "parameters": _without_none({"codec": wanted.codec, "crf": wanted.crf}),
        "result": _without_none({"suffix": wanted.suffix, "name": wanted.name}),
    }
    return begin(service, caller, response, "film", said, idempotency_key)


def _filtering(
    service: Service, caller: Caller, frameset_id: str, wanted: FilterWish, number: int | None = None
) -> dict[str, Any]:
    folder = _ready(service, caller, frameset_id)
    parameters: dict[str, Any] = {**wanted.parameters, "name": wanted.filter}
    if number is not None:
        service.library.framesets.lists.file(folder, number)
        parameters["frames"] = [number]
    return {"inputs": {"frameset": frameset_id}, "parameters": parameters}


def _begun(
    service: Service, caller: Caller, response: Response, kind: str, said: Mapping[str, Any], key: str | None
) -> FramesetAnswer:
    try:
        job = queued(service, caller, kind, said, key)
    except Problem as problem:
        for error in problem.errors:  # the fault is told where it stands in this request, not in the job's
            error.pointer = _POINTERS.get(error.pointer, error.pointer)
        raise
    response.headers.update(point_to(job))
    row = frameset_of(service.database, job)
    return _answer(*service.library.framesets.get(caller.owner, row.id))


def _ready(service: Service, caller: Caller, frameset_id: str) -> FolderPath:
    framesets = service.library.framesets
    return framesets.folder(*framesets.get(caller.owner, frameset_id))


def _answer(row: Frameset, state: str) -> FramesetAnswer:
    here = f"/api/framesets/{row.id}"
    return FramesetAnswer.model_validate(
        {
            "id": row.id,
            "state": state,
            "media": row.media_id,
            "job": row.job_id,
            "frames": row.frames,
            "bytes": row.bytes,
            "version": row.version,
            "created": stamp(row.created_at),
            "links": FramesetLinks(
                self=here, frames=f"{here}/frames", archive=f"{here}/archive", job=f"/api/jobs/{row.job_id}"
            ),
        }
    )


def _without_none(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


for _routes in (_own, frameset_frames.router):
    router.include_router(_routes)
