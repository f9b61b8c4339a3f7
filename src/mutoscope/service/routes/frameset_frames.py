"""Routes of the pictures of a frameset: list, see, exchange one; all of them as an archive."""

from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response, StreamingResponse

from mutoscope.service.answers import Id, Limit, problems
from mutoscope.service.ids import new_id
from mutoscope.service.media.formats import format_of
from mutoscope.service.media.frame_files import FrameFile, zipped
from mutoscope.service.media.frame_pictures import MOST_BYTES, check_exchange, small_frame
from mutoscope.service.media.incoming import Incoming, remove
from mutoscope.service.operations.quota import check_bytes, check_disk
from mutoscope.service.problems import Problem
from mutoscope.service.routes.media_views import Size
from mutoscope.service.routes.sending import disposition, send_file
from mutoscope.service.routes.streaming import Body, StreamedRoute, in_disk_thread, in_look_thread
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["FrameNumber", "router"]

router = APIRouter(prefix="/api/framesets", tags=["framesets"], route_class=StreamedRoute)

_MOST = 10**9
FrameNumber = Annotated[int, InPath(ge=1, le=_MOST, description="Number of the picture, from 1.")]
Expected = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the picture that you have seen.", max_length=1000)
]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_Responses = dict[int | str, dict[str, Any]]
_PICTURE: _Responses = {
    200: {"content": {f"image/{one}": _BINARY for one in ("png", "jpeg", "tiff", "webp")}},
    206: {"description": "The part that Range asked for.", "content": {"image/png": _BINARY}},
    304: {"description": "It is as you have it."},
}
_ZIP: _Responses = {200: {"content": {"application/zip": _BINARY}}}


class PictureLinks(BaseModel):
    """Where the picture is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    file: str
    """As it is."""

    small: str
    """JPEG of 160 px."""


class PictureRow(BaseModel):
    """One picture."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    number: int
    """From 1."""

    pts: int
    """Its time stamp, in units of `time_base`."""

    seconds: float
    """Its time in the film, s."""

    bytes: int
    """Size of the file."""

    etag: str
    """Changes with its bytes; send it as If-Match when you exchange the picture."""

    is_exchanged: bool
    """Whether another picture was put in its place."""

    links: PictureLinks
    """Where it is."""


