"""How the client uploads: tus 1.0, in pieces with checksums, going on where it broke off."""

import base64
import hashlib
import json
from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress
from mutoscope.service.calling.talking import Answer, Connection, ServerError

__all__ = ["send"]

_PIECE_BYTES = 8 << 20
_TUS = {"Tus-Resumable": "1.0.0"}
_LOST_UPLOAD = (404, 410)
_MEDIA = "mutoscope-media"  # the header that tells what became of the file
_AGAIN = (409, 460)  # the server stands elsewhere than we thought; the piece was spoilt on the way


def send(connection: Connection, path: Path, digest: str, memory: Path | None, report: Listener) -> str:
    """Upload a file; give the id of the media that becomes of it.

    Args:
        connection: to the server.
        path: the file.
        digest: its SHA-256.
        memory: a folder where the upload is remembered until it is whole; an earlier one is taken up there.
        report: told how far it is.

    Raises:
        InputError: the server refused the file, or it changes while it is read.
        ServerError: the server refused.
        UnreachableError: the server went away and did not come back.

    """
    length = path.stat().st_size
    note = None if memory is None else memory / f"{_name(connection.url, digest)}.json"
    address = _remembered(note) or _begin(connection, path, length, digest)
    failures = 0
    while True:
        _remember(note, address)
        try:
            media = connection.patiently(lambda: _go_on(connection, address, path, length, report))  # noqa: B023 # called at once
            break
        except ServerError as error:
            failures += 1
            if error.type == "/problems/media-refused":
                if note is not None:
                    note.unlink(missing_ok=True)
                raise InputError(f"{path.name}: {error}") from None
            if failures > 3 or error.status not in (*_LOST_UPLOAD, *_AGAIN):
                raise
            if error.status in _LOST_UPLOAD:
                address = _begin(connection, path, length, digest)
    if note is not None:
        note.unlink(missing_ok=True)
    return media


def _begin(connection: Connection, path: Path, length: int, digest: str) -> str:
    told = {"filename": path.name, "sha256": digest}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
    headers = {**_TUS, "Upload-Length": str(length), "Upload-Metadata": metadata, "Content-Length": "0"}
    answer = connection.patiently(lambda: connection.ask("POST", "/api/uploads", None, headers))
    address = answer.headers.get("location")
    if not address:
        raise ServerError("the server did not say where to send the file; is it a Mutoscope server?", answer.status)
    return address


def _go_on(connection: Connection, address: str, path: Path, length: int, report: Listener) -> str:
    """Send what the server has not got yet."""
    answer = connection.ask("HEAD", address, headers=_TUS)
    offset = _offset(answer)
    with path.open("rb") as stream:
        while not (media := answer.headers.get(_MEDIA)):
            report(Progress("upload", offset, length, "bytes"))
            stream.seek(offset)
            piece = stream.read(min(_PIECE_BYTES, length - offset))
            if not piece and offset < length:
                raise InputError(f"{path} became shorter while it was sent; send it when it is whole.")
            # An empty piece at the end: the server has all bytes, and died before it had looked at them.
            answer = connection.ask("PATCH", address, piece, _piece_headers(offset, piece))
            connection.progressed()
            if not piece and _MEDIA not in answer.headers:
                raise ServerError("the server has the file but does not say what became of it.", answer.status)
            offset = _offset(answer)
    report(Progress("upload", length, length, "bytes"))
    return media


def _offset(answer: Answer) -> int:
    told = answer.headers.get("upload-offset", "")
    if not told.isdecimal():
        raise ServerError("the server did not say how much has arrived; is it a Mutoscope server?", answer.status)
    return int(told)


def _piece_headers(offset: int, piece: bytes) -> dict[str, str]:
    checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    return {
        **_TUS,
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sha256 {checksum}",
        "Content-Type": "application/offset+octet-stream",
    }


def _name(url: str, digest: str) -> str:
    return hashlib.sha256(f"{url}\n{digest}".encode()).hexdigest()[:32]


def _remembered(note: Path | None) -> str | None:
    try:
        told = json.loads(note.read_text(encoding="utf-8")) if note is not None else None
    except (OSError, ValueError):
        return None
    address = told.get("upload") if isinstance(told, dict) else None
    return address if isinstance(address, str) else None


def _remember(note: Path | None, address: str) -> None:
    if note is not None:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"upload": address}), encoding="utf-8")
