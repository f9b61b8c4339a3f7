"""Arrays in .npz: the headers only. No pickle is opened, nothing is unpacked."""

import math
import tokenize
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from mutoscope.core.errors import InputError

__all__ = ["look_at_numbers"]

_MOST_ARRAYS = 256
_MOST_BYTES = 16_000_000_000
_MOST_RATIO = 200
"""How much smaller than its contents a file may be: packed numbers come to 2 or 3."""
_MOST_HEADER = 10_000


def look_at_numbers(path: Path) -> dict[str, Any]:
    """Check that a file holds arrays of plain numbers, of sizes that fit what it states.

    Raises:
        InputError: it is damaged, holds Python objects or other files, or unpacks to far too much.

    """
    arrays: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > _MOST_ARRAYS or total > min(_MOST_BYTES, _MOST_RATIO * path.stat().st_size):
                raise InputError(f"{path} unpacks to {total / 1e6:.0f} MB in {len(members)} parts; it was refused.")
            for member in members:
                if not member.filename.endswith(".npy") or "/" in member.filename or "\\" in member.filename:
                    raise InputError(f"{path} holds other things than arrays; give the .npz that Mutoscope wrote.")
                arrays[member.filename.removesuffix(".npy")] = _header(archive, member)
    except (
        zipfile.BadZipFile,
        ValueError,
        EOFError,
        OSError,
        SyntaxError,
        tokenize.TokenError,
        TypeError,
        OverflowError,
    ):
        raise InputError(f"{path} is no whole .npz file of plain numbers; write it again.") from None
    except (NotImplementedError, RuntimeError, MemoryError, RecursionError):
        raise InputError(f"{path} is packed in a way that is not opened here; write it again.") from None
    return {"kind": "numbers", "arrays": arrays}


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> dict[str, Any]:
    """Read type and shape of one array.

    Raises:
        ValueError: it holds objects, or is of another size than its file.

    """
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(file, max_header_size=_MOST_HEADER)
        start = file.tell()
    if kind.hasobject or math.prod(shape) * kind.itemsize != member.file_size - start:
        raise ValueError
    return {"shape": list(shape), "dtype": str(kind)[:100]}
