"""What was used, and what it cost: one row for each job that ran."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Ledger, Token

__all__ = ["Usage", "spent", "usage"]


@dataclass(frozen=True)
class Usage:
    """What the jobs of one token have used in one currency.

    Attributes:
        token_id: of the token.
        name: what the token is called.
        owner: whose token it is.
        jobs: number of jobs that ended.
        frames: frames that were made.
        cpu_seconds: s of all processes; likewise device_seconds of accelerators.
        bytes: size of the results.
        cost: what computing them cost, in `currency`.
        price: what is charged for them, in `currency`.
        currency: like USD; empty where no price is known.

    """

    token_id: str
    name: str
    owner: str
    jobs: int
    frames: int
    cpu_seconds: float
    device_seconds: float
    bytes: int
    cost: float
    price: float
    currency: str


def usage(
    database: Database, owner: str | None, since: float | None = None, until: float | None = None
) -> Sequence[Usage]:
    """Sum up by token and currency, dearest first.

    Args:
        database: where the ledger is.
        owner: whose; None: everybody's.
        since: jobs that ended then or later, seconds since 1970; None: from the first.
        until: jobs that ended before; None: to the last.

    """
    sums = (Ledger.frames, Ledger.cpu_seconds, Ledger.device_seconds, Ledger.bytes, Ledger.cost, Ledger.price)
    query = (
        select(
            Ledger.token_id,
            func.coalesce(func.max(Token.name), ""),
            Ledger.owner,
            func.count(),
            *(func.sum(column) for column in sums),
            Ledger.currency,
        )
        .outerjoin(Token, Token.id == Ledger.token_id)
        .group_by(Ledger.token_id, Ledger.owner, Ledger.currency)
        .order_by(func.sum(Ledger.cost).desc(), Ledger.token_id)
    )
    if owner is not None:
        query = query.where(Ledger.owner == owner)
    if since is not None:
        query = query.where(Ledger.at >= since)
    if until is not None:
        query = query.where(Ledger.at < until)
    with database.reading() as session:
        rows = session.execute(query).all()
    # PostgreSQL sums whole numbers up to decimals.
    return [
        Usage(token, name, whose, jobs, int(frames), cpu, device, int(size), cost, price, currency)
        for token, name, whose, jobs, frames, cpu, device, size, cost, price, currency in rows
    ]


def spent(session: Session, token_id: str) -> float:
    """Give what the jobs of a token have cost so far, in the currency of the price book."""
    return session.scalar(select(func.sum(Ledger.cost)).where(Ledger.token_id == token_id)) or 0.0
