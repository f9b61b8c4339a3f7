"""Finding media, renaming and deleting it. What was taken in, and how, stands in `library`."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import String, cast, delete, select, tuple_
from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job, Media, Upload
from mutoscope.service.media.names import clean_name
from mutoscope.service.problems import Problem

__all__ = ["Shelf", "missing", "needed_by"]

_WAITING = ("queued", "running")


class Shelf:
    """The media that is here. Any thread may use it.

    Attributes:
        folder: the data folder, in which paths of media begin.

    """

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database

    def get(self, owner: str, id_: str) -> Media:
        """Give media of an owner, whatever its state.

        Raises:
            Problem: they have none of that id.

        """
        with self._database.reading() as session:
            media = session.get(Media, id_)
        if media is None or media.owner != owner:
            raise missing()
        return media

    def path(self, media: Media) -> Path:
        """Give the file of media that is ready.

        Raises:
            Problem: it is being looked at, was refused, or its bytes are gone.

        """
        if media.state == "checking":
            raise Problem("conflict", f"{media.name} is still being looked at; ask again in some seconds.")
        if media.state == "refused":
            raise Problem(
                "gone", f"{media.name} was refused, its bytes were not kept; GET /api/media/{media.id} says why."
            )
        place = self.folder / media.path
        if not place.is_file():
            raise Problem("gone", f"the bytes of {media.name} are gone; delete it and upload it again.")
        return place

    def beside(self, media: Media) -> Path:
        """Give the folder for what is derived from media: posters, thumbnails. It need not exist."""
        return self.folder / "media" / media.id

    def list(
        self,
        owner: str,
        *,
        kind: str | None = None,
        role: str | None = None,
        state: str | None = None,
        job: str | None = None,
        search: str | None = None,
        sha256: str | None = None,
        after: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> "tuple[list[Media], tuple[float, str] | None]":
        """Give a page of media, newest first, and where the next page goes on (None at the end).

        Args:
            owner: whose.
            kind: only this; likewise role, state, and job, which made it.
            search: only what has this in its name, in whatever case.
            sha256: only these bytes.
            after: the place that the page before gave: (created_at, id).
            limit: most entries of the page.

        """
        wanted = select(Media).where(Media.owner == owner)
        exact = ((Media.kind, kind), (Media.role, role), (Media.state, state), (Media.job_id, job))
        for column, value in (*exact, (Media.sha256, sha256)):
            if value is not None:
                wanted = wanted.where(column == value)
        if search:
            wanted = wanted.where(Media.name.icontains(search, autoescape=True))
        if after is not None:
            wanted = wanted.where(tuple_(Media.created_at, Media.id) < tuple_(*after))
        with self._database.reading() as session:
            order = wanted.order_by(Media.created_at.desc(), Media.id.desc()).limit(limit + 1)
            found = list(session.scalars(order))
        page = found[:limit]
        return page, (page[-1].created_at, page[-1].id) if len(found) > limit else None

    def rename(self, owner: str, id_: str, name: str, agrees: Callable[[int], None]) -> Media:
        """Give media another name.

        Args:
            owner: whose it is.
            id_: of the media.
            name: the new one.
            agrees: takes the present version; raises where somebody has seen another one.

        """
        with self._database.writing() as session:
            media = session.get(Media, id_, with_for_update=True)
            if media is None or media.owner != owner:
                raise missing()
            agrees(media.version)
            media.name, media.version = clean_name(name, media.name), media.version + 1
        return media

    def delete(self, owner: str, id_: str, agrees: Callable[[int], None] | None = None) -> None:
        """Delete media and all that was derived from it.

        Raises:
            Problem: there is none, or a job that waits or runs needs it.

        """
        with self._database.writing() as session:
            media = session.get(Media, id_, with_for_update=True)
            if media is None or media.owner != owner:
                raise missing()
            if agrees is not None:
                agrees(media.version)
            if needed := needed_by(session, owner, id_):
                raise Problem("conflict", f"job {needed} needs {media.name}; cancel it, or wait till it is done.")
            session.execute(delete(Upload).where(Upload.media_id == id_))
            session.delete(media)
        self.remove_bytes(media)

    def remove_bytes(self, media: Media) -> None:
        """Remove the files of media whose row is gone."""
        if media.job_id is not None:
            (self.folder / media.path).unlink(missing_ok=True)
        shutil.rmtree(self.beside(media), ignore_errors=True)


def needed_by(session: Session, owner: str, id_: str) -> str | None:
    """Name a job that waits or runs and whose request names an id anywhere."""
    wanted = select(Job.id).where(Job.owner == owner, Job.state.in_(_WAITING))
    return session.scalar(
        wanted.where((Job.id == id_) | cast(Job.body, String).contains(id_, autoescape=True)).limit(1)
    )


def missing() -> Problem:
    """Give the problem of media that is not there, or is somebody else's."""
    return Problem("not-found", "there is no such media, or it was deleted; GET /api/media lists yours.")
