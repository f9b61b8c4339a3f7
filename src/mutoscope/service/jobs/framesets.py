"""The frameset that a job makes: its row stands from the beginning, so that its id can be told at once."""

from sqlalchemy import select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Frameset, Job
from mutoscope.service.ids import new_id

__all__ = ["MAKES_FRAMESET", "frameset_of"]

MAKES_FRAMESET = ("frames", "filter_frames")
"""Kinds of jobs whose result is a frameset."""


def frameset_of(database: Database, job: Job) -> Frameset:
    """Give the frameset that a job makes; its row is made where it is missing."""
    wanted = select(Frameset).where(Frameset.job_id == job.id).limit(1)
    with database.reading() as session:
        row = session.scalar(wanted)
    if row is not None:
        return row
    with database.writing() as session:
        row = session.scalar(wanted)
        if row is None:
            inputs = job.body.get("inputs") or {}
            before = session.get(Frameset, str(inputs.get("frameset")))
            made = new_id("f")
            row = Frameset(
                id=made,
                owner=job.owner,
                token_id=job.token_id,
                media_id=str(inputs.get("source", "")) if before is None else before.media_id,
                job_id=job.id,
                path=f"framesets/{made}",
                created_at=job.created_at,
            )
            session.add(row)
        return row
