"""Taking in media. A file is media when it was looked at and found good.

Nothing is lost when the server is killed: a row stands in the database before its bytes are moved, and goes before they
are removed, so that what is left over can be told from what is missing; `recover` puts it in order.
"""

import logging
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job, Media, Upload
from mutoscope.service.ids import new_id
from mutoscope.service.media import checking
from mutoscope.service.media.checking import Check
from mutoscope.service.media.derived import Derived
from mutoscope.service.media.formats import format_of
from mutoscope.service.media.framesets import Framesets
from mutoscope.service.media.incoming import sync_file
from mutoscope.service.media.names import clean_name
from mutoscope.service.media.shelf import Shelf, missing
from mutoscope.service.media.uploads import Uploads
from mutoscope.service.problems import CATALOGUE, Problem
from mutoscope.service.sandbox.sandbox import Sandbox
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings
from mutoscope.storage.atomic import sync_folder
from mutoscope.storage.hashing import hash_file

__all__ = ["Check", "Counting", "Library", "refusal_of"]

_log = logging.getLogger(__name__)


class Counting(Protocol):
    """What counts uploads; `operations.metrics.Metrics` does."""

    def refused(self, reason: str) -> None:
        """Count a refused file."""

    def took_in(self, number: int) -> None:
        """Count bytes that arrived."""


class Library(Shelf):
    """All media of all owners. Any thread may use it.

    Attributes:
        metrics: what counts.
        uploads: those under way.
        framesets: films as pictures.
        derived: pictures of media, made when they are wanted.

    """

    def __init__(self, settings: Settings, database: Database, sandbox: Sandbox, metrics: Counting) -> None:
        super().__init__(settings.data, database)
        self._settings, self._sandbox = settings, sandbox
        self.metrics = metrics
        self.uploads = Uploads(settings, database, self)
        self.derived = Derived(self, sandbox)
        self.framesets = Framesets(settings.data, database)

    def recover(self) -> None:
        """Put in order what a killed server left. Call it once at start; checks of films go on in a thread."""
        from mutoscope.service.media.recovery import recover

        recover(self, self._settings, self._database)

    def adopt_upload(
        self,
        path: Path,
        name: str,
        caller: Caller | Upload,
        told: Mapping[str, str],
        *,
        digest: str | None = None,
        check: Check | None = None,
    ) -> Media:
        """Take in a file that has arrived whole: it is moved, looked at in the sandbox, and is ready or refused.

        Args:
            path: the bytes; they are moved away.
            name: as somebody sent it.
            caller: whose it is; an upload, where it came by one.
            told: what else is known: filename; role, where it is no upload. "filetype" is not believed.
            digest: SHA-256 of the bytes, where it is known.
            check: called in the transaction that takes the room.

        Returns:
            the media, in state ready or refused; checking, where the sandbox could not be asked just now.

        """
        sync_file(path)
        media = Media(
            id=new_id("m"),
            owner=caller.owner,
            token_id=caller.token_id,
            name=clean_name(name or told.get("filename", "")),
            state="checking",
            kind="archive",
            type="application/octet-stream",
            suffix="",
            bytes=path.stat().st_size,
            sha256=digest or "",
            # What comes with an upload is its sender's word: it may not pass as the result of a job.
            role="upload" if isinstance(caller, Upload) else told.get("role", "upload"),
            created_at=time.time(),
        )
        media.path = f"media/{media.id}/original"
        with self._database.writing() as session:
            if check is not None:
                check(session)
            if isinstance(caller, Upload):
                session.get_one(Upload, caller.id).media_id = media.id
            session.add(media)
        self.move_in(media, path)
        return self.check(media)

    def move_in(self, media: Media, path: Path) -> None:
        """Move arrived bytes to their place; its row stands already."""
        place = self.folder / media.path
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        sync_folder(place.parent)
        sync_folder(place.parent.parent)

    def check(self, media: Media) -> Media:
        """Look at bytes that lie in their place; gives the media ready or refused."""
        place = self.folder / media.path
        try:
            digest = media.sha256 or hash_file(place)
            looked = checking.look(self._sandbox, self._settings, place, media.name, beside=place.parent)
        except Problem as problem:
            if problem.kind.name in checking.PASSING:
                _log.warning("media %s could not be looked at now (%s); it will be later", media.id, problem.detail)
                return media
            return self._refuse(media, problem)
        final = place.with_name(f"original{looked.suffix}")
        if final != place:
            place.replace(final)
            sync_folder(final.parent)
        changes = {
            "state": "ready",
            "kind": looked.kind,
            "type": looked.type,
            "suffix": looked.suffix,
            "sha256": digest,
            "path": f"media/{media.id}/{final.name}",
            "version": media.version + 1,
            "info": looked.info,
        }
        return self._change(media, changes)

    def adopt_output(self, job: Job, path: Path, role: str, name: str) -> Media:
        """Take in what a job has made; it stays where it is. The same file is taken in once, however often it is told.

        Args:
            job: that made it.
            path: within the data folder.
            role: result, manifest, report …
            name: what it is called.

        """
        place = str(path.absolute().relative_to(self.folder.absolute()))
        kind, type_ = format_of(path.suffix)
        told = {
            "name": clean_name(name),
            "state": "ready",
            "kind": role if role in ("filter", "model") else kind,
            "type": type_,
            "suffix": path.suffix.lower()[:16],
            "bytes": path.stat().st_size,
            "sha256": hash_file(path),
            "role": role,
        }
        with self._database.reading() as session:
            known = session.scalar(select(Media).where(Media.job_id == job.id, Media.path == place))
        id_ = new_id("m") if known is None else known.id
        if kind in ("video", "picture", "sound"):
            told["info"] = self._info_of_ours(path, name, self.folder / "media" / id_)
        with self._database.writing() as session:
            media = session.get(Media, id_)
            if media is None:
                media = Media(id=id_, owner=job.owner, token_id=job.token_id, path=place, job_id=job.id)
                media.created_at = time.time()
                session.add(media)
            for key, value in told.items():
                setattr(media, key, value)
        return media

    def _info_of_ours(self, path: Path, name: str, beside: Path) -> dict[str, Any] | None:
        try:
            return checking.look(self._sandbox, self._settings, path, name, beside=beside, is_ours=True).info
        except Problem as problem:
            _log.info("a result tells nothing of itself: %s", problem.detail)
            return None

    def _refuse(self, media: Media, problem: Problem) -> Media:
        self.metrics.refused(problem.kind.name)
        media = self._change(
            media, {"state": "refused", "problem": problem.body(), "bytes": 0, "version": media.version + 1}
        )
        shutil.rmtree(self.beside(media), ignore_errors=True)
        return media

    def _change(self, media: Media, changes: Mapping[str, object]) -> Media:
        with self._database.writing() as session:
            found = session.get(Media, media.id)
            if found is not None:
                for key, value in changes.items():
                    setattr(found, key, value)
        if found is None:  # somebody has deleted it while it was looked at
            shutil.rmtree(self.beside(media), ignore_errors=True)
            raise missing()
        return found


def refusal_of(media: Media) -> Problem:
    """Give the problem for which media was refused."""
    told = media.problem or {}
    name = str(told.get("type", "")).removeprefix("/problems/")
    return Problem(name if name in CATALOGUE else "media-refused", str(told.get("detail", "the file was refused.")))
