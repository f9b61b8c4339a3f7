"""What a file is called in messages: as its owner calls it, not as it lies here."""

from collections.abc import Iterator
from contextlib import contextmanager

from mutoscope.core.errors import InputError, MutoscopeError

__all__ = ["called", "tidy"]

_MOST_CHARS = 120


def tidy(name: str) -> str:
    """Make a stranger's file name fit for a message: its last part, printable, of bounded length."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(letter if letter.isprintable() else "?" for letter in last)
    return shown if len(shown) <= _MOST_CHARS else f"{shown[: _MOST_CHARS - 20]}…{shown[-16:]}"


@contextmanager
def called(path: str, name: str) -> Iterator[None]:
    """Let errors within name a file as its owner does.

    Raises:
        InputError: what was raised, in those words.

    """
    try:
        yield
    except MutoscopeError as error:
        raise InputError(str(error).replace(path, tidy(name) or "the file")) from None
