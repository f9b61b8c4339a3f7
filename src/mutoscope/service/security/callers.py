"""Who is asking: tokens, made, found and revoked. Of a secret only its SHA-256 is kept."""

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from sqlalchemy import select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Token
from mutoscope.service.ids import new_id

__all__ = ["Caller", "Callers", "digest_of", "new_secret"]

_TRUSTED_S = 2.0
"""How long a token is believed without another look, so that reading costs no query; revoking takes as long."""

_MOST_KEPT = 10_000


@dataclass(frozen=True)
class Caller:
    """Somebody with a token.

    Attributes:
        token_id: of the token.
        owner: whose media, jobs and filters are seen. Tokens of one owner see the same things.
        name: what the token is called.
        is_admin: whether tokens may be made and revoked, and stores added.
        max_jobs: most jobs that wait and run, or None for the server's limit; likewise max_bytes and max_cost.
        guidelines: version of the guidelines that were accepted, or None.

    """

    token_id: str
    owner: str
    name: str
    is_admin: bool
    max_jobs: int | None = None
    max_bytes: int | None = None
    max_cost: float | None = None
    guidelines: str | None = None


class Callers:
    """Finds who belongs to a secret; remembers for two seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Caller | None]] = {}
        self._lock = threading.Lock()

    def find(self, secret: str) -> Caller | None:
        """Give the caller, or None where the token is unknown or revoked."""
        digest = digest_of(secret)
        now = time.monotonic()
        with self._lock:
            at, caller = self._known.get(digest, (-_TRUSTED_S, None))
        if now - at < _TRUSTED_S:
            return caller
        with self._database.reading() as session:
            token = session.scalar(select(Token).where(Token.digest == digest, Token.revoked_at.is_(None)))
        caller = None if token is None else _caller(token)
        with self._lock:
            if len(self._known) > _MOST_KEPT:
                self._known.clear()
            self._known[digest] = (now, caller)
        return caller

    def forget(self) -> None:
        """Look again next time: a token was changed."""
        with self._lock:
            self._known.clear()

    def admit(self, secret: str, name: str) -> None:
        """See that a secret is an admin's token: that of the person who starts the server."""
        with self._database.writing() as session:
            token = session.scalar(select(Token).where(Token.digest == digest_of(secret)))
            if token is not None:
                token.is_admin, token.revoked_at = True, None
                return
            # All secrets of whoever starts the server belong to one owner, so that a new one finds the old things.
            first = session.scalar(select(Token.owner).where(Token.is_admin).order_by(Token.created_at).limit(1))
            made = new_id("t")
            session.add(
                Token(
                    id=made,
                    digest=digest_of(secret),
                    name=name,
                    owner=first or made,
                    is_admin=True,
                    created_at=time.time(),
                )
            )
        self.forget()


def digest_of(secret: str) -> str:
    """Give what is kept of a secret. It is 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Draw a secret of 256 bits."""
    return secrets.token_urlsafe(32)


def _caller(token: Token) -> Caller:
    return Caller(
        token_id=token.id,
        owner=token.owner,
        name=token.name,
        is_admin=token.is_admin,
        max_jobs=token.max_jobs,
        max_bytes=token.max_bytes,
        max_cost=token.max_cost,
        guidelines=token.guidelines,
    )
