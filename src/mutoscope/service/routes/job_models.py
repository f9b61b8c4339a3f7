"""What routes of jobs answer with."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.answers import stamp
from mutoscope.service.database.tables import Frameset, Job, Media
from mutoscope.service.problems import ProblemBody

__all__ = [
    "JobCard",
    "JobLine",
    "JobPage",
    "JobProgress",
    "JobResult",
    "JobResults",
    "State",
    "job_card",
    "job_line",
    "result_of",
]

State = Literal["queued", "running", "done", "partial", "failed", "cancelled"]

_ID = "j_0123456789abcdefghijkl"


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class JobProgress(_Told):
    """How far a stage of a job is."""

    stage: str = Field(examples=["frames"])
    """What is being done."""

    done: int
    """Units that are finished."""

    total: int | None = None
    """Units in all, where that is known."""

    unit: str = "frames"
    """What is counted."""

    rate: float = 0.0
    """Units a second since the stage began; 0 where nobody knows yet."""

    seconds_left: float | None = None
    """What is left of the stage, s, where that is known."""


class JobLine(_Told):
    """A job in a list."""

    id: str = Field(examples=[_ID])
    """Of the job."""

    kind: str = Field(examples=["filter"])
    """What it does."""

    state: State
    """`partial`: something of the result is missing, `notices` say what."""

    lane: Literal["batch", "preview"]
    """Previews do not wait behind other jobs."""

    created_at: str = Field(examples=["2026-11-22T01:02:03.456Z"])
    """When it was submitted."""

    started_at: str | None = None
    """When it was begun, the last time."""

    finished_at: str | None = None
    """When it ended."""

    progress: JobProgress | None = None
    """How far it is."""

    preview: str | None = Field(default=None, examples=[f"/api/jobs/{_ID}/previews/3"])
    """The latest picture of what is being made."""

    cost: float | None = None
    """What it has cost, in the currency of the price book."""

    problem: ProblemBody | None = None
    """Why it failed."""


class JobResult(_Told):
    """A file that a job has made."""

    id: str
    """Of the media."""

    role: str = Field(examples=["result"])
    """result, manifest, report, numbers, curve, sheet, model, filter, export, review, compare, preview …"""

    name: str
    """What it is called."""

    kind: str
    """Of the media."""

    type: str
    """Its content type."""

    bytes: int
    """Its size."""

    sha256: str
    """Digest of its bytes."""

    href: str
    """Where its bytes are."""


class JobResults(_Told):
    """What a job has made."""

    results: list[JobResult]
    """Files, the main one first."""

    frameset: str | None = None
    """Id of the frameset that it has made."""

    told: dict[str, Any] = Field(default_factory=dict)
    """Numbers and words of this kind of job."""


class JobCard(JobLine):
    """A job with all that is known of it."""

    request: dict[str, Any]
    """As it was asked for; without the secret of a webhook."""

    cancel_asked: bool = False
    """Whether somebody wishes it cancelled."""

    attempts: int = 0
    """How often its process died under it."""

    notices: list[str] = Field(default_factory=list)
    """What a person should know, one line each."""

    results: list[dict[str, str]] = Field(default_factory=list)
    """Id, role and name of the media that it has made, the main one first."""

    frameset: str | None = None
    """Id of the frameset that it makes, or has made."""

    told: dict[str, Any] = Field(default_factory=dict)
    """Numbers and words of this kind of job."""

    retry_of: str | None = None
    """The job that it repeats."""

    version: int
    """Rises with every change; the ETag."""

    events: str = Field(examples=[f"/api/jobs/{_ID}/events"])
    """Where its events are."""


class JobPage(_Told):
    """Jobs, newest first."""

    jobs: list[JobLine]
    """Of this page."""

    next: str | None = None
    """Cursor of the next page."""


def job_line(job: Job) -> JobLine:
    """Describe a job in a list."""
    return JobLine(**_line(job))


def job_card(job: Job, frameset: Frameset | None = None) -> JobCard:
    """Describe a job."""
    result = job.result or {}
    return JobCard(
        **_line(job),
        request=job.body,
        cancel_asked=job.cancel_asked,
        attempts=job.attempts,
        notices=[str(one) for one in job.notices or ()],
        results=result.get("media", []),
        frameset=result.get("frameset") or (None if frameset is None else frameset.id),
        told=result.get("told", {}),
        retry_of=job.retry_of,
        version=job.version,
        events=f"/api/jobs/{job.id}/events",
    )


def result_of(media: Media) -> JobResult:
    """Describe a file that a job has made."""
    return JobResult(
        id=media.id,
        role=media.role,
        name=media.name,
        kind=media.kind,
        type=media.type,
        bytes=media.bytes,
        sha256=media.sha256,
        href=f"/api/media/{media.id}/file",
    )


def _line(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "lane": job.lane,
        "created_at": stamp(job.created_at),
        "started_at": None if job.started_at is None else stamp(job.started_at),
        "finished_at": None if job.finished_at is None else stamp(job.finished_at),
        "progress": job.progress,
        "preview": None if job.preview is None else f"/api/jobs/{job.id}/previews/{job.preview}",
        "cost": job.cost,
        "problem": job.problem,
    }
