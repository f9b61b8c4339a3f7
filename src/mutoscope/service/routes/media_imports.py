"""Routes by which media comes from elsewhere, or goes there: a URL, a store."""

from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mutoscope.service.answers import Id, etag_of, problems
from mutoscope.service.database.tables import Media
from mutoscope.service.ids import new_id
from mutoscope.service.media.incoming import Incoming, remove
from mutoscope.service.media.names import clean_name
from mutoscope.service.media.web import Target, check_url, fetch_blocks
from mutoscope.service.routes.facades import Begun, IdempotencyKey, begin
from mutoscope.service.routes.media_answers import MediaAnswer, media_answer
from mutoscope.service.routes.media_intake import adopted, check_room
from mutoscope.service.routes.streaming import SMALL_BODY_BYTES, in_far_thread
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter(prefix="/api/media", tags=["media"])

_STRICT = ConfigDict(use_attribute_docstrings=True, extra="forbid")
_REFUSALS = problems("wrong-type", "media-refused", "disk-full", "quota")
_QUEUED = problems("invalid", "key-reused", "too-many", "cost-limit", "disk-full", "quota")
Address = Annotated[
    str,
    Field(
        pattern=r"^store://[a-z0-9][a-z0-9_-]{0,63}/[^\x00-\x1f\x7f?#*]{1,900}$",
        max_length=1000,
        examples=["store://rushes/day1/clip.mp4"],
    ),
]


class FromUrl(BaseModel):
    """A file on the web."""

    model_config = _STRICT

    url: Annotated[str, Field(min_length=9, max_length=4000, examples=["https://media.example.org/clip.mp4"])]
    """Its address: https, of a host that the owner of the server has allowed."""

    name: Annotated[str | None, Field(max_length=400)] = None
    """What it shall be called; the end of the address without it."""


class FromStore(BaseModel):
    """A file in a named store."""

    model_config = _STRICT

    address: Address
    """Its address: store://NAME/path."""


class ToStore(BaseModel):
    """A place in a named store."""

    model_config = _STRICT

    address: Address
    """Where it goes: store://NAME/path; the store must be one that may be written."""


@router.post(
    "/from-url",
    summary="Fetch a file from the web",
    status_code=201,
    responses=_REFUSALS,
    max_body_size=SMALL_BODY_BYTES,
)
async def create_media_from_url(
    wanted: FromUrl, caller: AskingCaller, service: Serving, response: Response
) -> MediaAnswer:
    """Fetch a picture or film from an allowed host; nothing is followed elsewhere, nothing private is reached."""
    target = check_url(wanted.url, service.settings)
    media = await in_far_thread(partial(_from_web, service, caller, target, wanted.name or target.name))
    return _made(media, response)


@router.post(
    "/from-store",
    summary="Take a file from a store",
    status_code=202,
    responses=_QUEUED,
    max_body_size=SMALL_BODY_BYTES,
)
def create_media_from_store(
    wanted: FromStore,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that copies a file out of a folder, S3 or Dropbox that is known by a name; its result is media."""
    return begin(service, caller, response, "fetch", {"parameters": {"place": wanted.address}}, idempotency_key)


@router.post(
    "/{media_id}/to-store",
    summary="Send media to a store",
    status_code=202,
    responses={**problems("not-found", "conflict", "gone"), **_QUEUED},
    max_body_size=SMALL_BODY_BYTES,
)
def send_media_to_store(
    media_id: Id,
    wanted: ToStore,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that copies media to a store that may be written; it appears there when all of it has arrived."""
    service.library.path(service.library.get(caller.owner, media_id))
    said = {"inputs": {"file": media_id}, "parameters": {"place": wanted.address}}
    return begin(service, caller, response, "send", said, idempotency_key)


def _from_web(service: Service, caller: Caller, target: Target, name: str) -> Media:
    check_room(service, caller, 0)
    place, most = _place(service), service.settings.upload_bytes
    try:
        with Incoming(place, length=most) as incoming:
            for block in fetch_blocks(target, most):
                incoming.write(block)
            incoming.judge()
        service.metrics.took_in(incoming.offset)
        return adopted(service, caller, place, clean_name(name), incoming.digest)
    finally:
        remove(place)


def _place(service: Service) -> Path:
    folder = service.library.uploads.folder
    folder.mkdir(parents=True, exist_ok=True)
    return folder / new_id("u")


def _made(media: Media, response: Response) -> MediaAnswer:
    response.headers["Location"] = f"/api/media/{media.id}"
    response.headers["ETag"] = etag_of(media.version)
    return media_answer(media)