class PicturePage(BaseModel):
    """Pictures in order of time."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    time_base: str
    """Seconds per unit of time stamps, exact."""

    items: list[PictureRow]
    """The page."""

    next: int | None = None
    """`cursor` of the next page; none at the end."""


@router.get("/{frameset_id}/frames", summary="List pictures", responses=problems("not-found", "conflict", "gone"))
def list_frameset_frames(
    frameset_id: Id,
    caller: AskingCaller,
    service: Serving,
    cursor: Annotated[int | None, Query(ge=0, le=_MOST, description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> PicturePage:
    """Give the pictures of a frameset with their exact times."""
    folder, lists = _folder(service, caller, frameset_id), service.library.framesets.lists
    found, after = lists.page(folder, cursor or 0, limit)
    return PicturePage(
        time_base=str(lists.times(folder).time_base), items=[_row(frameset_id, one) for one in found], next=after
    )


@router.get(
    "/{frameset_id}/frames/{number}",
    summary="See one picture",
    response_class=Response,
    responses={**_PICTURE, **problems("not-found", "conflict", "gone", "range")},
)
async def get_frameset_frame(
    request: Request,
    frameset_id: Id,
    number: FrameNumber,
    caller: AskingCaller,
    service: Serving,
    format: Annotated[  # noqa: A002 # it is what one calls it
        Literal["own", "jpg"], Query(description="own: as it is; jpg: small.")
    ] = "own",
    size: Size = 320,
) -> Response:
    """Give one picture as it is, or small."""

    def made() -> tuple[FrameFile, Path]:
        folder = _folder(service, caller, frameset_id)
        picture = service.library.framesets.lists.file(folder, number)
        is_small = format == "jpg"
        return picture, small_frame(service.sandbox, folder, picture, size) if is_small else picture.path

    picture, path = await in_look_thread(made)
    tag = picture.tag if format == "own" else f"{picture.tag}-{size}"
    kind = format_of(path.suffix)[1]
    return send_file(request, path, content_type=kind, tag=tag, name=f"frame_{number:06d}{path.suffix}", inline=True)


@router.put(
    "/{frameset_id}/frames/{number}",
    summary="Exchange one picture",
    response_model=PictureRow,
    responses=problems(
        "not-found",
        "conflict",
        "gone",
        "changed",
        "wrong-type",
        "media-refused",
        "if-match-wanted",
        "disk-full",
        "quota",
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {f"image/{one}": _BINARY for one in ("png", "jpeg", "tiff", "webp")},
        }
    },
)
async def exchange_frameset_frame(
    request: Request,
    frameset_id: Id,
    number: FrameNumber,
    caller: AskingCaller,
    service: Serving,
    if_match: Expected = None,
) -> Response:
    """Put another picture of the same size and format in the place of one, as after painting it by hand."""
    framesets = service.library.framesets

    def begun() -> tuple[FrameFile, Incoming]:
        check_disk(service.settings)
        picture = framesets.lists.file(_folder(service, caller, frameset_id), number)
        _check_tag(if_match, picture.tag)
        place.parent.mkdir(parents=True, exist_ok=True)
        return picture, Incoming(place, length=min(MOST_BYTES, service.settings.upload_bytes))

    def exchanged() -> FrameFile:
        check_exchange(service.sandbox, service.settings, place, picture)
        row, _ = framesets.get(caller.owner, frameset_id)
        more = max(0, place.stat().st_size - picture.bytes)

        def check(session: Session) -> None:
            check_bytes(session, caller, service.settings, more)

        return framesets.exchange(row, number, place, lambda tag: _check_tag(if_match, tag), check)

    place = service.library.uploads.folder / new_id("u")
    picture, incoming = await in_disk_thread(begun)
    try:
        try:
            async with aclosing(Body.of(request).blocks()) as blocks:
                async for block in blocks:
                    await in_disk_thread(partial(incoming.write, block))
            incoming.judge()
        finally:
            await in_disk_thread(incoming.close)
        new = await in_look_thread(exchanged)
    finally:
        await in_disk_thread(partial(remove, place))
    return JSONResponse(_row(frameset_id, new).model_dump(mode="json"), headers={"ETag": f'"{new.tag}"'})


@router.get(
    "/{frameset_id}/archive",
    summary="Download all pictures",
    response_class=Response,
    responses={**_ZIP, **problems("not-found", "conflict", "gone")},
)
def get_frameset_archive(frameset_id: Id, caller: AskingCaller, service: Serving) -> Response:
    """Give pictures, sound and the list of times as one ZIP file, as `mutoscope film` takes them unpacked."""
    folder = _folder(service, caller, frameset_id)
    headers = {"Content-Disposition": disposition(f"{frameset_id}.zip", inline=False)}
    return StreamingResponse(zipped(folder), media_type="application/zip", headers=headers)


def _folder(service: Service, caller: Caller, frameset_id: str) -> Path:
    framesets = service.library.framesets
    return framesets.folder(*framesets.get(caller.owner, frameset_id))


def _check_tag(given: str | None, tag: str) -> None:
    if given is None:
        raise Problem("if-match-wanted", "send If-Match with the ETag of the picture, so that nobody's work is lost.")
    if given.strip() != "*" and f'"{tag}"' not in [one.strip().removeprefix("W/") for one in given.split(",")]:
        raise Problem("changed", "the picture was exchanged in between; look at it again, and send its new ETag.")


def _row(frameset_id: str, picture: FrameFile) -> PictureRow:
    here = f"/api/framesets/{frameset_id}/frames/{picture.number}"
    return PictureRow(
        number=picture.number,
        pts=picture.pts,
        seconds=picture.seconds,
        bytes=picture.bytes,
        etag=f'"{picture.tag}"',
        is_exchanged=picture.is_exchanged,
        links=PictureLinks(file=here, small=f"{here}?format=jpg&size=160"),
    )
