"""What happened to a job, numbered 1, 2, 3 … without gaps: what an event stream replays from any number on."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Event, Job
from mutoscope.service.problems import Problem

__all__ = ["append", "since"]


def append(session: Session, job_id: str, kind: str, data: dict[str, Any], at: float | None = None) -> int:
    """Add an event within a transaction of the job; give its number.

    Args:
        session: one that writes. The row of the job stays locked until it ends, so no number is given twice and
            none is left out: a number is seen only when all before it are.
        job_id: whose event it is.
        kind: state, progress, preview or notice. Progress is thinned by whoever sends it.
        data: plain values.
        at: seconds since 1970; now by default.

    Raises:
        Problem: there is no such job (not-found).

    """
    # SQLite has one writer anyhow, and leaves FOR UPDATE out.
    if session.scalar(select(Job.id).where(Job.id == job_id).with_for_update()) is None:
        raise Problem("not-found", "there is no such job; it may have been removed.")
    last = session.scalar(select(func.max(Event.number)).where(Event.job_id == job_id))
    number = (last or 0) + 1
    session.add(Event(job_id=job_id, number=number, kind=kind, data=data, at=time.time() if at is None else at))
    session.flush()
    return number


def since(session: Session, job_id: str, after: int = 0, limit: int = 500) -> Sequence[Event]:
    """Give the events behind a number, in order, `limit` at most."""
    query = select(Event).where(Event.job_id == job_id, Event.number > after).order_by(Event.number).limit(limit)
    return session.scalars(query).all()
