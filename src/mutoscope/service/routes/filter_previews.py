"""How a filter looks: on the user's own frame, or, before they have any, its painting's colours."""

import hashlib
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, JSONResponse

from mutoscope.service.answers import problems
from mutoscope.service.database.tables import Job, Media
from mutoscope.service.ids import ID_PATTERN
from mutoscope.service.jobs.folders import owner_data
from mutoscope.service.problems import Problem
from mutoscope.service.routes.facades import BEGINS, Begun, point_to, queued
from mutoscope.service.routes.own_filters import FilterName, found_filter
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service
from mutoscope.storage.atomic import atomic_path

__all__ = ["router"]

router = APIRouter()

_FORMAT = "filter preview 1"
_KEPT = {"Cache-Control": "private, max-age=86400"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {
            "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    202: {"model": Begun, "description": "It is being painted: ask again when the job has ended."},
}
_SWATCH_PX = (320, 180)


@router.get(
    "/{name}/preview",
    response_class=Response,
    responses={**_ANSWERS, **problems(*BEGINS, "not-found", "gone")},
    summary="See how a filter looks",
)
def preview_filter(
    name: FilterName,
    caller: AskingCaller,
    service: Serving,
    media: Annotated[str | None, Query(pattern=ID_PATTERN, description="Film or picture of yours to paint.")] = None,
    at: Annotated[str, Query(pattern=r"^[0-9a-z:.]{1,20}$", description="Time of its frame, like 3.2s.")] = "0s",
    size: Annotated[int, Query(ge=64, le=1280, description="Long side, px.")] = 320,
) -> Response:
    """Give a picture: a frame of your own media through the filter, painted once and kept; 202 while that goes on.

    Without media: the last picture of its training where it was trained here, else the colours of its painting.
    """
    item = found_filter(name, caller, service)
    if media is None:
        trained = owner_data(service.settings, service.database, caller.owner) / "training" / name / "preview.jpg"
        if not item.is_shipped and trained.is_file():
            return FileResponse(trained, media_type="image/jpeg", headers=_KEPT)
        return Response(_swatch(item.card.palette), media_type="image/png", headers=_KEPT)
    found = service.library.get(caller.owner, media)
    stat = item.path.stat()
    told = repr((_FORMAT, name, stat.st_size, stat.st_mtime_ns, found.id, at, size))
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    place = service.library.beside(found) / f"filter-{digest}.jpg"
    headers = {**_KEPT, "ETag": f'"{digest}"'}
    if place.is_file():
        return FileResponse(place, media_type="image/jpeg", headers=headers)
    said = {
        "inputs": {"source": found.id},
        "parameters": {"name": name},
        "preview": {"at": at, "size": size},
        "result": {"suffix": ".jpg"},
    }
    # A blank in it: no key that somebody sends is like this one.
    job = queued(service, caller, "filter", said, f"filter preview {digest}")
    if job.state in ("queued", "running"):
        begun = Begun(
            id=job.id, kind=job.kind, state=job.state, href=f"/api/jobs/{job.id}", events=f"/api/jobs/{job.id}/events"
        )
        return JSONResponse(begun.model_dump(), 202, headers=point_to(job))
    _keep(service.library.path(_picture_of(job, caller, service)), place)
    return FileResponse(place, media_type="image/jpeg", headers=headers)


def _picture_of(job: Job, caller: Caller, service: Service) -> Media:
    made, _ = service.library.list(caller.owner, kind="picture", job=job.id, limit=1)
    if not made:
        why = (job.problem or {}).get("detail", f"the job {job.id} was {job.state}.")
        raise Problem("conflict", f"it could not be painted: {why}")
    return made[0]


def _keep(picture: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with atomic_path(place) as temp:
        try:
            os.link(picture, temp)
        except OSError:
            temp.write_bytes(picture.read_bytes())


def _swatch(palette: Sequence[str]) -> bytes:
    """Draw colours as upright stripes, the more frequent ones wider, as PNG. A grey one without any colours."""
    width, height = _SWATCH_PX
    colours = [bytes.fromhex(colour[1:]) for colour in palette] or [b"\x80\x80\x80"]
    shares = [1 / (number + 2) for number in range(len(colours))]
    row = b""
    for number, colour in enumerate(colours, 1):
        end = round(width * sum(shares[:number]) / sum(shares))
        row += colour * (end - len(row) // 3)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress((b"\0" + row) * height, 9)),
        (b"IEND", b""),
    ]
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
