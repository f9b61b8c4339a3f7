"""Routes of media: list, tell, rename, delete. Taking in stands in `media_intake`, looking at in `media_views`."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mutoscope.service.answers import Cursor, Id, Limit, check_if_match, cursor_of, etag_of, position_of, problems
from mutoscope.service.routes import media_frames, media_imports, media_intake, media_views
from mutoscope.service.routes.media_answers import MediaAnswer, MediaKind, MediaPage, MediaState, media_answer
from mutoscope.service.routes.streaming import SMALL_BODY_BYTES
from mutoscope.service.security.asking import AskingCaller, Serving

__all__ = ["MediaAnswer", "MediaPage", "media_answer", "router"]

router = APIRouter()
_own = APIRouter(prefix="/api/media", tags=["media"])

Seen = Annotated[str | None, Header(alias="If-None-Match", description="The ETag that you have.", max_length=1000)]
Expected = Annotated[str | None, Header(alias="If-Match", description="The ETag that you have seen.", max_length=1000)]


class MediaChange(BaseModel):
    """What can be changed."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=400)]
    """Its new name; paths and invisible characters are taken off."""


@_own.get("", summary="List your media", responses=problems("bad-request"))
def list_media(
    caller: AskingCaller,
    service: Serving,
    kind: Annotated[MediaKind | None, Query(description="Only this kind.")] = None,
    role: Annotated[str | None, Query(description="Only this role: upload, result …", max_length=40)] = None,
    state: Annotated[MediaState | None, Query(description="Only this state.")] = None,
    job: Annotated[str | None, Query(description="Only what this job made.", max_length=24)] = None,
    search: Annotated[str | None, Query(description="Only names that hold this.", max_length=200)] = None,
    sha256: Annotated[str | None, Query(description="Only these bytes.", pattern="^[0-9a-f]{64}$")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MediaPage:
    """Give what you have uploaded and what your jobs have made, newest first."""
    found, after = service.library.list(
        caller.owner,
        kind=kind,
        role=role,
        state=state,
        job=job,
        search=search,
        sha256=sha256,
        after=position_of(cursor),
        limit=limit,
    )
    return MediaPage(items=[media_answer(one) for one in found], next=None if after is None else cursor_of(*after))


@_own.get(
    "/{media_id}",
    summary="Tell about media",
    response_model=MediaAnswer,
    responses={304: {"description": "It is as you have it."}, **problems("not-found")},
)
def get_media(
    media_id: Id, caller: AskingCaller, service: Serving, response: Response, if_none_match: Seen = None
) -> MediaAnswer | Response:
    """Give its state, and all that the look at it has found."""
    media = service.library.get(caller.owner, media_id)
    etag = etag_of(media.version)
    if if_none_match is not None and etag in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return media_answer(media)


@_own.patch(
    "/{media_id}",
    summary="Rename media",
    responses=problems("not-found", "changed", "if-match-wanted"),
    max_body_size=SMALL_BODY_BYTES,
)
def change_media(
    media_id: Id,
    change: MediaChange,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    if_match: Expected = None,
) -> MediaAnswer:
    """Give it another name; its bytes and its id stay."""
    media = service.library.rename(
        caller.owner, media_id, change.name, lambda version: check_if_match(if_match, version)
    )
    response.headers["ETag"] = etag_of(media.version)
    return media_answer(media)


@_own.delete(
    "/{media_id}", summary="Delete media", status_code=204, responses=problems("not-found", "conflict", "changed")
)
def delete_media(media_id: Id, caller: AskingCaller, service: Serving, if_match: Expected = None) -> None:
    """Remove it for good, its thumbnails too; refused while a job that waits or runs needs it."""
    agrees = None if if_match is None else lambda version: check_if_match(if_match, version)
    service.library.delete(caller.owner, media_id, agrees)


for _routes in (_own, media_intake.router, media_imports.router, media_views.router, media_frames.router):
    router.include_router(_routes)
