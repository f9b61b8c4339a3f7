"""Writing to an address: everything appears when it is whole, and only over what was there before."""

import contextlib
import io
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mutoscope.core.errors import OutputError
from mutoscope.storage.addressed import Place, error_line, place_at
from mutoscope.storage.checksums import checksum
from mutoscope.storage.folders import cache_folder, make_folder
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.protocol import MissingError, RefusedError, Sending, Stat, StoreError, Upload

__all__ = ["Outgoing", "begin", "check_writable", "open_write", "outgoing_folder", "put", "remove", "write_place"]

_COPY_BYTES = 2**20
_STALE_S = 7 * 24 * 3600.0


@contextlib.contextmanager
def write_place(uri: str | Path) -> Iterator[Path]:
    """Lend a local path; what is written there is sent, and appears at the address when all of it has arrived.

    The path has the name that the address ends in. Films need it: mp4 and mov put their index in front at the end, mkv
    and webm write their length back into the head. If sending fails, the file is kept and the error says where.

    Raises:
        OutputError: the store is only read, something else came to the address meanwhile, or it cannot be reached.

    """
    out = begin(uri)
    place = out.place
    folder = outgoing_folder()
    temp = folder / (place.uri.name if len(place.uri.name.encode()) <= 200 else hash_json(place.uri.name)[:32])
    is_kept = False
    try:
        yield temp
        if not temp.exists():
            raise OutputError(f"nothing was written for {place.uri}; the film may have no frames.")
        try:
            out.send(temp)
        except OutputError as error:
            is_kept = True
            raise type(error)(f"{error} The file was kept as {temp}.") from None
    finally:
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Outgoing:
    """An address that something will be sent to, and what was there when that was decided: only that is replaced."""

    place: Place
    expected: Stat | None

    def send(self, local: Path) -> Stat:
        """Send a local file; it appears when all of it has arrived.

        Raises:
            InputError: the file cannot be read.
            OutputError: as `write_place`.

        """
        return _send(self.place, local, self.expected)


def put(local: Path, uri: str | Path) -> Stat:
    """Send a local file to an address; it appears when all of it has arrived.

    Raises:
        InputError: the file cannot be read.
        OutputError: as `write_place`.

    """
    return begin(uri).send(local)


@contextlib.contextmanager
def open_write(uri: str | Path, *, only_new: bool = False) -> Iterator[BinaryIO]:
    """Write to an address without a local copy: parts are sent as they come. On an error nothing appears.

    For what is written from front to back: pages, tables, MPEG-TS. It cannot seek.

    Args:
        uri: where it goes.
        only_new: refuse to replace anything, also what is there already.

    Raises:
        OutputError: as `write_place`.

    """
    out = begin(uri)
    place, expected = out.place, out.expected
    if only_new and expected is not None:
        raise OutputError(f"{place.uri} is there already; choose another name.")
    upload = place.told(lambda: place.files.upload(place.path, Sending(expected)), writing=True)
    stream = _Stream(place, upload)
    try:
        yield cast("BinaryIO", stream)
        place.told(upload.finish, writing=True)
    except BaseException:
        upload.abort()
        raise


def remove(uri: str | Path) -> None:
    """Remove the bytes at an address, where there are any.

    Raises:
        OutputError: the store is only read, or says no.

    """
    place = place_at(uri)
    check_writable(place)
    place.told(lambda: place.files.remove(place.path), writing=True)


def outgoing_folder() -> Path:
    """Make a new folder for files that wait to be sent; what was never sent goes after a week.

    Raises:
        OutputError: that is not possible.

    """
    around = make_folder(cache_folder() / "outgoing")
    with contextlib.suppress(OSError):
        for one in around.iterdir():
            if time.time() - one.stat().st_mtime > _STALE_S:
                shutil.rmtree(one, ignore_errors=True)
    return make_folder(around / secrets.token_hex(8))


class _Stream(io.RawIOBase):
    def __init__(self, place: Place, upload: Upload) -> None:
        super().__init__()
        self._place, self._upload, self._at = place, upload, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: object) -> int:
        taken = bytes(memoryview(data))  # type: ignore[arg-type]
        self._place.told(lambda: self._upload.write(taken), writing=True)
        self._at += len(taken)
        return len(taken)


def begin(uri: str | Path) -> Outgoing:
    """Look at what is there before anything is written.

    Raises:
        OutputError: the store is only read, or cannot be reached, or the address names no file.

    """
    place = place_at(uri)
    check_writable(place)
    if place.uri.is_folder or "*" in place.path:
        raise OutputError(f"{place.uri} names no file; give the name that it shall have.")
    try:
        return Outgoing(place, place.files.stat(place.path))
    except MissingError as error:
        if str(error) == "bucket":
            raise OutputError(error_line(place, error, writing=True)) from None
        return Outgoing(place, None)
    except StoreError as error:
        raise OutputError(error_line(place, error, writing=True)) from None


def check_writable(place: Place) -> None:
    """Refuse a place that is only read.

    Raises:
        OutputError: it is; the text says how to allow it.

    """
    if place.store.mode == "rw":
        return
    if place.store.name:
        raise OutputError(
            f"{place.uri} is in the store {place.store.name!r}, which is only read; add it anew with --write."
        )
    if place.uri.scheme in ("http", "https"):
        raise OutputError(f"{place.uri} is only read; write to a file, s3://, dropbox:// or data://.")
    raise OutputError(
        f"{place.uri} is only read, as long as no store says otherwise; allow it: "
        f"mutoscope stores add NAME {place.store.uri} --write"
    )


def _send(place: Place, local: Path, expected: Stat | None) -> Stat:
    sent = checksum("sha256")
    sha256 = hash_file(local)
    size = local.stat().st_size

    def send() -> Stat:
        upload = place.files.upload(place.path, Sending(expected, size, sha256))
        try:
            with local.open("rb") as stream:
                while data := stream.read(_COPY_BYTES):
                    sent.update(data)
                    upload.write(data)
            if sent.hexdigest() != sha256:
                raise RefusedError(f"{local.name} changed while it was sent; send it again")
            arrived = upload.finish()
            if arrived.size != size:
                raise RefusedError(f"{arrived.size} of {size} bytes arrived; try again")
        except BaseException:
            upload.abort()
            raise
        return arrived

    return place.told(send, writing=True)
