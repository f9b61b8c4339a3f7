"""Working on jobs: claiming one, holding it, ending it, and taking up those whose process or server has died.

A job is claimed for a while (its lease) under a number that rises with each claim (its fence). Whoever holds an
older number may write nothing more, so a process that was thought dead cannot end a job a second time.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job
from mutoscope.service.jobs import events
from mutoscope.service.jobs.endings import Used, change, charge, end, requeue
from mutoscope.service.jobs.turns import next_job
from mutoscope.service.problems import Problem

__all__ = ["MOST_CLAIMS", "MOST_DEATHS", "Claims", "LeaseLost"]

MOST_DEATHS = 3
"""So often a job's own process may die under it; then the job is taken for the cause, and has failed."""

MOST_CLAIMS = 40
"""So often a job may be begun when servers die over it. It is not to blame for that, but must not go on for ever."""


class LeaseLost(Exception):  # noqa: N818 # an outcome, not a mistake
    """Another claim or a removal has overtaken this one: stop, and write nothing more."""


class Claims:
    """The half of `Queue` that works on jobs. Each method is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, server: str, lanes: Sequence[str], lease_s: float) -> Job | None:
        """Take the next job, or None. Its `fence` is what all further calls want.

        Args:
            server: name of the server, which no other one has at the same time.
            lanes: batch, preview; the first one goes first.
            lease_s: how long it is held without `renew`, s.

        """
        with self._database.reading() as session:  # an idle server does not disturb the writer
            waiting = [
                lane
                for lane in lanes
                if session.scalar(select(Job.id).where(Job.state == "queued", Job.lane == lane).limit(1)) is not None
            ]
        if not waiting:
            return None
        with self._database.writing() as session:
            for lane in waiting:
                job = next_job(session, lane)
                if job is not None:
                    now = time.time()
                    job.server, job.lease_until, job.started_at = server, now + lease_s, now
                    job.fence += 1
                    change(session, job, "running")
                    return job
        return None

    def renew(self, job_id: str, fence: int, lease_s: float) -> bool:
        """Hold a job for longer; tell whether somebody wishes it cancelled.

        Raises:
            LeaseLost: it is not held any more.

        """
        with self._database.writing() as session:
            asked: bool | None = session.scalar(
                update(Job)
                .where(Job.id == job_id, Job.fence == fence, Job.state == "running")
                .values(lease_until=time.time() + lease_s)
                .returning(Job.cancel_asked)
            )
        if asked is None:
            raise LeaseLost(job_id)
        return asked

    def progress(
        self, job_id: str, fence: int, progress: dict[str, Any] | None = None, preview: int | None = None
    ) -> int:
        """Tell how far a job is, or that a preview picture was made; give the number of the latest event.

        Raises:
            LeaseLost: it is not held any more.

        """
        number = 0
        with self._database.writing() as session:
            job = _held(session, job_id, fence)
            if progress is not None:
                job.progress = progress
                number = events.append(session, job_id, "progress", progress)
            if preview is not None:
                job.preview = preview
                number = events.append(session, job_id, "preview", {"number": preview})
            job.version += 1
        return number

    def finish(
        self,
        job_id: str,
        fence: int,
        state: str,
        *,
        result: dict[str, Any] | None = None,
        notices: Sequence[Any] | None = None,
        problem: dict[str, Any] | None = None,
        used: Used | None = None,
        also: Callable[[Session], None] | None = None,
    ) -> Job:
        """End a job: its state, its result, the ledger, the event and the webhook, all or nothing.

        Args:
            job_id: the job.
            fence: as `claim` gave it.
            state: done, partial, failed or cancelled.
            result: what it made; notices: what a person should know; problem: as Problem.body gives it.
            used: what it used.
            also: called within the transaction, as to add the rows of the media that it made.

        Raises:
            LeaseLost: it is not held any more; nothing was written.

        """
        with self._database.writing() as session:
            job = _held(session, job_id, fence)
            job.result, job.notices = result, None if notices is None else [*notices]
            charge(session, job, used or Used())
            if also is not None:
                also(session)
            end(session, job, state, problem)
            return job

    def give_back(self, job_id: str, fence: int) -> None:
        """Put a running job back: the server stops. It goes on from its finished pieces at the next claim.

        Raises:
            LeaseLost: it is not held any more.

        """
        with self._database.writing() as session:
            requeue(session, _held(session, job_id, fence), "the server was stopped")

    def crashed(self, job_id: str, fence: int) -> Job:
        """Tell that the job's own process died. It is queued again; after three deaths it has failed.

        Raises:
            LeaseLost: it is not held any more.

        """
        with self._database.writing() as session:
            job = _held(session, job_id, fence)
            job.attempts += 1
            if job.attempts < MOST_DEATHS:
                requeue(session, job, "its process died")
            else:
                detail = f"the process that ran it died {job.attempts} times; try a smaller size, or other parameters."
                _give_up(session, job, detail)
            return job

    def reclaim(self, server: str | None = None) -> Sequence[str]:
        """Queue jobs again whose server died, and give their ids.

        Those are: running jobs of the server of that name, which is just starting; and those of any server whose
        lease has run out. Their attempts do not rise: it was not their fault.
        """
        theirs = Job.lease_until < time.time()
        with self._database.writing() as session:
            lost = session.scalars(
                select(Job)
                .where(Job.state == "running", theirs if server is None else or_(Job.server == server, theirs))
                .with_for_update(skip_locked=True)
            ).all()
            for job in lost:
                if job.fence < MOST_CLAIMS:
                    requeue(session, job, "the server died")
                else:
                    _give_up(session, job, f"servers died {job.fence} times over it; try a smaller size.")
            return [job.id for job in lost]


def _held(session: Session, job_id: str, fence: int) -> Job:
    job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None or job.state != "running" or job.fence != fence:
        raise LeaseLost(job_id)
    return job


def _give_up(session: Session, job: Job, detail: str) -> None:
    end(session, job, "failed", Problem("internal", detail).body())
