"""Files in a Dropbox, through its own SDK: tokens that renew themselves, upload sessions, hashes, revisions.

The fsspec driver (dropboxdrivefs 1.4.1) takes one access token and never renews it; those live four hours.
"""

import contextlib
from collections.abc import Callable, Iterator
from operator import methodcaller
from typing import Any, TypeVar

from mutoscope.storage.checksums import checksum
from mutoscope.storage.dropbox_login import find_login
from mutoscope.storage.protocol import (
    ChangedError,
    DeniedError,
    Entry,
    Files,
    MissingError,
    RefusedError,
    Sending,
    Stat,
    StoreError,
    TransientError,
)
from mutoscope.storage.retries import CONNECT_S, READ_S, Patience

__all__ = ["DropboxFiles"]

_Given = TypeVar("_Given")
_CHUNK_BYTES = 8 * 2**20
"""A multiple of 4 MB, as Dropbox wants it; it stays in memory till it has arrived."""


class DropboxFiles(Files):
    """The files of a Dropbox, below a folder.

    Args:
        prefix: "" or "folder/".
        profile: whose account (`dropbox_login`).

    """

    def __init__(self, prefix: str = "", *, profile: str | None = None) -> None:
        self._prefix, self._profile = prefix, profile
        self._client_made: Any = None
        self.patience = Patience()

    def __repr__(self) -> str:
        return f"DropboxFiles({self._prefix!r})"

    def stat(self, path: str) -> Stat:
        """Look at a file."""
        return self.ask(lambda client: _stat(client.files_get_metadata(self.full(path))))

    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:  # noqa: ARG002 - the revision says it all
        """Give a part of the very revision that was looked at."""
        if end <= start:
            return b""
        wanted = {"Range": f"bytes={start}-{end - 1}"}

        def get(client: Any) -> bytes:
            _, answer = client.files_download(f"rev:{stat.version}", extra_headers=wanted)
            with contextlib.closing(answer):
                return bytes(answer.content)

        data = self.ask(get)
        if len(data) == stat.size and end - start < stat.size:  # a proxy that does not know ranges
            data = data[start:end]
        if len(data) != end - start:
            raise ChangedError("")
        return data

    def walk(self, folder: str, *, is_deep: bool = True) -> Iterator[Entry]:
        """Give every file in a folder."""
        top = self.full(folder.rstrip("/"))
        page: Any = self.ask(lambda client: client.files_list_folder(top, recursive=is_deep))
        found: list[Entry] = []
        while True:
            # Folders have no revision. Dropbox gives a path back as it was first written: only its length is certain.
            found += [
                Entry(one.path_display[len(self.full("")) :].lstrip("/"), _stat(one))
                for one in page.entries
                if hasattr(one, "rev")
            ]
            if not page.has_more:
                break
            page = self.ask(methodcaller("files_list_folder_continue", page.cursor))
        yield from sorted(found, key=lambda entry: entry.path)

    def upload(self, path: str, sending: Sending) -> "_Upload":
        """Begin to write a file."""
        return _Upload(self, path, sending.expected)

    def remove(self, path: str) -> None:
        """Remove a file; Dropbox keeps it among the deleted ones."""
        with contextlib.suppress(MissingError):
            self.ask(lambda client: client.files_delete_v2(self.full(path)))

    def full(self, path: str) -> str:
        """Give the path as the API wants it: "" is the root."""
        whole = (self._prefix + path).rstrip("/")
        return f"/{whole}" if whole else ""

    def ask(self, call: Callable[[Any], _Given]) -> _Given:
        """Call the API, with patience.

        Raises:
            StoreError: what Dropbox answered.

        """

        def once() -> _Given:
            try:
                return call(self._client())
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - the SDK's, and those of requests, which the SDK lets through
                # "from None": a failed request carries its headers with it.
                raise _translated(error) from None

        return self.patience(once)

    def _client(self) -> Any:
        if self._client_made is None:
            from dropbox import Dropbox

            login = find_login(self._profile)
            self._client_made = Dropbox(
                oauth2_access_token=login.access_token or None,
                oauth2_refresh_token=login.refresh_token or None,
                app_key=login.app_key or None,
                app_secret=login.app_secret or None,
                user_agent="mutoscope",
                timeout=(CONNECT_S, READ_S),
                max_retries_on_error=0,  # ours know when a server is gone and when it says no
                max_retries_on_rate_limit=0,
            )
        return self._client_made


