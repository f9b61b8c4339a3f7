"""Idempotency-Key: the same request sent again makes no second job, not even when both are under way at once."""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Idempotency
from mutoscope.service.problems import Problem

__all__ = ["KEPT_S", "digest_of", "find", "purge", "reserve"]

KEPT_S = 24 * 3600.0
"""How long a key is remembered; after that it is a new one."""


def digest_of(request: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a request; the order of its fields does not matter."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def find(session: Session, owner: str, key: str, digest: str, now: float | None = None) -> str | None:
    """Give the job that a key has made, or None.

    Raises:
        Problem: the key was used for another request (key-reused).

    """
    used = session.scalar(select(Idempotency).where(Idempotency.owner == owner, Idempotency.key == key))
    if used is None or used.created_at < _horizon(now):
        return None
    if used.digest != digest:
        raise Problem(
            "key-reused",
            "the Idempotency-Key was used for another request within 24 hours; expected the same body, or a new key.",
            pointer="Idempotency-Key",
        )
    return used.job_id


def reserve(session: Session, owner: str, key: str, digest: str, job_id: str, now: float) -> str:
    """Take a key for a job that is about to be made; give the job that has it, which may be another one.

    On PostgreSQL a second taker waits here until the first has ended, so that it sees what came of it.

    Raises:
        Problem: the key was used for another request (key-reused).

    """
    session.execute(
        delete(Idempotency).where(
            Idempotency.owner == owner, Idempotency.key == key, Idempotency.created_at < _horizon(now)
        )
    )
    row = {"owner": owner, "key": key, "digest": digest, "job_id": job_id, "created_at": now}
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = insert(Idempotency).values(row).on_conflict_do_nothing().returning(Idempotency.job_id)
    if session.scalar(taken) is not None:
        return job_id
    first = find(session, owner, key, digest, now)
    assert first is not None
    return first


def purge(database: Database, now: float | None = None) -> int:
    """Forget keys that are older than a day; give their number."""
    with database.writing() as session:
        done = session.execute(delete(Idempotency).where(Idempotency.created_at < _horizon(now)))
        assert isinstance(done, CursorResult)
        return done.rowcount


def _horizon(now: float | None) -> float:
    return (time.time() if now is None else now) - KEPT_S
