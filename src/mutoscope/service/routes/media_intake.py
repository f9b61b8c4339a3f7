"""Routes by which a file comes in with one request: as a form, or as the body itself."""

from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from mutoscope.service.answers import etag_of, problems
from mutoscope.service.database.tables import Media
from mutoscope.service.ids import new_id
from mutoscope.service.media.incoming import Incoming, remove
from mutoscope.service.media.library import refusal_of
from mutoscope.service.media.uploads import check_size
from mutoscope.service.operations.quota import check_bytes, check_disk
from mutoscope.service.problems import Problem
from mutoscope.service.routes.forms import FileForm, is_form
from mutoscope.service.routes.media_answers import MediaAnswer, media_answer
from mutoscope.service.routes.streaming import Body, StreamedRoute, in_disk_thread, in_look_thread
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["adopted", "check_room", "router"]

router = APIRouter(prefix="/api/media", tags=["media"], route_class=StreamedRoute)

_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": _FILE, "name": {"type": "string", "description": "Another name."}},
                }
            },
            "application/octet-stream": {"schema": _FILE},
            "video/*": {"schema": _FILE},
            "image/*": {"schema": _FILE},
        },
    }
}
_NO_FILES = ("application/x-www-form-urlencoded",)


@router.post(
    "",
    summary="Send a file",
    status_code=201,
    response_model=MediaAnswer,
    responses={
        201: {"headers": {"Location": {"description": "Address of the media.", "schema": {"type": "string"}}}},
        **problems("wrong-type", "media-refused", "disk-full", "quota"),
    },
    openapi_extra=_BODIES,
)
async def create_media(
    request: Request,
    caller: AskingCaller,
    service: Serving,
    name: Annotated[str | None, Query(description="Name of a file that is sent bare.", max_length=400)] = None,
) -> Response:
    """Send one file, as a form with the field `file`, or bare. Large ones go better to /api/uploads: that can go on.

    It is looked at by a process that is closed in; what it does not like is refused with 415 or 422 and not kept.
    """
    headers = request.headers
    kind = (headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind in _NO_FILES:
        raise Problem("wrong-type", "a file is sent as multipart/form-data, or bare with its own Content-Type.")
    length = int(headers.get("content-length") or 0)  # the guards have seen that it is a number
    await in_disk_thread(partial(check_room, service, caller, length))
    form = FileForm(headers["content-type"]) if is_form(kind) else None
    place = service.library.uploads.folder / new_id("u")
    try:
        digest = await _arrive(service, Body.of(request), place, form)
        told = form.told() if form is not None else {}
        called = told.get("name") or name or (form.filename if form is not None else None) or ""
        media = await in_look_thread(partial(adopted, service, caller, place, called, digest))
    finally:
        await in_disk_thread(partial(_forget, place))
    return JSONResponse(
        media_answer(media).model_dump(mode="json"),
        status_code=201,
        headers={"Location": f"/api/media/{media.id}", "ETag": etag_of(media.version)},
    )


def check_room(service: Service, caller: Caller, length: int) -> None:
    """See that a file of so many bytes may come.

    Raises:
        Problem: it is too large, the disk is full, or the quota is used up.

    """
    check_size(service.settings, length)
    check_disk(service.settings, length)
    with service.database.reading() as session:
        check_bytes(session, caller, service.settings, length)


def adopted(service: Service, caller: Caller, place: Path, name: str, digest: str | None = None) -> Media:
    """Make media of a file that has come whole.

    Raises:
        Problem: it is refused, or the quota is used up.

    """
    size = place.stat().st_size

    def check(session: Session) -> None:
        check_bytes(session, caller, service.settings, size)

    media = service.library.adopt_upload(place, name, caller, {}, digest=digest, check=check)
    if media.state == "refused":
        refused = refusal_of(media)
        refused.headers["Mutoscope-Media"] = media.id
        raise refused
    return media


async def _arrive(service: Service, body: Body, place: Path, form: FileForm | None) -> str | None:
    """Write a body, or the file within it; give its SHA-256."""
    place.parent.mkdir(parents=True, exist_ok=True)
    incoming = await in_disk_thread(partial(Incoming, place, length=service.settings.upload_bytes))
    try:
        async with aclosing(body.blocks()) as blocks:
            async for block in blocks:
                data = block if form is None else form.feed(block)
                if data:
                    await in_disk_thread(partial(incoming.write, data))
        if form is not None:
            form.told()
        if not incoming.offset:
            raise Problem("invalid", "the file is empty; send a film, a picture or a filter.")
        incoming.judge()
    except Problem as problem:
        if problem.kind.name == "wrong-type":
            service.metrics.refused(problem.kind.name)
        raise
    finally:
        service.metrics.took_in(incoming.offset)
        await in_disk_thread(incoming.close)
    return incoming.digest


def _forget(place: Path) -> None:
    with suppress(Problem):
        remove(place)
