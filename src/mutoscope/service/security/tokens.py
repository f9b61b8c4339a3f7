"""Making, listing and revoking tokens. The secret is shown once; only its SHA-256 is kept."""

import time
from collections.abc import Sequence

from sqlalchemy import func, select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Token
from mutoscope.service.ids import new_id
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import digest_of, new_secret

__all__ = ["accept_guidelines", "list_tokens", "make", "revoke"]


def make(
    database: Database,
    name: str,
    *,
    owner: str | None = None,
    is_admin: bool = False,
    max_jobs: int | None = None,
    max_bytes: int | None = None,
    max_cost: float | None = None,
) -> tuple[Token, str]:
    """Make a token; give its row and its secret, which nobody can read again.

    Args:
        database: where it is kept.
        name: what a person calls it.
        owner: whose things it opens; of somebody new where it is None.
        is_admin: whether it may make and revoke tokens.
        max_jobs: most jobs that wait and run; None: as the server is set up. Likewise the next two.
        max_bytes: most bytes that are kept.
        max_cost: what its jobs may cost in all.

    Raises:
        Problem: nobody has that owner's name (invalid).

    """
    secret, made = new_secret(), new_id("t")
    with database.writing() as session:
        if owner is not None and session.scalar(select(Token.id).where(Token.owner == owner).limit(1)) is None:
            raise Problem(
                "invalid", "there is no such owner; expected one of another token, or none.", pointer="/owner"
            )
        token = Token(
            id=made,
            digest=digest_of(secret),
            name=name,
            owner=owner or made,
            is_admin=is_admin,
            created_at=time.time(),
            max_jobs=max_jobs,
            max_bytes=max_bytes,
            max_cost=max_cost,
        )
        session.add(token)
    return token, secret


def list_tokens(database: Database, owner: str | None = None) -> Sequence[Token]:
    """Give the tokens of an owner, or all, newest first; revoked ones too."""
    query = select(Token).order_by(Token.created_at.desc(), Token.id.desc())
    if owner is not None:
        query = query.where(Token.owner == owner)
    with database.reading() as session:
        return session.scalars(query).all()


def revoke(database: Database, token_id: str) -> Token:
    """Revoke a token; what it made stays. A second time it does nothing.

    The caller calls `Callers.forget` then, so that it counts at once and not after two seconds.

    Raises:
        Problem: there is none (not-found), or it is the last that may make tokens (conflict).

    """
    with database.writing() as session:
        token = session.scalar(select(Token).where(Token.id == token_id).with_for_update())
        if token is None:
            raise Problem("not-found", "there is no such token.")
        if token.revoked_at is None:
            others = select(func.count()).select_from(Token)
            others = others.where(Token.is_admin, Token.revoked_at.is_(None), Token.id != token_id)
            if token.is_admin and not session.scalar(others):
                raise Problem("conflict", "it is the last token that may make others; make another one first.")
            token.revoked_at = time.time()
        return token


def accept_guidelines(database: Database, token_id: str, version: str) -> Token:
    """Record that the guidelines were accepted. The caller calls `Callers.forget` then.

    Raises:
        Problem: there is no such token (not-found).

    """
    with database.writing() as session:
        token = session.get(Token, token_id)
        if token is None:
            raise Problem("not-found", "there is no such token.")
        token.guidelines, token.guidelines_at = version, time.time()
        return token
