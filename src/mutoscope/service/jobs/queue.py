"""The queue of jobs, in the database: what is queued or running outlives every process."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.jobs import events, idempotency
from mutoscope.service.jobs.claims import Claims, LeaseLost
from mutoscope.service.jobs.endings import FINAL, Used, change, end
from mutoscope.service.problems import Problem

__all__ = ["FINAL", "LeaseLost", "NewJob", "Queue", "Used"]


@dataclass(frozen=True)
class NewJob:
    """A job that is asked for.

    Attributes:
        owner: whose job it is; token_id: the token that pays.
        kind: of the table of kinds.
        body: the checked request.
        lane: batch or preview.
        key: Idempotency-Key of the request, where it has one.
        webhook: who is told when it ends.
        retry_of: the job that it repeats.

    """

    owner: str
    token_id: str
    kind: str
    body: dict[str, Any]
    lane: str = "batch"
    key: str | None = None
    webhook: dict[str, Any] | None = None
    retry_of: str | None = None

    def digest(self) -> str:
        """Tell requests apart that come under one key."""
        told = asdict(self)
        for name in ("owner", "token_id", "key"):
            del told[name]
        return idempotency.digest_of(told)


class Queue(Claims):
    """Jobs of one database. Each method is a transaction of its own; those that work on jobs stand in `Claims`."""

    def submit(self, new: NewJob, check: Callable[[Session], None] | None = None) -> Job:
        """Queue a job. With a key that made a job within a day, give that job, whatever its state.

        Args:
            new: what is asked for.
            check: called within the transaction when a job is really made, as to hold limits; it may raise.

        Raises:
            Problem: the key was used for another request (key-reused), or what `check` raises.

        """
        digest = new.digest()
        if new.key is not None:  # most repetitions come late: they need not wait for the writer
            with self._database.reading() as session:
                first = idempotency.find(session, new.owner, new.key, digest)
                job = None if first is None else session.get(Job, first)
            if job is not None:
                return job
        now = time.time()
        job_id = new_id("j")
        with self._database.writing() as session:
            if new.key is not None:
                first = idempotency.reserve(session, new.owner, new.key, digest, job_id, now)
                if first != job_id:
                    return session.get_one(Job, first)
            if check is not None:
                check(session)
            told = {name: value for name, value in asdict(new).items() if name != "key"}
            job = Job(id=job_id, state="queued", created_at=now, version=0, **told)
            session.add(job)
            change(session, job, "queued")
            return job

    def get(self, owner: str | None, job_id: str) -> Job:
        """Give a job of an owner; of anybody, where the owner is None.

        Raises:
            Problem: there is none (not-found).

        """
        with self._database.reading() as session:
            job = session.get(Job, job_id)
        if job is None or (owner is not None and job.owner != owner):
            raise _missing()
        return job

    def list(
        self,
        owner: str | None,
        states: Sequence[str] = (),
        kinds: Sequence[str] = (),
        after: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> tuple[Sequence[Job], tuple[float, str] | None]:
        """Give a page of jobs, newest first, and where the next page goes on (None at the end).

        Args:
            owner: whose; None: everybody's.
            states: only these; all where it is empty. Likewise kinds.
            after: the place that the page before gave: (created_at, id).
            limit: most jobs of the page.

        """
        query = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)
        if owner is not None:
            query = query.where(Job.owner == owner)
        if states:
            query = query.where(Job.state.in_(states))
        if kinds:
            query = query.where(Job.kind.in_(kinds))
        if after is not None:
            query = query.where(tuple_(Job.created_at, Job.id) < tuple_(*after))
        with self._database.reading() as session:
            found = session.scalars(query).all()
        page = found[:limit]
        return page, ((page[-1].created_at, page[-1].id) if len(found) > limit else None)

    def cancel(self, job_id: str) -> Job:
        """Cancel a queued job at once; of a running one, ask its process to stop. A second time it does nothing.

        Raises:
            Problem: it has ended otherwise (conflict), or there is none (not-found).

        """
        with self._database.writing() as session:
            job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
            if job is None:
                raise _missing()
            if job.state == "queued":
                job.cancel_asked = True
                end(session, job, "cancelled")
            elif job.state == "running" and not job.cancel_asked:
                job.cancel_asked = True
                job.version += 1
                events.append(session, job.id, "notice", {"cancel_asked": True})
            elif job.state not in ("running", "cancelled"):
                raise Problem(
                    "conflict", f"the job is {job.state} already; only queued and running jobs are cancelled."
                )
            return job

    def retry(self, job_id: str, token_id: str | None = None, check: Callable[[Session], None] | None = None) -> Job:
        """Queue a job again that has failed, was cancelled or is partial, as a new one; what is finished is found.

        Raises:
            Problem: it has not ended so (conflict), there is none (not-found), or what `check` raises.

        """
        old = self.get(None, job_id)
        if old.state not in ("failed", "cancelled", "partial"):
            raise Problem("conflict", f"the job is {old.state}; only failed, cancelled and partial jobs are retried.")
        again = NewJob(
            owner=old.owner,
            token_id=token_id or old.token_id,
            kind=old.kind,
            body=old.body,
            lane=old.lane,
            webhook=old.webhook,
            retry_of=old.id,
        )
        return self.submit(again, check)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Count queued and running jobs by (state, lane)."""
        query = (
            select(Job.state, Job.lane, func.count())
            .where(Job.state.in_(("queued", "running")))
            .group_by(Job.state, Job.lane)
        )
        with self._database.reading() as session:
            return {(state, lane): number for state, lane, number in session.execute(query)}


def _missing() -> Problem:
    return Problem("not-found", "there is no such job; it may have been removed.")
