"""What one token may have here at once, and when the disk is too full. Raised before anything is begun."""

import math
import shutil
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Frameset, Job, Media, Token, Upload
from mutoscope.service.operations.ledger import spent
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

__all__ = ["bytes_kept", "check_bytes", "check_cost", "check_disk", "check_submit"]

RETRY_S = 30
"""What is told as Retry-After: jobs take seconds to hours, so asking sooner helps nobody."""


def check_submit(session: Session, caller: Caller, settings: Settings) -> None:
    """See that a token may have another job. As the `check` of `Queue.submit` it holds however many send at once.

    Raises:
        Problem: too many jobs wait and run (too-many), or the cost limit is reached (cost-limit).

    """
    # On PostgreSQL submits of one token go one after the other; SQLite has one writer anyhow.
    session.execute(select(Token.id).where(Token.id == caller.token_id).with_for_update())
    most = settings.max_jobs if caller.max_jobs is None else caller.max_jobs
    waiting = (
        select(Job.id)
        .where(
            Job.state.in_(("queued", "running")),
            Job.lane.in_(("batch", "preview")),
            Job.owner == caller.owner,
            Job.token_id == caller.token_id,
        )
        .limit(most)
    )
    if session.scalar(select(func.count()).select_from(waiting.subquery())) == most:
        raise Problem(
            "too-many",
            f"{most} jobs of this token wait or run, which is its limit; wait until some are done, or cancel some.",
            headers={"Retry-After": str(RETRY_S)},
        )
    check_cost(session, caller, settings)


def check_cost(session: Session, caller: Caller, settings: Settings) -> None:
    """See that a token has not used up what its jobs may cost.

    Raises:
        Problem: it has (cost-limit).

    """
    most = settings.max_cost if caller.max_cost is None else caller.max_cost
    if most is not None and spent(session, caller.token_id) >= most:
        raise Problem(
            "cost-limit",
            f"the jobs of this token have cost {most:g}, which is its limit; ask the owner of this server to raise it.",
        )


def bytes_kept(session: Session, token_id: str, owner: str) -> int:
    """Sum up what a token keeps here, uploads under way in their full length."""
    return sum(
        _total(session, column, where)
        for column, where in (
            (Media.bytes, (Media.owner == owner) & (Media.token_id == token_id) & (Media.state != "refused")),
            (Upload.length, (Upload.owner == owner) & (Upload.token_id == token_id) & Upload.media_id.is_(None)),
            (Frameset.bytes, (Frameset.owner == owner) & (Frameset.token_id == token_id)),
        )
    )


def check_bytes(session: Session, caller: Caller, settings: Settings, more: int) -> None:
    """See that a token may keep more bytes.

    Args:
        session: a writing one, where the row that takes the room is added in the same transaction.
        caller: who asks.
        settings: of the server.
        more: bytes that are to come.

    Raises:
        Problem: it may not (quota).

    """
    session.execute(select(Token.id).where(Token.id == caller.token_id).with_for_update())
    most = settings.max_bytes if caller.max_bytes is None else caller.max_bytes
    kept = bytes_kept(session, caller.token_id, caller.owner)
    if kept + more > most:
        raise Problem(
            "quota",
            f"this token keeps {_size(kept)} of at most {_size(most)}, and {_size(more)} more do not fit; "
            "delete media that is not needed.",
        )


def check_disk(settings: Settings, more: int = 0) -> None:
    """See that the disk has room for something new.

    Raises:
        Problem: it has not (disk-full).

    """
    free = shutil.disk_usage(settings.data).free
    if free - more < settings.disk_free_bytes:
        raise Problem(
            "disk-full",
            f"the disk of the server has {_size(free)} left, of which {_size(settings.disk_free_bytes)} stay free; "
            "delete media that is not needed, or ask the owner of this server.",
        )


def _total(session: Session, column: Any, where: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.sum(column)).where(where)) or 0)


def _size(number: int) -> str:
    power = min(4, int(math.log(number, 1000))) if number >= 1000 else 0
    return f"{number / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"
