"""A thin client of the public API: upload, submit, wait, fetch. The standard library's HTTP and nothing else."""

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.service.calling.fetching import fetch
from mutoscope.service.calling.sending import send
from mutoscope.service.calling.talking import Connection

__all__ = ["ENDED", "Client", "Happening"]

ENDED = ("done", "partial", "failed", "cancelled")
"""States that a job does not leave."""

_HASHED_BYTES = 1 << 20
_CHECKING_S = 0.2


@dataclass(frozen=True)
class Happening:
    """One event of a job.

    Attributes:
        number: counts 1, 2, 3 … within the job.
        kind: state, progress, preview or notice.
        data: what it tells.

    """

    number: int
    kind: str
    data: Mapping[str, Any]


class Client:
    """Talks to one server. Lost connections are taken up again; what was sent is not sent twice.

    Args:
        url: as `mutoscope serve` prints it; a token in it is taken.
        token: of the server.
        patience_s: how long a lost connection is tried again.
        uploads: a folder where uploads under way are remembered, so that the next process goes on with them.

    Raises:
        ParameterError: the address is none, or there is no token.

    """

    def __init__(self, url: str, token: str = "", *, patience_s: float = 60.0, uploads: Path | None = None) -> None:
        self._connection = Connection(url, token, patience_s=patience_s)
        self._uploads = uploads

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The server's address, without the token."""
        return self._connection.url

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read the token: by https, or within this machine."""
        return self._connection.is_private

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON and give JSON; for what may be sent twice.

        Raises:
            ServerError: the server refused.
            UnreachableError: it does not answer.

        """
        return self._connection.ask_json(method, path, body, headers)

    def upload(self, path: Path, report: Listener = ignore) -> dict[str, Any]:
        """Give the media of a file: that which the server has already, or what becomes of an upload.

        Raises:
            InputError: the file cannot be read, or the server refused it; the message says why.
            ServerError, UnreachableError: as `ask`.

        """
        if not path.is_file():
            raise InputError(f"{path} is no file; give the name of a film, picture or filter.")
        digest = _sha256(path)
        known = self._known(digest)
        if known is None:
            known = self._checked(send(self._connection, path, digest, self._uploads, report), path)
        return known

    def submit(self, body: Mapping[str, Any], *, fresh: bool = False) -> dict[str, Any]:
        """Submit a job; the same body sent again within a day gives the same job.

        Args:
            body: kind, inputs, parameters, as POST /api/jobs takes them.
            fresh: make a new job nevertheless.

        Raises:
            ServerError: the server refused: a parameter, a quota, the cost …
            UnreachableError: it does not answer.

        """
        text = json.dumps(body, sort_keys=True) + (secrets.token_hex() if fresh else "")
        key = hashlib.sha256(text.encode()).hexdigest()
        return dict(self.ask("POST", "/api/jobs", body, {"Idempotency-Key": key}))

    def job(self, job: str) -> dict[str, Any]:
        """Give the state of a job.

        Raises:
            ServerError: there is none of that name.
            UnreachableError: as `ask`.

        """
        return dict(self.ask("GET", f"/api/jobs/{quote(job, safe='')}"))

    def cancel(self, job: str) -> dict[str, Any]:
        """Stop a job; what it has made is kept.

        Raises:
            ServerError: there is none of that name, or it has ended.
            UnreachableError: as `ask`.

        """
        return dict(self.ask("POST", f"/api/jobs/{quote(job, safe='')}/cancel"))

    def events(self, job: str, after: int = 0) -> Iterator[Happening]:
        """Give what happens to a job, each event once and in order, until it has ended.

        Args:
            job: its id.
            after: number of the last event that is known already.

        Raises:
            ServerError: there is none of that name.
            UnreachableError: the server went away and did not come back.

        """
        address = f"/api/jobs/{quote(job, safe='')}/events"
        while True:
            heard, whole = 0, False
            try:
                headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
                with self._connection.streamed("GET", address, headers=headers) as response:
                    for happening in _read_events(response):
                        if happening.number <= after:
                            continue
                        heard, after = heard + 1, happening.number
                        yield happening
                        if happening.kind == "state" and happening.data.get("state") in ENDED:
                            return
                whole = True
            except (OSError, http.client.HTTPException):
                pass
            # The stream ended: the server is being started again, a proxy lost patience, or there is nothing left.
            if self.job(job)["state"] in ENDED and whole and not heard:
                return
            time.sleep(_CHECKING_S)

    def wait(self, job: str, report: Listener = ignore) -> dict[str, Any]:
        """Watch a job until it has ended; give its last state.

        Raises:
            ServerError, UnreachableError: as `events`.

        """
        for happening in self.events(job):
            if happening.kind == "progress":
                told = happening.data
                stage, unit = str(told.get("stage", "work")), str(told.get("unit", "frames"))
                report(Progress(stage, int(told.get("done", 0)), told.get("total"), unit))
        return self.job(job)

    def outputs(self, job: str) -> list[dict[str, Any]]:
        """Give the media that a job has made; `role` tells which is the result, which the manifest.

        Raises:
            ServerError, UnreachableError: as `ask`.

        """
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = {"job": job, "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = self.ask("GET", f"/api/media?{urlencode(asked)}")
            found += page["items"]
            cursor = page.get("next")
        return found

    def download(self, media: Mapping[str, Any], to: Path, report: Listener = ignore) -> Path:
        """Fetch a file; under its name stands all of it or nothing. A broken connection goes on where it broke.

        Args:
            media: as the server told it.
            to: a folder that exists, or the name of the file.
            report: told how far it is.

        Raises:
            OutputError: it cannot be written there.
            ServerError, UnreachableError: as `ask`; also where the bytes are not those that were announced.

        """
        # A server must not choose where a file goes.
        name = str(media["name"]).replace("\\", "/").rpartition("/")[2]
        name = str(media["id"]) if name in ("", ".", "..") else name
        final = to / name if to.is_dir() else to
        fetch(self._connection, f"/api/media/{media['id']}/file", final, str(media.get("sha256", "")), report)
        return final

    def _known(self, digest: str) -> dict[str, Any] | None:
        """Find media of one's own with the same bytes."""
        found = self.ask("GET", f"/api/media?sha256={digest}&state=ready&limit=1")["items"]
        return dict(found[0]) if found else None

    def _checked(self, media_id: str, path: Path) -> dict[str, Any]:
        while True:
            media = dict(self.ask("GET", f"/api/media/{media_id}"))
            if media["state"] == "refused":
                why = (media.get("problem") or {}).get("detail", "the server does not say why")
                raise InputError(f"{path.name}: {why}")
            if media["state"] == "ready":
                return media
            time.sleep(_CHECKING_S)


def _read_events(response: http.client.HTTPResponse) -> Iterator[Happening]:
    """Take an event stream apart (HTML standard, 9.2.6), as far as this server writes it."""
    number, kind, data = 0, "message", []
    while line := response.readline():
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "id" and value.isdecimal():
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif not text:
            if data:
                told = json.loads("\n".join(data))
                yield Happening(number, kind, told if isinstance(told, dict) else {"value": told})
            kind, data = "message", []


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_HASHED_BYTES):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); see to its rights.") from None
    return digest.hexdigest()
