"""Sorted footage: what was found, the curves, pictures and queries, files for editors."""

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from mutoscope.service.answers import Id, problems
from mutoscope.service.routes.decisions import decided
from mutoscope.service.routes.decisions import router as decisions
from mutoscope.service.routes.facades import BEGINS, Begun, IdempotencyKey, begin
from mutoscope.service.routes.sort_models import ClipScores, ExportWish, Finds, Hit, MeterCurve, SortedFootage
from mutoscope.service.routes.sorted_footage import Names, file_of, report_of, sort_job, told
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.thinning import thinned, thinned_times

__all__ = ["router"]

router = APIRouter(prefix="/api/sort", tags=["sort"])
router.include_router(decisions)

_GONE = problems("not-found", "conflict", "gone")
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
_FIND = "mutoscope.service.sandbox.tasks.sorting:find"

ClipNumber = Annotated[int, Path(ge=0, le=1_000_000, description="Number of the clip, as `/api/sort/{job}` tells it.")]


@router.get("/{job}", responses=_GONE, summary="Show sorted footage")
def show_sorted(job: Id, caller: AskingCaller, service: Serving) -> SortedFootage:
    """Give every clip of a sort with its verdicts, seconds, faults and pictures. Submit the sort as a job first."""
    found = sort_job(job, caller, service)
    return told(found, report_of(found, service), Names(found, service))


@router.get("/{job}/clips/{clip}/scores", responses=_GONE, summary="Get the curves of a clip")
def clip_scores(
    job: Id,
    clip: ClipNumber,
    caller: AskingCaller,
    service: Serving,
    points: Annotated[int, Query(ge=2, le=1000, description="Most points of a curve; peaks are kept.")] = 1000,
    meters: Annotated[str, Query(max_length=500, description="Names parted by commas; all without it.")] = "",
) -> ClipScores:
    """Give the meters over time as arrays, for plotting: at most 1000 points, in which no peak is lost."""
    one = report_of(sort_job(job, caller, service), service).clip(clip)
    wanted = [name.strip() for name in meters.split(",") if name.strip()]
    curves = [
        MeterCurve(name=curve.name, least=curve.least, most=curve.most, values=thinned(curve.values, points))
        for curve in one.curves(wanted)
    ]
    return ClipScores(seconds=thinned_times(one.seconds(), points), curves=curves)


@router.get(
    "/{job}/clips/{clip}/pictures/{picture}",
    response_class=Response,
    responses={**_JPEG, **_GONE},
    summary="Get a picture of a clip",
)
def clip_picture(
    job: Id,
    clip: ClipNumber,
    picture: Annotated[int, Path(ge=0, le=1000, description="Number of the picture, as the clip tells it.")],
    caller: AskingCaller,
    service: Serving,
) -> Response:
    """Give a small picture: along the clip, or the worst frame of a fault."""
    data = report_of(sort_job(job, caller, service), service).clip(clip).picture(picture)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/{job}/find", responses=_GONE, summary="Find seconds that are as you ask")
def find_seconds(
    job: Id,
    caller: AskingCaller,
    service: Serving,
    query: Annotated[
        str,
        Query(min_length=1, max_length=500, description="What they are like.", examples=["sharp, not shaky, 2..8 s"]),
    ] = "keep",
    limit: Annotated[int, Query(ge=1, le=1000, description="Most hits.")] = 100,
) -> Finds:
    """Find segments, as `mutoscope find` does: your decisions count before the machine's verdicts."""
    found = sort_job(job, caller, service)
    report, names = report_of(found, service), Names(found, service)
    _, kept = decided(job, service)
    words = [(report.clip(one.clip).path, one.first, one.end, one.decision) for one in kept]
    numbers: FilePath = file_of(found, "sort.json", service)
    answer = service.sandbox.run(_FIND, {"path": str(numbers), "query": query, "decided": words}, reads=[numbers])
    places = {clip.path: clip.number for clip in report.clips}
    hits = [Hit(**hit, clip=places.get(hit["path"]), name=names.name(hit["path"])) for hit in answer["hits"][:limit]]
    return Finds(query=query, items=hits)


@router.post(
    "/{job}/exports",
    status_code=202,
    responses=problems(*BEGINS, "not-found", "gone"),
    summary="Write files for editors",
)
def export_sorted(
    job: Id,
    asked: ExportWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that writes timelines and tables for editors. What was measured is not measured again."""
    body = sort_job(job, caller, service).body
    parameters = {**body.get("parameters", {}), "export": list(dict.fromkeys(asked.formats))}
    parameters.pop("assemble", None)
    said = {"inputs": body["inputs"], "parameters": parameters}
    return begin(service, caller, response, "sort", said, idempotency_key)
