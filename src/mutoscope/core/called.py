"""What people call files that lie under other names: the service keeps films under ids, a history must tell titles."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["called", "name_of"]

# Of the process, not of a thread: a history may be written in a thread that whoever knows the titles did not start.
_titles: list[Mapping[str, str]] = []


@contextmanager
def called(titles: Mapping[str, str]) -> Iterator[None]:
    """Have files called by their titles while the block runs.

    Args:
        titles: by the last part of their paths, which is an id and therefore theirs alone.

    """
    _titles.append(titles)
    try:
        yield
    finally:
        _titles.remove(titles)


def name_of(path: Path) -> str:
    """Give what people call a file: its title where it has one, else its name."""
    return next((titles[path.name] for titles in _titles if path.name in titles), path.name)
