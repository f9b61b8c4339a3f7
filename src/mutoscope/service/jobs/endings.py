"""How a job changes its state: the row, the event, the ledger and the webhook, always in one transaction."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Delivery, Job, Ledger
from mutoscope.service.ids import new_id
from mutoscope.service.jobs import events

__all__ = ["FINAL", "Used", "change", "charge", "end", "requeue"]

FINAL = ("done", "partial", "failed", "cancelled")
"""States that nothing follows."""


@dataclass(frozen=True)
class Used:
    """What a job has used, for the ledger.

    Attributes:
        frames: frames made.
        cpu_seconds: of all its processes, s; likewise device_seconds of an accelerator.
        bytes: size of its results.
        cost: what computing it cost, in `currency`.
        price: what is charged for it, in `currency`.
        currency: like USD.

    """

    frames: int = 0
    cpu_seconds: float = 0.0
    device_seconds: float = 0.0
    bytes: int = 0
    cost: float = 0.0
    price: float = 0.0
    currency: str = ""


def change(session: Session, job: Job, state: str, **more: Any) -> None:
    """Set a state and tell it as an event; `more` stands in the event too. The row must be locked by this session."""
    job.state = state
    job.version += 1
    events.append(session, job.id, "state", {"state": state, **more})


def requeue(session: Session, job: Job, reason: str) -> None:
    """Put a running job back among the queued ones, or end it where somebody wished it cancelled."""
    if job.cancel_asked:
        end(session, job, "cancelled")
        return
    job.server, job.lease_until = None, 0.0
    change(session, job, "queued", reason=reason)


def end(session: Session, job: Job, state: str, problem: dict[str, Any] | None = None) -> None:
    """Give a job its last state; who asked to be told by a webhook will be."""
    assert state in FINAL
    now = time.time()
    job.finished_at, job.server, job.lease_until = now, None, 0.0
    if problem is not None:
        job.problem = problem
    change(session, job, state, **({} if problem is None else {"problem": problem}))
    if job.webhook is not None:
        session.add(Delivery(id=new_id("w"), job_id=job.id, state=state, next_at=now, created_at=now))


def charge(session: Session, job: Job, used: Used) -> None:
    """Write what a job has used; once, for the ledger has one row for each job."""
    job.cost = used.cost
    session.add(
        Ledger(job_id=job.id, token_id=job.token_id, owner=job.owner, kind=job.kind, at=time.time(), **asdict(used))
    )
