"""What a job has made becomes media of its owner, and the job ends: all of it once."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Frameset, Job, Media
from mutoscope.service.jobs.folders import job_folder
from mutoscope.service.jobs.framesets import frameset_of
from mutoscope.service.jobs.queue import Queue, Used
from mutoscope.service.media.library import Library, refusal_of
from mutoscope.service.operations.metrics import Metrics
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

__all__ = ["Deliverer"]


class Deliverer:
    """Takes in results and ends jobs."""

    def __init__(self, settings: Settings, database: Database, library: Library, metrics: Metrics) -> None:
        self._settings, self._database, self._library, self._metrics = settings, database, library, metrics

    def deliver(self, job: Job, told: Mapping[str, Any]) -> None:
        """Take in what a job has made, and end it as done or partial.

        Raises:
            LeaseLost: another server has the job now.
            Problem: a file that was fetched is none that is taken.

        """
        folder = job_folder(self._settings, job.id)
        rows: list[Media] = []
        result: dict[str, Any] = {"media": [], "told": told["told"]}
        frames: tuple[str, int, int] | None = None
        for one in told["products"]:
            path = (folder / one["path"]).absolute()
            if not path.resolve().is_relative_to((folder / "out").resolve()):
                raise PermissionError(f"a job tells of a file outside of its folder: {one['path']}")
            if one["role"] == "frameset":
                frames = self._settle_frameset(job, path, int(told["told"].get("pictures", 0)))
                result["frameset"] = frames[0]
                continue
            rows.append(self._taken_in(job, path, one["role"], one["name"]))
            result["media"].append({"id": rows[-1].id, "role": one["role"], "name": rows[-1].name})

        def settle(session: Session) -> None:
            if frames is not None:
                row = session.get_one(Frameset, frames[0])
                row.frames, row.bytes, row.version = frames[1], frames[2], row.version + 1

        state = "done" if told["partial"] is None else "partial"
        notices = [*told["notices"], *([] if told["partial"] is None else [told["partial"]])]
        used = Used(**{name: value for name, value in told["used"].items() if name in Used.__dataclass_fields__})
        Queue(self._database).finish(job.id, job.fence, state, result=result, notices=notices, used=used, also=settle)
        self._metrics.frames(job.kind, int(told["frames"]))
        self._metrics.job(job.kind, state, None if job.started_at is None else time.time() - job.started_at)

    def _taken_in(self, job: Job, path: Path, role: str, name: str) -> Media:
        if role != "fetched":
            return self._library.adopt_output(job, path, role, name)
        # A stranger's bytes: they are looked at as an upload's are.
        whose = Caller(token_id=job.token_id, owner=job.owner, name="", is_admin=False)
        media = self._library.adopt_upload(path, name, whose, {})
        if media.state == "refused":
            raise refusal_of(media)
        return media

    def _settle_frameset(self, job: Job, made: Path, pictures: int) -> tuple[str, int, int]:
        """Move a frameset to its place, which may hold an older attempt at the same; give id, pictures and bytes."""
        row = frameset_of(self._database, job)
        place = self._settings.data / row.path
        if made.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
        num_bytes = sum(one.stat().st_size for one in place.iterdir() if one.is_file())
        return row.id, pictures, num_bytes
