"""Films as folders of pictures: listing them, giving one, exchanging one. Jobs make and read them."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, tuple_

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Frameset, Job
from mutoscope.service.media.checking import Check
from mutoscope.service.media.frame_files import FrameFile, FrameLists, note_exchange
from mutoscope.service.media.shelf import needed_by
from mutoscope.service.problems import Problem
from mutoscope.storage.atomic import sync_folder

__all__ = ["Framesets"]

_ENDED = ("done", "partial")


class Framesets:
    """The framesets of all owners. Any thread may use it.

    Attributes:
        lists: of their pictures.

    """

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder, self._database = folder, database
        self.lists = FrameLists()

    def get(self, owner: str, id_: str) -> tuple[Frameset, str]:
        """Give a frameset of an owner and its state: making, ready or failed.

        Raises:
            Problem: they have none of that id.

        """
        with self._database.reading() as session:
            row = session.get(Frameset, id_)
            if row is None or row.owner != owner:
                raise _missing()
            return row, _state(row, session.get(Job, row.job_id))

    def list(
        self, owner: str, media: str | None, after: tuple[float, str] | None, limit: int
    ) -> tuple[list[tuple[Frameset, str]], tuple[float, str] | None]:
        """Give a page of framesets with their states, newest first, and where the next page goes on."""
        wanted = select(Frameset, Job).outerjoin(Job, Job.id == Frameset.job_id).where(Frameset.owner == owner)
        if media is not None:
            wanted = wanted.where(Frameset.media_id == media)
        if after is not None:
            wanted = wanted.where(tuple_(Frameset.created_at, Frameset.id) < tuple_(*after))
        wanted = wanted.order_by(Frameset.created_at.desc(), Frameset.id.desc()).limit(limit + 1)
        with self._database.reading() as session:
            found = [(row, _state(row, job)) for row, job in session.execute(wanted)]
        page = found[:limit]
        return page, (page[-1][0].created_at, page[-1][0].id) if len(found) > limit else None

    def folder(self, row: Frameset, state: str) -> Path:
        """Give the folder of a frameset that is ready.

        Raises:
            Problem: it is still being made, or never was.

        """
        if state == "making":
            raise Problem("conflict", f"the frameset is still being made; wait for job {row.job_id}.")
        if state == "failed":
            raise Problem("gone", f"the frameset was never made; GET /api/jobs/{row.job_id} says why.")
        return self._folder / row.path

    def exchange(self, row: Frameset, number: int, new: Path, agrees: Callable[[str], None], check: Check) -> FrameFile:
        """Put another picture in the place of one.

        Args:
            row: the frameset.
            number: of the picture.
            new: the file, looked at; it is moved away.
            agrees: takes the tag of the picture that is there; raises where somebody has seen another one.
            check: of the quota; called in the same transaction.

        Raises:
            Problem: a job needs the frameset just now.

        """
        folder = self._folder / row.path
        with self._database.writing() as session:
            found = session.get(Frameset, row.id, with_for_update=True)
            if found is None:
                raise _missing()
            if needed := needed_by(session, row.owner, row.id):
                raise Problem("conflict", f"job {needed} works on this frameset; cancel it, or wait till it is done.")
            old = self.lists.file(folder, number)
            agrees(old.tag)
            check(session)
            found.version, found.bytes = found.version + 1, found.bytes + new.stat().st_size - old.bytes
            note_exchange(folder, number)
            # Moved, never written over: jobs may hold the old bytes by a link.
            new.replace(old.path)
            sync_folder(folder)
        return self.lists.file(folder, number)

    def delete(self, owner: str, id_: str) -> None:
        """Delete a frameset.

        Raises:
            Problem: there is none, or a job makes it or needs it.

        """
        with self._database.writing() as session:
            row = session.get(Frameset, id_, with_for_update=True)
            if row is None or row.owner != owner:
                raise _missing()
            needed = row.job_id if _state(row, session.get(Job, row.job_id)) == "making" else None
            if needed := needed or needed_by(session, owner, id_):
                raise Problem("conflict", f"job {needed} works on this frameset; cancel it, or wait till it is done.")
            session.delete(row)
        shutil.rmtree(self._folder / row.path, ignore_errors=True)


def _state(row: Frameset, job: Job | None) -> str:
    if row.frames or (job is not None and job.state in _ENDED):
        return "ready"
    return "making" if job is not None and job.state in ("queued", "running") else "failed"


def _missing() -> Problem:
    return Problem("not-found", "there is no such frameset, or it was deleted; GET /api/framesets lists yours.")
