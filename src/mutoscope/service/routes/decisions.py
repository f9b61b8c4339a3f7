"""What a person decides of sorted footage: kept with a version, handed out as the table that training takes."""

import csv
import io
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from mutoscope.service.answers import Id, check_if_match, etag_of, problems
from mutoscope.service.database.tables import Decisions
from mutoscope.service.problems import Problem
from mutoscope.service.routes.checked_recipes import IfMatch
from mutoscope.service.routes.decision_models import Decision, DecisionsKept, DecisionsToKeep
from mutoscope.service.routes.sorted_footage import report_of, sort_job
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.sort_report import Clip, Report
from mutoscope.service.state import Service

__all__ = ["decided", "router"]

router = APIRouter()

_COLUMNS = ("path", "first", "end", "start_s", "end_s", "verdict", "fault", "decision")
"""`sort.decisions.DECISION_COLUMNS`; that module loads numpy."""

_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get(
    "/{job}/decisions",
    response_model=DecisionsKept,
    responses={**_CSV, **problems("not-found", "conflict", "gone")},
    summary="Show what you decided",
)
def show_decisions(
    job: Id,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    form: Annotated[
        Literal["json", "csv"],
        Query(alias="format", description="`csv`: decisions.csv, as `mutoscope train sorter --decisions` takes it."),
    ] = "json",
) -> DecisionsKept | Response:
    """Give your decisions on sorted footage, with the ETag that a change wants; or as a table for training."""
    found = sort_job(job, caller, service)
    version, kept = decided(job, service)
    response.headers["ETag"] = etag_of(version)
    if form == "json":
        return DecisionsKept(job=job, version=version, decisions=kept)
    report = report_of(found, service)
    rows = (_row(report.clip(one.clip), one) for one in kept)
    headers = {"ETag": etag_of(version), "Content-Disposition": 'attachment; filename="decisions.csv"'}
    return Response(_table(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.put(
    "/{job}/decisions",
    responses=problems("not-found", "conflict", "gone", "changed", "if-match-wanted"),
    summary="Keep what you decide",
)
def keep_decisions(
    job: Id,
    asked: DecisionsToKeep,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    if_match: IfMatch = None,
) -> DecisionsKept:
    """Put these decisions in the place of those before; `If-Match: "0"` where there were none."""
    found = sort_job(job, caller, service)
    check_if_match(if_match, decided(job, service)[0])
    kept = _settled(asked.decisions, report_of(found, service))
    plain = {"decisions": [one.model_dump() for one in kept]}
    with service.database.writing() as session:
        row = session.get(Decisions, job, with_for_update=True)
        version = 0 if row is None else row.version
        check_if_match(if_match, version)
        if row is None:
            session.add(Decisions(job_id=job, body=plain, version=1, changed_at=time.time()))
        else:
            row.body, row.version, row.changed_at = plain, version + 1, time.time()
    response.headers["ETag"] = etag_of(version + 1)
    return DecisionsKept(job=job, version=version + 1, decisions=kept)


def decided(job: str, service: Service) -> tuple[int, list[Decision]]:
    """Give the version and the decisions of a sort; 0 and none where nothing was decided."""
    with service.database.reading() as session:
        row = session.get(Decisions, job)
    if row is None:
        return 0, []
    return row.version, [Decision.model_validate(one) for one in row.body["decisions"]]


def _settled(asked: Iterable[Decision], report: Report) -> list[Decision]:
    """Give decisions about ranges, one for each; those about clips become decisions about their segments."""
    last: dict[tuple[int, int, int], Decision] = {}
    for number, one in enumerate(asked):
        place = f"/decisions/{number}"
        if one.clip >= len(report.clips):
            raise Problem("invalid", f"there is no clip {one.clip}; there are {len(report.clips)}.", pointer=place)
        clip = report.clips[one.clip]
        if (one.first is None) != (one.end is None):
            raise Problem("invalid", "give first and end, or none of them for the whole clip.", pointer=place)
        if one.first is not None and one.end is not None and not one.first < one.end <= clip.rows:
            told = f"{one.first}..{one.end} is no range of the clip's {clip.rows} frames; first is before end."
            raise Problem("invalid", told, pointer=place)
        whole = [(segment["first"], segment["end"]) for segment in clip.segments]
        for first, end in whole if one.first is None or one.end is None else [(one.first, one.end)]:
            key = (one.clip, first, end)
            last.pop(key, None)
            last[key] = Decision(clip=one.clip, first=first, end=end, decision=one.decision)
    return list(last.values())


def _row(clip: Clip, one: Decision) -> dict[str, Any]:
    segment: Mapping[str, Any] = next(
        (each for each in clip.segments if (each["first"], each["end"]) == (one.first, one.end)), {}
    )
    return {
        "path": clip.path,
        "first": one.first,
        "end": one.end,
        "start_s": segment.get("start_s", _second(clip, one.first or 0)),
        "end_s": segment.get("end_s", _second(clip, one.end or 0)),
        "verdict": segment.get("verdict", ""),
        "fault": segment.get("fault"),
        "decision": one.decision,
    }


def _second(clip: Clip, row: int) -> float:
    """Give the time of a frame within a segment, as if frames came evenly there."""
    for segment in clip.segments:
        if segment["first"] <= row <= segment["end"]:
            share = (row - segment["first"]) / (segment["end"] - segment["first"])
            return round(float(segment["start_s"] + share * (segment["end_s"] - segment["start_s"])), 4)
    return 0.0


def _table(rows: Iterator[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