class _Upload:
    """Bytes on their way to Dropbox."""

    def __init__(self, files: DropboxFiles, path: str, expected: Stat | None) -> None:
        self._files, self._path, self._expected = files, path, expected
        self._sum = checksum("dropbox")
        self._buffer = bytearray()
        self._session: str | None = None
        self._offset = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._sum.update(data)
        self._buffer += data
        while len(self._buffer) > _CHUNK_BYTES:
            chunk = bytes(memoryview(self._buffer)[:_CHUNK_BYTES])
            del self._buffer[:_CHUNK_BYTES]
            self._send(chunk)

    def finish(self) -> Stat:
        """Let the file appear."""
        rest = bytes(self._buffer)
        try:
            stat = self._files.ask(lambda client: _stat(self._commit(client, rest)))
        except (ChangedError, MissingError):
            # The answer to a first try may have been lost: then what is there is ours.
            stat = self._ours()
        if stat.digest is not None and stat.digest[1] != self._sum.hexdigest():
            raise RefusedError("other bytes arrived than were sent; try again")
        return stat

    def abort(self) -> None:
        """Forget what was sent: Dropbox drops an unfinished session by itself."""
        self._session = None

    def _send(self, chunk: bytes) -> None:
        from dropbox.files import UploadSessionCursor

        if self._session is None:
            begun: Any = self._files.ask(lambda client: client.files_upload_session_start(chunk))
            self._session = str(begun.session_id)
        else:
            cursor = UploadSessionCursor(self._session, self._offset)
            self._files.ask(lambda client: self._append(client, chunk, cursor))
        self._offset += len(chunk)

    def _append(self, client: Any, chunk: bytes, cursor: Any) -> None:
        from dropbox.exceptions import ApiError

        try:
            client.files_upload_session_append_v2(chunk, cursor)
        except ApiError as error:
            # The bytes of a first try have arrived, only its answer has not.
            if _right_offset(error.error) != self._offset + len(chunk):
                raise

    def _commit(self, client: Any, rest: bytes) -> Any:
        from dropbox.files import CommitInfo, UploadSessionCursor, WriteMode

        mode = WriteMode.add if self._expected is None else WriteMode.update(self._expected.version)
        place = self._files.full(self._path)
        if self._session is None:
            return client.files_upload(rest, place, mode=mode, mute=True, strict_conflict=True)
        cursor = UploadSessionCursor(self._session, self._offset)
        info = CommitInfo(place, mode=mode, mute=True, strict_conflict=True)
        return client.files_upload_session_finish(rest, cursor, info)

    def _ours(self) -> Stat:
        try:
            now = self._files.stat(self._path)
        except MissingError:
            raise ChangedError("") from None
        if now.digest is None or now.digest[1] != self._sum.hexdigest():
            raise ChangedError("")
        return now


def _stat(found: Any) -> Stat:
    if not hasattr(found, "rev"):
        raise RefusedError("it is a folder; name a file in it")
    return Stat(int(found.size), str(found.rev), ("dropbox", str(found.content_hash)) if found.content_hash else None)


_TOO_OLD = (
    "the access token has expired (they live four hours); run 'mutoscope stores login dropbox' for one that renews"
)
_NOT_ACCEPTED = "Dropbox does not accept the token; run 'mutoscope stores login dropbox'"

_WORDS: tuple[tuple[str, Callable[[], StoreError]], ...] = (
    ("not_found", lambda: MissingError("")),
    ("conflict", lambda: ChangedError("")),
    ("too_many", lambda: TransientError("Dropbox wants us to wait", 1.0)),
    ("insufficient_space", lambda: RefusedError("the Dropbox is full; make room there")),
    ("permission", lambda: DeniedError("")),
    ("restricted_content", lambda: DeniedError("")),
    ("malformed_path", lambda: RefusedError("Dropbox does not allow that name; choose another one")),
    ("disallowed_name", lambda: RefusedError("Dropbox does not allow that name; choose another one")),
)
"""What the unions that routes answer with mean: their tags are words."""


def _translated(error: Exception) -> StoreError:
    from dropbox import exceptions as said

    if isinstance(error, said.RateLimitError):
        return TransientError("Dropbox wants us to wait", float(error.backoff or 1.0))
    if isinstance(error, said.AuthError):
        return DeniedError(_TOO_OLD if "expired" in repr(error.error) else _NOT_ACCEPTED)
    if isinstance(error, said.InternalServerError):
        return TransientError(f"Dropbox is busy ({error.status_code})")
    if isinstance(error, said.ApiError):
        words = repr(error.error)
        return next((told() for word, told in _WORDS if word in words), RefusedError("Dropbox refused it"))
    return _of_connection(error)


def _of_connection(error: Exception) -> StoreError:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return RefusedError("its certificate is not trusted; set REQUESTS_CA_BUNDLE to your own authority's file")
    if isinstance(error, requests.exceptions.Timeout):
        return TransientError("Dropbox does not answer", is_timeout=True)
    if isinstance(error, requests.exceptions.RequestException | OSError):
        return TransientError("Dropbox cannot be reached")
    if getattr(error, "status_code", 0) in (401, 403):
        return DeniedError("the app may lack the right files.content.read or files.content.write")
    return RefusedError(f"Dropbox's answer cannot be used ({type(error).__name__})")


def _right_offset(error: Any) -> int | None:
    for name in ("is_incorrect_offset", "is_lookup_failed"):
        if getattr(error, name, lambda: False)():
            inner = getattr(error, name.replace("is_", "get_"))()
            return int(inner.correct_offset) if hasattr(inner, "correct_offset") else _right_offset(inner)
    return None
