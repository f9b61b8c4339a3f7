"""After a kill: what stands half done is finished or removed, so that each row has its bytes and all bytes a row."""

import logging
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from mutoscope.core.errors import MutoscopeError
from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Media, Upload
from mutoscope.service.media.incoming import length_of
from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings
from mutoscope.storage.lock import lock

if TYPE_CHECKING:
    from mutoscope.service.media.library import Library

__all__ = ["recheck", "recover"]

_log = logging.getLogger(__name__)


def recover(library: "Library", settings: Settings, database: Database) -> threading.Thread | None:
    """Put the folders in order, then look at what was not looked at to its end, in a thread of its own.

    Returns:
        the thread, where there is something to look at.

    """
    uploads, media = settings.data / "uploads", settings.data / "media"
    for folder in (uploads, media):
        folder.mkdir(parents=True, exist_ok=True)
    with database.reading() as session:
        checking = list(session.scalars(select(Media).where(Media.state == "checking")))
        came_by = {one.media_id: one for one in session.scalars(select(Upload).where(Upload.media_id.is_not(None)))}
    for one in checking:
        _bring_in(library, database, one, came_by.get(one.id))
    _sweep_media(database, media)
    _sweep_uploads(database, uploads)
    whole = _whole_uploads(library, database)
    if not checking and not whole:
        return None
    thread = threading.Thread(target=_go_on, args=(library, database, whole), name="media-recovery", daemon=True)
    thread.start()
    return thread


def recheck(library: "Library", database: Database) -> None:
    """Look at all media that waits for it."""
    with database.reading() as session:
        waiting = list(session.scalars(select(Media).where(Media.state == "checking")))
    for media in waiting:
        try:
            place = _place(library.folder, media)
            if place is not None:
                media.path = str(place.relative_to(library.folder))
                library.check(media)
        except (Problem, MutoscopeError, OSError) as error:
            _log.warning("media %s could not be looked at: %s", media.id, error)


def _go_on(library: "Library", database: Database, whole: list[Upload]) -> None:
    for upload in whole:
        try:
            library.uploads.finish(upload)
        except (Problem, MutoscopeError, OSError) as error:
            _log.warning("upload %s could not be finished: %s", upload.id, error)
    recheck(library, database)


def _bring_in(library: "Library", database: Database, media: Media, upload: Upload | None) -> None:
    """Move bytes whose row had been written when the server died; forget a row whose bytes never came."""
    if _place(library.folder, media) is not None:
        return
    if upload is not None and (waiting := library.uploads.path(upload)).is_file():
        library.move_in(media, waiting)
        return
    with database.writing() as session:
        row = session.get(Media, media.id)
        if row is not None and row.state == "checking":
            session.delete(row)


def _place(folder: Path, media: Media) -> Path | None:
    """Find the bytes of media that was being looked at: with the suffix that it was to get, or without."""
    around = (folder / media.path).parent
    return next((path for path in sorted(around.glob("original*")) if path.is_file()), None)


def _sweep_media(database: Database, folder: Path) -> None:
    present = [path for path in folder.iterdir() if path.is_dir()]
    for start in range(0, len(present), 500):
        some = present[start : start + 500]
        with database.reading() as session:
            wanted = select(Media.id).where(Media.id.in_([path.name for path in some]), Media.state != "refused")
            known = set(session.scalars(wanted))
        for path in some:
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)


def _sweep_uploads(database: Database, folder: Path) -> None:
    present = [path for path in folder.iterdir() if path.is_file()]
    with database.reading() as session:
        known = set(session.scalars(select(Upload.id).where(Upload.media_id.is_(None))))
    for path in present:
        if path.name.removesuffix(".start") in known:
            continue
        with path.open("rb") as stream:
            if lock(stream, wait=False):  # otherwise another server is writing it
                path.unlink(missing_ok=True)


def _whole_uploads(library: "Library", database: Database) -> list[Upload]:
    with database.reading() as session:
        waiting = list(session.scalars(select(Upload).where(Upload.media_id.is_(None))))
    return [one for one in waiting if length_of(library.uploads.path(one)) == one.length]
