"""What every kind of store can do, and the ways in which it fails. Starts without fsspec."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

__all__ = [
    "ChangedError",
    "DeniedError",
    "Entry",
    "Files",
    "MissingError",
    "RefusedError",
    "Sending",
    "Stat",
    "StoreError",
    "TransientError",
    "Upload",
]

_STEP_BYTES = 8 * 2**20


class StoreError(Exception):
    """What a store answered. `places` makes one line for a person of it; the text never holds a secret."""


class MissingError(StoreError):
    """Nothing is there (404)."""


class DeniedError(StoreError):
    """The store knows us and says no, or does not know us (401, 403)."""


class ChangedError(StoreError):
    """Something else is there than was there before (412, 409)."""


class RefusedError(StoreError):
    """It cannot be done; the text says why and what to do."""


class TransientError(StoreError):
    """It may go well in a moment (429, 500, 503, a lost connection, a time-out).

    Attributes:
        retry_after_s: when the store wants to be asked again, if it says so.
        is_timeout: it was silent, and not merely unwilling.

    """

    def __init__(self, text: str, retry_after_s: float | None = None, *, is_timeout: bool = False) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s
        self.is_timeout = is_timeout


@dataclass(frozen=True)
class Stat:
    """What is known of some bytes before they are read.

    Attributes:
        size: bytes; -1 where the store does not say.
        version: changes whenever the bytes do: ETag, revision, or size and time.
        digest: kind ("sha256", "md5", "dropbox") and value, where the store knows one of the bytes.
        has_ranges: whether a part of it can be asked for.

    """

    size: int
    version: str
    digest: tuple[str, str] | None = field(default=None, compare=False)
    has_ranges: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Entry:
    """A file in a listing."""

    path: str
    stat: Stat


class Upload(Protocol):
    """Bytes on their way: nothing can be seen of them before `finish`."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        ...

    def finish(self) -> Stat:
        """Let them appear under their name, if what is there is still what was expected."""
        ...

    def abort(self) -> None:
        """Forget them."""
        ...


@dataclass(frozen=True)
class Sending:
    """What is known of an upload before it begins.

    Attributes:
        expected: what is there now; None: nothing. Anything else that is there at the end stays.
        size: bytes that will come, if that is known.
        sha256: their digest, to be kept beside them where the store can do that.

    """

    expected: Stat | None
    size: int | None = None
    sha256: str | None = None


class Files(ABC):
    """The files below one root. All paths are relative and were checked (`uris.check_path`). All raise `StoreError`."""

    @abstractmethod
    def stat(self, path: str) -> Stat:
        """Look at a file."""

    @abstractmethod
    def read(self, path: str, start: int, end: int, stat: Stat) -> bytes:
        """Give the bytes from start to before end of the very version that was looked at."""

    def stream(self, path: str, stat: Stat) -> Iterator[bytes]:
        """Give all bytes in order; the only way where a store cannot give parts."""
        for start in range(0, stat.size, _STEP_BYTES):
            yield self.read(path, start, min(start + _STEP_BYTES, stat.size), stat)

    def walk(self, folder: str, *, is_deep: bool = True) -> Iterator[Entry]:  # noqa: ARG002 - for those that can
        """Give every file in a folder ("" or "a/b/"), and in those below it; at best in order of their names."""
        raise RefusedError("such an address cannot be a pattern or a folder; name one file")

    def upload(self, path: str, sending: Sending) -> Upload:  # noqa: ARG002 - likewise
        """Begin to write a file."""
        raise RefusedError("it is only read; write to a file, s3://, dropbox:// or data://")

    def remove(self, path: str) -> None:  # noqa: ARG002 - likewise
        """Remove a file, where there is one."""
        raise RefusedError("it is only read")

    def local(self, path: str) -> Path | None:  # noqa: ARG002 - likewise
        """Give the file's own path where it lies on this machine, else None."""
        return None
