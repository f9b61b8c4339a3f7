"""Whose turn it is: the next job is chosen so that nobody waits behind somebody else's long row."""

import functools

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Job

__all__ = ["next_job", "owners_in_turn"]


def next_job(session: Session, lane: str) -> Job | None:
    """Choose the next queued job of a lane and lock its row, or give None.

    Among the owners who wait it is the one with the fewest running jobs in that lane; then who was served longest
    ago; then whose job is oldest. Of one owner the oldest comes first. All of it is read from indexes, so that
    the cost grows with the number of owners and not with that of jobs.
    """
    for owner in session.scalars(owners_in_turn(lane)):
        job = session.scalar(
            select(Job)
            .where(Job.state == "queued", Job.lane == lane, Job.owner == owner)
            .order_by(Job.created_at, Job.id)
            .limit(1)
            # On PostgreSQL a job that another server is just taking is passed over, not waited for. SQLite has one
            # writer, and leaves this out.
            .with_for_update(skip_locked=True)
        )
        if job is not None:
            return job
    return None


@functools.cache  # building it costs more than running it
def owners_in_turn(lane: str) -> Select[tuple[str]]:
    """Give the query for those who wait, in the order of their turns."""
    queued = (Job.state == "queued", Job.lane == lane)
    # Steps from owner to owner along the index; DISTINCT would look at each queued job.
    waiting = select(select(func.min(Job.owner)).where(*queued).scalar_subquery().label("owner")).cte(
        "waiting", recursive=True
    )
    following = select(func.min(Job.owner)).where(*queued, Job.owner > waiting.c.owner).scalar_subquery()
    waiting = waiting.union_all(select(following).where(waiting.c.owner.is_not(None)))
    same = (Job.lane == lane, Job.owner == waiting.c.owner)
    running = select(func.count()).select_from(Job).where(Job.state == "running", *same).scalar_subquery()
    served = select(func.max(Job.started_at)).where(Job.started_at.is_not(None), *same).scalar_subquery()
    oldest = select(func.min(Job.created_at)).where(Job.state == "queued", *same).scalar_subquery()
    return (
        select(waiting.c.owner)
        .where(waiting.c.owner.is_not(None))
        .order_by(running, func.coalesce(served, 0.0), oldest, waiting.c.owner)
    )
