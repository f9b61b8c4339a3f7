"""Routes by which media is looked at and taken out: the file, its poster, frames, sound."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from mutoscope.service.answers import Id, problems
from mutoscope.service.database.tables import Media
from mutoscope.service.media.derived import SIZES, Derived
from mutoscope.service.routes.sending import send_file
from mutoscope.service.routes.streaming import in_look_thread
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.state import Service

__all__ = ["Size", "Waveform", "picture_of", "router"]

_Responses = dict[int | str, dict[str, Any]]

router = APIRouter(prefix="/api/media", tags=["media"])

Size = Annotated[int, Query(ge=16, le=SIZES[-1], description="Long side, px; rounded up to a size that is kept.")]


class Waveform(BaseModel):
    """The peaks of a sound."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    seconds: float
    """How long it is."""

    start: float
    """Second of the film at which it begins."""

    peaks: list[float]
    """Greatest amplitude of each part, 0..1."""


_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
# A file of yours may be JSON of any shape.
_FILE: _Responses = {200: {"content": {"application/json": {"schema": {}}, "*/*": _BINARY}}}
_PART: _Responses = {
    206: {"description": "The part that Range asked for.", **_FILE[200]},
    304: {"description": "It is as you have it."},
}
_JPEG: _Responses = {200: {"content": {"image/jpeg": _BINARY}}}
_SEEN = problems("not-found", "conflict", "gone", "media-refused", "range")


@router.get(
    "/{media_id}/file",
    summary="Download media",
    response_class=Response,
    responses={**_FILE, **_PART, **problems("not-found", "conflict", "gone", "range")},
)
def get_media_file(
    request: Request,
    media_id: Id,
    caller: AskingCaller,
    service: Serving,
    inline: Annotated[bool, Query(description="Shown in its place, where its type is one that runs no code.")] = False,
) -> Response:
    """Give the bytes, or the part that Range asks for; the ETag is their SHA-256."""
    media = service.library.get(caller.owner, media_id)
    path = service.library.path(media)
    return send_file(request, path, content_type=media.type, tag=media.sha256, name=media.name, inline=inline)


router.add_api_route(
    "/{media_id}/file",
    get_media_file,
    methods=["HEAD"],
    summary="Ask about a download",
    name="head_media_file",
    response_class=Response,
    responses={200: {"description": "What GET would say."}, **problems("not-found", "conflict", "gone", "range")},
)


@router.get("/{media_id}/poster", summary="See media", response_class=Response, responses={**_JPEG, **_PART, **_SEEN})
async def get_poster(request: Request, media_id: Id, caller: AskingCaller, service: Serving) -> Response:
    """Give a JPEG of 640 px that shows what it is."""
    return await picture_of(request, service, caller.owner, media_id, "poster", Derived.poster)


@router.get(
    "/{media_id}/thumbnail", summary="See media small", response_class=Response, responses={**_JPEG, **_PART, **_SEEN}
)
async def get_thumbnail(
    request: Request, media_id: Id, caller: AskingCaller, service: Serving, size: Size = 320
) -> Response:
    """Give a small JPEG that shows what it is."""
    return await picture_of(
        request, service, caller.owner, media_id, str(size), lambda derived, media: derived.thumbnail(media, size)
    )


@router.get("/{media_id}/waveform", summary="See a sound", responses=problems("not-found", "conflict", "media-refused"))
async def get_waveform(
    media_id: Id,
    caller: AskingCaller,
    service: Serving,
    buckets: Annotated[int, Query(ge=1, le=4000, description="How many values.")] = 800,
) -> Waveform:
    """Give the greatest amplitude of each of `buckets` parts of the first sound track."""
    library = service.library

    def asked() -> dict[str, Any]:
        return library.derived.waveform(library.get(caller.owner, media_id), buckets)

    return Waveform.model_validate(await in_look_thread(asked))


async def picture_of(
    request: Request,
    service: Service,
    owner: str,
    media_id: str,
    what: str,
    make: Callable[[Derived, Media], Path],
) -> Response:
    """Answer with a picture that is made of media, or was made before.

    Raises:
        Problem: there is no such media, or no such picture in it.

    """

    def made() -> tuple[Media, Path]:
        media = service.library.get(owner, media_id)
        return media, make(service.library.derived, media)

    media, path = await in_look_thread(made)
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    name = f"{Path(media.name).stem}-{what}{path.suffix}"
    tag = f"{media.sha256[:32]}-{what}{path.suffix}"
    return send_file(request, path, content_type=kind, tag=tag, name=name, inline=True)
