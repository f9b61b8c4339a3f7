"""The report of a sort job, found and told in the words of the API."""

import contextlib
import json
from pathlib import Path

from mutoscope.service.database.tables import Job, Media
from mutoscope.service.jobs.folders import job_folder
from mutoscope.service.jobs.queue import Queue
from mutoscope.service.problems import Problem
from mutoscope.service.routes.sort_models import FailedClip, Meter, SortedClip, SortedFootage, SortSegment
from mutoscope.service.security.callers import Caller
from mutoscope.service.sort_report import Clip, Report, read_report
from mutoscope.service.state import Service

__all__ = ["Names", "file_of", "report_of", "sort_job", "told"]

_MOST_BYTES = 48 << 20


def sort_job(job: str, caller: Caller, service: Service) -> Job:
    """Find a sort that has ended.

    Raises:
        Problem: there is none (not-found), or it has not ended well (conflict).

    """
    found = Queue(service.database).get(caller.owner, job)
    if found.kind != "sort":
        raise Problem("not-found", f"the job {job} is no sort, it is {found.kind}.")
    if found.state in ("queued", "running"):
        raise Problem("conflict", f"the job is still {found.state}; wait until it is done.")
    if found.state not in ("done", "partial"):
        raise Problem("conflict", f"the job was {found.state} and has no report; retry it.")
    return found


def file_of(job: Job, name: str, service: Service) -> Path:
    """Find a file that a sort has written.

    Raises:
        Problem: it is gone.

    """
    made, _ = service.library.list(job.owner, job=job.id, limit=200)
    for media in made:
        if media.name == name:
            return service.library.path(media)
    folder = job_folder(service.settings, job.id) / "out"
    for path in sorted(folder.rglob(name)) if folder.is_dir() else []:
        return path
    raise Problem("gone", "the report of this job is gone; submit the job again.")


def report_of(job: Job, service: Service) -> Report:
    """Read the report of a sort.

    Raises:
        Problem: it is gone, or broken.

    """
    return read_report(file_of(job, "report.html", service))


class Names:
    """Which media the clips of a report are: the report knows them by name, and by the digest of their bytes."""

    def __init__(self, job: Job, service: Service) -> None:
        self._digests = _digests(file_of(job, "sort.json", service))
        self._known: dict[str, Media] = {}
        for media in job.body.get("inputs", {}).get("footage", ()):
            with contextlib.suppress(Problem):  # it may have been deleted since
                found = service.library.get(job.owner, media)
                self._known[found.sha256] = found

    def media(self, path: str) -> str | None:
        """Give the id of the media that a clip is; None where it is gone."""
        found = self._known.get(self._digests.get(path, ""))
        return None if found is None else found.id

    def name(self, path: str) -> str:
        """Give the name that people know; what the report calls it where the media is gone."""
        found = self._known.get(self._digests.get(path, ""))
        return path if found is None else found.name


def _digests(numbers: Path) -> dict[str, str]:
    try:
        if numbers.stat().st_size > _MOST_BYTES:
            return {}
        return {str(clip["path"]): str(clip["sha256"]) for clip in json.loads(numbers.read_text("utf-8"))["clips"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def told(job: Job, report: Report, names: Names) -> SortedFootage:
    """Put a report into the words of the API."""
    seconds = {"keep": 0.0, "unsure": 0.0, "reject": 0.0}
    for clip in report.clips:
        for segment in clip.segments:
            seconds[segment["verdict"]] += segment["end_s"] - segment["start_s"]
    return SortedFootage(
        job=job.id,
        preset=report.preset,
        seconds={name: round(value, 3) for name, value in seconds.items()},
        meters=[Meter.model_validate(meter) for meter in report.meters],
        clips=[_clip(job, clip, names) for clip in report.clips],
        failed=[
            FailedClip(path=one["path"], name=names.name(one["path"]), reason=one["reason"]) for one in report.failed
        ],
    )


def _clip(job: Job, clip: Clip, names: Names) -> SortedClip:
    plain, place = clip.plain, f"/api/sort/{job.id}/clips/{clip.number}"
    return SortedClip(
        number=clip.number,
        media=names.media(clip.path),
        name=names.name(clip.path),
        path=clip.path,
        width=plain["width"],
        height=plain["height"],
        rate=str(plain["rate"]),
        duration_s=plain["duration"],
        frames=clip.rows,
        score=plain["score"],
        group=plain["group"],
        is_best_of_group=plain["best"],
        shares=plain["shares"],
        notices=plain["notices"],
        segments=[
            SortSegment(
                **{name: one[name] for name in _SEGMENT},
                timecode=one["in"],
                picture=None if one["picture"] is None else f"{place}/pictures/{one['picture']}",
            )
            for one in clip.segments
        ],
        pictures=[f"{place}/pictures/{number}" for number in plain["along"]],
        scores=f"{place}/scores",
    )


_SEGMENT = ("first", "end", "start_s", "end_s", "verdict", "fault", "value", "unit", "limit", "sure", "worst_s")
