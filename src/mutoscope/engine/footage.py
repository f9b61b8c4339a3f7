"""What lies in a folder of footage: films, and files that are none, each with the reason."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.video.info import VideoInfo, probe

__all__ = ["Found", "find_footage", "look_at"]

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".dng", ".cr2", ".nef", ".arw"})
_SIDE_FILES = frozenset({".xmp", ".thm", ".lrv", ".srt", ".xml", ".txt", ".csv", ".json", ".log", ".md", ".pdf"})


@dataclass(frozen=True)
class Found:
    """A file of the folder.

    Attributes:
        path: where it lies.
        name: relative to the folder, with forward slashes; what is no UTF-8 in it is escaped.
        error: why it cannot be sorted, or None.
        is_film: whether it was meant to be one: others are only counted.

    """

    path: Path
    name: str
    error: str | None = None
    is_film: bool = True


def find_footage(folder: Path, *apart: Path) -> list[Found]:
    """List the files of a folder and of the folders in it, by name. Hidden ones are passed over.

    Args:
        folder: of footage, or a single film.
        apart: folders that are not looked into, such as that of the report.

    Raises:
        InputError: it is no folder, or cannot be read.

    """
    if folder.is_file():
        return [Found(folder, _name(folder, folder.parent), _refused(folder))]
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; give the folder that your footage lies in.")
    left_out = {path.resolve() for path in apart}
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); check its permissions.") from None
    return list(_walk(folder, folder, left_out))


def _walk(folder: Path, root: Path, left_out: set[Path]) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as problem:
        yield Found(folder, _name(folder, root), f"the folder cannot be read ({problem.strerror}).", is_film=False)
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if path.resolve() not in left_out:
                yield from _walk(path, root, left_out)
        else:
            is_film = path.suffix.lower() not in _PICTURES | _SIDE_FILES
            yield Found(path, _name(path, root), _refused(path), is_film)


def _refused(path: Path) -> str | None:
    """Say what can be said without opening a file."""
    if path.suffix.lower() in _PICTURES:
        return "a picture; only films are sorted."
    if path.suffix.lower() in _SIDE_FILES:
        return "no film."
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return "a link to a file that is not there."
    except OSError as error:
        return f"cannot be read ({error.strerror})."
    if not path.is_file():
        return "no file: a folder that is linked, or a device."
    return "empty: it has no bytes." if size == 0 else None


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode()


def look_at(found: Found) -> VideoInfo | str:
    """Open a film's header; give the reason where that is not possible."""
    if found.error is not None:
        return found.error
    try:
        info = probe(found.path)
    except MutoscopeError as error:
        return str(error).replace(str(found.path), "it")
    if info.kind != "video":
        return "a picture; only films are sorted."
    return info
