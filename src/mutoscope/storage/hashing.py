"""Names for bytes and values: SHA-256 of a file, and of canonical JSON."""

import functools
import hashlib
import json
from pathlib import Path

from mutoscope.core.errors import InputError

__all__ = ["hash_file", "hash_json"]


def hash_json(value: object) -> str:
    """Digest a value as canonical JSON (sorted keys, no spaces, UTF-8); 64 hexadecimal digits.

    Raises:
        TypeError: where JSON has no such type.
        ValueError: for NaN and infinities, which JSON does not know.

    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_file(path: Path) -> str:
    """Digest a file's bytes in constant memory; 64 hexadecimal digits.

    A second call is free as long as size, time of change and inode stay the same.

    Raises:
        InputError: where the file cannot be read.

    """
    path = path.absolute()
    try:
        before = _stamp(path)
        digest = _digest(path, before)
        after = _stamp(path)
    except OSError as error:
        raise InputError(f"{path} could not be read ({error.strerror}); give a file that exists") from error
    if before != after:
        raise InputError(f"{path} changed while it was read; wait till it is written and start again")
    return digest


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


@functools.lru_cache(maxsize=256)
def _digest(path: Path, stamp: tuple[int, int, int]) -> str:  # noqa: ARG001 - a part of the memo's key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
