"""How the client downloads: whole or not at all, going on where it broke off, checked by its hash."""

import hashlib
import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from mutoscope.core.progress import Listener, Progress
from mutoscope.service.calling.talking import Connection, ServerError
from mutoscope.storage.atomic import atomic_path

__all__ = ["fetch"]

_BLOCK_BYTES = 1 << 20
_PARTIAL = 206
_BEHIND_END = 416


def fetch(connection: Connection, address: str, final: Path, digest: str, report: Listener) -> None:
    """Fetch a file.

    Args:
        connection: to the server.
        address: where it lies.
        final: where it goes; an older file stays until the new one is whole.
        digest: SHA-256 that it must have; not looked at where it is empty.
        report: told how far it is.

    Raises:
        OutputError: it cannot be written there.
        ServerError: the server refused, or the bytes are others than were announced.
        UnreachableError: the server went away and did not come back.

    """
    with atomic_path(final) as temp:
        with temp.open("w+b") as stream:
            taken = _Taken(stream, hashlib.sha256())
            connection.patiently(lambda: taken.go_on(connection, address, report))
        if digest and taken.digest.hexdigest() != digest:
            raise ServerError(f"{final.name} came with other bytes than the server announced; fetch it again.", 0)


class _Taken:
    """What has arrived, from one connection to the next."""

    def __init__(self, stream: BinaryIO, digest: "hashlib._Hash") -> None:
        self._stream = stream
        self._tag = ""
        self._offset = 0
        self.digest = digest

    def go_on(self, connection: Connection, address: str, report: Listener) -> None:
        """Take what is missing."""
        headers: Mapping[str, str] = {}
        if self._offset and self._tag:
            # If-Range: where the file has changed in between, all of it comes.
            headers = {"Range": f"bytes={self._offset}-", "If-Range": self._tag}
        with connection.streamed("GET", address, headers=headers, expect=(_BEHIND_END,)) as response:
            if response.status == _BEHIND_END:
                return
            if response.status != _PARTIAL:
                self._begin_anew()
            self._tag = response.getheader("ETag", "")
            length = response.getheader("Content-Length")
            total = None if length is None else self._offset + int(length)
            self._take(connection, response, total, report)
        if total is not None and self._offset < total:
            raise ConnectionResetError("the connection ended before the file did")

    def _take(
        self, connection: Connection, response: http.client.HTTPResponse, total: int | None, report: Listener
    ) -> None:
        # read1 gives what is there: `read` would throw it away where the connection breaks.
        while block := response.read1(_BLOCK_BYTES):
            connection.progressed()
            self._stream.write(block)
            self.digest.update(block)
            self._offset += len(block)
            report(Progress("download", self._offset, total, "bytes"))

    def _begin_anew(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()
        self._offset, self.digest = 0, hashlib.sha256()
