"""Running digests of the kinds that stores tell: of bytes that go, to be compared with what arrived."""

import hashlib
from typing import Protocol

__all__ = ["Checksum", "checksum", "is_known"]

_DROPBOX_BLOCK_BYTES = 4 * 2**20
_KINDS = ("sha256", "md5", "dropbox")


class Checksum(Protocol):
    """A digest that is fed piece by piece."""

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""
        ...

    def hexdigest(self) -> str:
        """Give the digest of all that came."""
        ...


def is_known(kind: str) -> bool:
    """Tell whether a kind of digest can be computed here."""
    return kind in _KINDS


def checksum(kind: str) -> Checksum:
    """Begin a digest: "sha256", "md5" or "dropbox"."""
    if kind == "dropbox":
        return _DropboxHash()
    return hashlib.md5(usedforsecurity=False) if kind == "md5" else hashlib.sha256()


class _DropboxHash:
    """Dropbox's content hash: SHA-256 of the SHA-256s of blocks of 4 MB (dropbox.com/developers/reference/content-hash)."""  # noqa: E501

    def __init__(self) -> None:
        self._blocks = hashlib.sha256()
        self._block = hashlib.sha256()
        self._filled = 0

    def update(self, data: bytes, /) -> None:
        view = memoryview(data)
        while view:
            room = _DROPBOX_BLOCK_BYTES - self._filled
            self._block.update(view[:room])
            self._filled += len(view[:room])
            view = view[room:]
            if self._filled == _DROPBOX_BLOCK_BYTES:
                self._blocks.update(self._block.digest())
                self._block, self._filled = hashlib.sha256(), 0

    def hexdigest(self) -> str:
        whole = self._blocks.copy()
        if self._filled:
            whole.update(self._block.digest())
        return whole.hexdigest()
