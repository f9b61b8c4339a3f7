"""Uploads under way: rows in the database, bytes in uploads/<id>. How much has come is the length of the file."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Media, Upload
from mutoscope.service.ids import new_id
from mutoscope.service.media.checking import Check
from mutoscope.service.media.incoming import Incoming, length_of, remove
from mutoscope.service.media.names import clean_name
from mutoscope.service.media.tus import Checksum
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = ["Uploads"]

_MOVED_S = 60.0
"""An expiry is written anew when it has moved by so much, not with each small piece."""

_MOST_HASHES = 256


class _Adopting(Protocol):
    """Makes media of what has arrived; `library.Library` does."""

    def adopt_upload(
        self, path: Path, name: str, caller: Upload, told: Mapping[str, str], *, digest: str | None = None
    ) -> Media: ...

    def get(self, owner: str, id_: str) -> Media: ...


class Uploads:
    """Uploads of all owners. Any thread may use it; one upload has one sender at a time.

    Attributes:
        folder: of the bytes.

    """

    def __init__(self, settings: Settings, database: Database, library: _Adopting) -> None:
        self._settings, self._database, self._library = settings, database, library
        self.folder = settings.data / "uploads"
        self._hashes: OrderedDict[str, tuple[int, _Hash]] = OrderedDict()

    def create(self, caller: Caller, length: int, told: Mapping[str, str], check: Check | None = None) -> Upload:
        """Begin an upload.

        Args:
            caller: whose it is.
            length: bytes of the whole file.
            told: Upload-Metadata.
            check: called in the transaction that takes the room; it may raise.

        Raises:
            Problem: the file is empty or too large.

        """
        if length == 0:
            raise Problem("invalid", "Upload-Length is 0; an empty file is no media.", pointer="Upload-Length")
        check_size(self._settings, length)
        now = time.time()
        upload = Upload(
            id=new_id("u"),
            owner=caller.owner,
            token_id=caller.token_id,
            name=clean_name(told.get("filename") or told.get("name") or ""),
            length=length,
            told=dict(told),
            created_at=now,
            expires_at=now + self._settings.upload_hours * 3600,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._database.writing() as session:
            if check is not None:
                check(session)
            session.add(upload)
        return upload

    def find(self, owner: str, id_: str) -> Upload:
        """Give an upload of an owner.

        Raises:
            Problem: there is none, or it has expired.

        """
        with self._database.reading() as session:
            upload = session.get(Upload, id_)
        if upload is None or upload.owner != owner or upload.expires_at < time.time():
            raise Problem("not-found", "there is no such upload; it has expired, was removed or refused: begin anew.")
        return upload

    def path(self, upload: Upload) -> Path:
        """Give the file of an upload; it need not exist."""
        return self.folder / upload.id

    def offset(self, upload: Upload) -> int:
        """Give the bytes that are there for good."""
        return upload.length if upload.media_id is not None else length_of(self.path(upload))

    def receive(self, upload: Upload, offset: int, checksum: Checksum | None = None) -> Incoming:
        """Open the file of an upload for more bytes.

        Raises:
            Problem: it has all bytes, another number of them, or another sender.

        """
        if upload.media_id is not None:
            raise Problem("conflict", "all bytes of this upload are there; its media is told by Mutoscope-Media.")
        counted, hashed = self._hashes.pop(upload.id, (0, None))
        return Incoming(
            self.path(upload),
            offset,
            length=upload.length,
            is_exact=True,
            checksum=checksum,
            hashed=hashed if counted == offset else None,
        )

    def close(self, upload: Upload, incoming: Incoming) -> None:
        """Close the file; remember what was counted along, and that the upload does not stand still."""
        incoming.close()
        if incoming.hashed is not None and incoming.offset:
            self._hashes[upload.id] = (incoming.offset, incoming.hashed)
            while len(self._hashes) > _MOST_HASHES:
                self._hashes.popitem(last=False)
        until = time.time() + self._settings.upload_hours * 3600
        if until - upload.expires_at < _MOVED_S:
            return
        with self._database.writing() as session:
            found = session.get(Upload, upload.id)
            if found is not None:
                found.expires_at = upload.expires_at = until

    def finish(self, upload: Upload) -> Media | None:
        """Make media of an upload whose bytes have all come; None as long as some are missing.

        It may be called again: media is made once.

        Raises:
            Problem: somebody is still sending, or the media was deleted in between.

        """
        path = self.path(upload)
        if upload.media_id is None and length_of(path) < upload.length:
            return None
        if upload.media_id is None:
            with Incoming(path, upload.length, length=upload.length, is_exact=True):  # nobody else, till it is moved
                upload = self.find(upload.owner, upload.id)
                if upload.media_id is None:
                    counted, hashed = self._hashes.pop(upload.id, (0, None))
                    digest = hashed.hexdigest() if hashed is not None and counted == upload.length else None
                    return self._library.adopt_upload(path, upload.name, upload, upload.told, digest=digest)
        return self._library.get(upload.owner, upload.media_id or "")

    def remove(self, upload: Upload) -> None:
        """Remove an upload; media that was made of it stays.

        Raises:
            Problem: somebody is sending to it.

        """
        if (path := self.path(upload)).exists():
            # The file goes first: without a row it would be swept up, and nobody could send to it meanwhile.
            remove(path)
        with self._database.writing() as session:
            found = session.get(Upload, upload.id)
            if found is not None:
                session.delete(found)
        self._hashes.pop(upload.id, None)

    def expired(self, now: float | None = None, limit: int = 1000) -> list[Upload]:
        """List uploads that stood still too long."""
        wanted = select(Upload).where(Upload.expires_at < (time.time() if now is None else now)).limit(limit)
        with self._database.reading() as session:
            return list(session.scalars(wanted))

    def expire(self, now: float | None = None) -> int:
        """Remove uploads that stood still too long; tell how many."""
        removed = 0
        for upload in self.expired(now):
            try:
                self.remove(upload)
            except Problem:
                continue  # somebody is sending, slowly
            removed += 1
        return removed


def check_size(settings: Settings, length: int) -> None:
    """See that a file is not too large.

    Raises:
        Problem: it is.

    """
    if length > settings.upload_bytes:
        raise Problem("too-large", f"the file has {length} bytes; at most {settings.upload_bytes} are taken here.")
