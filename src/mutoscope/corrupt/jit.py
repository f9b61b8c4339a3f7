"""Loops over pixels and grids as machine code: numba, with its results kept in our cache folder."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from mutoscope.storage.folders import cache_folder

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., object])


def _keeps_code(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _digest() -> str:
    """Digest the sources beside this one: numba looks at a kernel's own file only, and kernels call each other."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder() / "numba") / _digest()
_keeps = _keeps_code(_folder)
if _keeps:
    # Numba's own choice is beside the source, which an installed package may not be able to write.
    numba.config.CACHE_DIR = str(_folder)  # type: ignore[attr-defined] # options are made at run time


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers at its first call; other threads run meanwhile.

    No fast maths and no threads of its own: the same input gives the same bits on every number of cores.
    """
    compiled = numba.njit(cache=_keeps, nogil=True, fastmath=False)(function)
    if _keeps:
        _forgive(compiled._cache)  # type: ignore[attr-defined] # numba has no public way in
    return cast("F", compiled)


def _forgive(kept: Any) -> None:
    """Let code that cannot be read be compiled anew, and code that cannot be written not be kept: a cache never fails.

    Numba reads pickles that a crash or a bad disk may have cut short, and raises whatever they raise.
    """
    load, save = kept.load_overload, kept.save_overload

    def load_or_none(*args: Any) -> Any:
        try:
            return load(*args)
        except Exception:  # noqa: BLE001 # see above
            with contextlib.suppress(Exception):
                kept.flush()
            return None

    def save_or_not(*args: Any) -> None:
        with contextlib.suppress(Exception):
            save(*args)

    kept.load_overload, kept.save_overload = load_or_none, save_or_not
