"""An upload to S3: one request for what is small, parts side by side for what is not."""

import contextlib
import secrets
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mutoscope.storage.protocol import ChangedError, MissingError, RefusedError, Sending, Stat, StoreError

if TYPE_CHECKING:
    from mutoscope.storage.s3_files import S3Files

__all__ = ["S3Upload"]

_PART_BYTES = 8 * 2**20
_MAX_PARTS = 10_000
_AT_ONCE = 4
_MARK_FIELD = "mutoscope-upload"


class S3Upload:
    """Bytes on their way to S3. Memory: six parts of 8 MB; larger parts only for what is larger than 80 GB."""

    def __init__(self, files: "S3Files", path: str, sending: Sending, metadata: Mapping[str, str]) -> None:
        self._files, self._path, self._expected = files, path, sending.expected
        # An answer may get lost when the bytes have arrived; by this mark we know our own object again.
        self._mark = secrets.token_hex(8)
        self._metadata = {**metadata, _MARK_FIELD: self._mark}
        self._part_bytes = max(_PART_BYTES, -(-(sending.size or 0) // _MAX_PARTS))
        self._buffer = bytearray()
        self._parts: list[Future[dict[str, Any]]] = []
        self._upload_id: str | None = None
        self._pool: ThreadPoolExecutor | None = None

    def write(self, data: bytes) -> None:
        """Take the next bytes; wait where four parts are on their way already."""
        self._buffer += data
        while len(self._buffer) >= self._part_bytes:
            part = bytes(memoryview(self._buffer)[: self._part_bytes])
            del self._buffer[: self._part_bytes]
            self._send(part)

    def finish(self) -> Stat:
        """Let the object appear."""
        if self._upload_id is None:
            body = bytes(self._buffer)
            self._put("put_object", Body=body, Metadata=self._metadata)
        else:
            if self._buffer:
                self._send(bytes(self._buffer))
            parts = [part.result() for part in self._parts]
            self._put("complete_multipart_upload", UploadId=self._upload_id, MultipartUpload={"Parts": parts})
            self._upload_id = None
        self._close()
        return self._files.stat(self._path)

    def abort(self) -> None:
        """Forget what was sent: unfinished parts cost money."""
        for part in self._parts:
            part.cancel()
        self._close()
        if self._upload_id is not None:
            with contextlib.suppress(StoreError):
                self._files.call("abort_multipart_upload", Key=self._key, UploadId=self._upload_id)
            self._upload_id = None

    @property
    def _key(self) -> str:
        return self._files.key(self._path)

    def _send(self, part: bytes) -> None:
        if self._pool is None:
            begun = self._files.patience(
                lambda: self._files.call("create_multipart_upload", Key=self._key, Metadata=self._metadata)
            )
            self._upload_id = str(begun["UploadId"])
            self._pool = ThreadPoolExecutor(_AT_ONCE, "mutoscope-upload")
        number = len(self._parts) + 1
        if number > _MAX_PARTS:
            raise RefusedError(f"it is larger than {_MAX_PARTS} parts of {self._part_bytes} bytes; say its size before")
        if number > _AT_ONCE:
            self._parts[number - 1 - _AT_ONCE].result()
        self._parts.append(self._pool.submit(self._part, number, part))

    def _part(self, number: int, part: bytes) -> dict[str, Any]:
        sent = self._files.patience(
            lambda: self._files.call(
                "upload_part", Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=part
            )
        )
        return {"PartNumber": number, "ETag": sent["ETag"]}

    def _put(self, method: str, **arguments: Any) -> None:
        condition = {"IfNoneMatch": "*"} if self._expected is None else {"IfMatch": self._expected.version}
        try:
            self._files.patience(lambda: self._files.call(method, Key=self._key, **condition, **arguments))
        except RefusedError as error:
            if str(error) != "NotImplemented":
                raise
            # A server without conditional writes: the best that can be done is to look once more.
            self._look_again()
            self._files.patience(lambda: self._files.call(method, Key=self._key, **arguments))
        except (ChangedError, MissingError):
            if not self._is_ours():
                raise

    def _is_ours(self) -> bool:
        """Tell whether what is there is what we sent: the first answer was lost, and the second try met ourselves."""
        with contextlib.suppress(StoreError):
            found = self._files.patience(lambda: self._files.call("head_object", Key=self._key))
            return bool((found.get("Metadata") or {}).get(_MARK_FIELD) == self._mark)
        return False

    def _look_again(self) -> None:
        try:
            now: Stat | None = self._files.stat(self._path)
        except MissingError:
            now = None
        if now != self._expected:
            raise ChangedError("")

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
