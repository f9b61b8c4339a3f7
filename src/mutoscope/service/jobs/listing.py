"""Looking for jobs by words: in what was asked for, and in the names of what they are about."""

from collections.abc import Sequence

from sqlalchemy import String, cast, or_, select, tuple_

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job, Media

__all__ = ["find_jobs"]


def find_jobs(
    database: Database,
    owner: str,
    words: str,
    states: Sequence[str] = (),
    kinds: Sequence[str] = (),
    after: tuple[float, str] | None = None,
    limit: int = 50,
) -> tuple[Sequence[Job], tuple[float, str] | None]:
    """Give a page of an owner's jobs in which words occur, newest first, and where the next page goes on.

    Args:
        database: where they are.
        owner: whose.
        words: a part of an id, of the kind, of the request, or of the name of media that the request names.
        states: only these; all where it is empty. Likewise kinds.
        after: the place that the page before gave.
        limit: most jobs of the page.

    """
    named = select(Media.id).where(Media.owner == owner, Media.name.icontains(words, autoescape=True)).limit(100)
    with database.reading() as session:
        media = session.scalars(named).all()
        request = cast(Job.body, String)
        said = [column.icontains(words, autoescape=True) for column in (Job.id, Job.kind, request)]
        said += [request.contains(id_, autoescape=True) for id_ in media]
        query = select(Job).where(Job.owner == owner, or_(*said))
        if states:
            query = query.where(Job.state.in_(states))
        if kinds:
            query = query.where(Job.kind.in_(kinds))
        if after is not None:
            query = query.where(tuple_(Job.created_at, Job.id) < tuple_(*after))
        found = session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)).all()
    page = found[:limit]
    return page, ((page[-1].created_at, page[-1].id) if len(found) > limit else None)
