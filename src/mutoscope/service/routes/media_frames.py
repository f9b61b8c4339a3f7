"""Routes of the frames of a film: pages of their times, and each as a picture."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from mutoscope.service.answers import Id, Limit, problems
from mutoscope.service.database.tables import Media
from mutoscope.service.media.derived import Derived
from mutoscope.service.routes.media_views import Size, picture_of
from mutoscope.service.routes.streaming import in_look_thread
from mutoscope.service.security.asking import AskingCaller, Serving

__all__ = ["FramePage", "FrameRow", "router"]

_Responses = dict[int | str, dict[str, Any]]

router = APIRouter(prefix="/api/media", tags=["media"])

_MOST_FRAMES = 10**9
Number = Annotated[int, InPath(ge=0, le=_MOST_FRAMES, description="Number of the frame, from 0.")]
FrameCursor = Annotated[int | None, Query(ge=0, le=_MOST_FRAMES, description="`next` of the page before.")]


class FrameLinks(BaseModel):
    """Where the picture is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    png: str
    """As it is decoded."""

    small: str
    """JPEG of 160 px."""


class FrameRow(BaseModel):
    """One frame."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    number: int
    """From 0."""

    pts: int
    """Its time stamp, in units of `time_base`."""

    seconds: float
    """Its time from the first frame, s."""

    is_key: bool
    """Whether decoding can begin there."""

    links: FrameLinks
    """Its pictures."""


class FramePage(BaseModel):
    """Frames in order of time."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    num_frames: int
    """All frames of the film."""

    time_base: str
    """Seconds per unit of time stamps, exact."""

    start_pts: int
    """Time stamp of the first frame."""

    breaks_off: str | None = None
    """Where the film is damaged, in words."""

    items: list[FrameRow]
    """The page."""

    next: int | None = None
    """`cursor` of the next page; none at the end."""


_PICTURE: _Responses = {
    200: {"content": {f"image/{one}": {"schema": {"type": "string", "format": "binary"}} for one in ("png", "jpeg")}}
}


@router.get("/{media_id}/frames", summary="List frames", responses=problems("not-found", "conflict", "media-refused"))
async def list_frames(
    media_id: Id, caller: AskingCaller, service: Serving, cursor: FrameCursor = None, limit: Limit = 50
) -> FramePage:
    """Give the frames of a film with their exact times; a picture has one."""
    first, library = cursor or 0, service.library

    def asked() -> dict[str, Any]:
        return library.derived.page(library.get(caller.owner, media_id), first, limit)

    told = await in_look_thread(asked)
    after = first + len(told["frames"])
    return FramePage(
        num_frames=told["num_frames"],
        time_base=told["time_base"],
        start_pts=told["start_pts"],
        breaks_off=told["breaks_off"],
        items=[_row(media_id, row) for row in told["frames"]],
        next=after if told["frames"] and after < told["num_frames"] else None,
    )


@router.get(
    "/{media_id}/frames/{number}",
    summary="See one frame",
    response_class=Response,
    responses={**_PICTURE, **problems("not-found", "conflict", "gone", "media-refused", "range")},
)
async def get_frame(
    request: Request,
    media_id: Id,
    number: Number,
    caller: AskingCaller,
    service: Serving,
    format: Annotated[  # noqa: A002 # it is what one calls it
        Literal["png", "jpg"], Query(description="png: as it is decoded, at its own size; jpg: small.")
    ] = "png",
    size: Size = 320,
) -> Response:
    """Give one frame as a picture; of a jpg the size can be chosen."""

    def make(derived: Derived, media: Media) -> Path:
        return derived.frame(media, number) if format == "png" else derived.small_frame(media, number, size)

    what = f"{number}" if format == "png" else f"{number}-{size}"
    return await picture_of(request, service, caller.owner, media_id, what, make)


def _row(media_id: str, row: dict[str, Any]) -> FrameRow:
    here = f"/api/media/{media_id}/frames/{row['number']}"
    return FrameRow(**row, links=FrameLinks(png=here, small=f"{here}?format=jpg&size=160"))
