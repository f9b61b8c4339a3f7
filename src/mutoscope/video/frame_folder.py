"""A film as a folder of pictures: frame_000001.png …, in and out. Which time each belongs to is told elsewhere."""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage.atomic import atomic_path, sync_folder
from mutoscope.video.info import PICTURE_SUFFIXES
from mutoscope.video.picture import load_picture, probe_picture, save_picture
from mutoscope.video.sound_file import SOUND_NAMES

__all__ = ["FrameFolder", "PictureSet", "first_few", "list_pictures", "load_frame", "measure"]

_OURS = re.compile(r"frame_\d{6,}\.(?:png|jpg|tiff|webp)")
_MAX_NAMED = 3


@dataclass(frozen=True)
class PictureSet:
    """What the pictures of a film have in common.

    Attributes:
        width: px, upright.
        height: px, upright.
        has_alpha: whether any of them is transparent somewhere.

    """

    width: int
    height: int
    has_alpha: bool


class FrameFolder:
    """Takes pictures into a hidden folder and moves them to their places together; a context manager.

    The owner says when: `move()`, then it writes its manifest, then `finish()`. A killed run leaves the hidden
    folder behind; its name tells the next run of the same film that the pictures beside it are its own.

    Args:
        folder: made if missing.
        owner: what the pictures come from, such as the source's digest.
        suffix: of the pictures, such as ".png".

    Attributes:
        notices: what a person should know, one line each.
        unfinished: whether a killed run of the same owner left pictures here.
        hidden: where the files wait.

    Raises:
        OutputError: the folder is a file, cannot be made or cannot be written.

    """

    def __init__(self, folder: Path, owner: str, suffix: str) -> None:
        self.notices: list[str] = []
        self._folder, self._suffix = folder, suffix
        self._prefix = f".frames-{owner[:16]}-"
        self._number = 0
        self._moving = False
        self._made = not folder.exists()
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder} is a file; name a folder for the pictures.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._leftovers = [path for path in folder.glob(f"{self._prefix}*") if path.is_dir()]
            self.unfinished = bool(self._leftovers)
            self.hidden = Path(tempfile.mkdtemp(prefix=self._prefix, suffix=".part", dir=folder))
        except OSError as error:
            raise OutputError(f"the folder {folder} cannot be written ({error.strerror}); choose another.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what is not finished; what was broken off while moving is left to the next run."""
        if self._moving:
            return
        shutil.rmtree(self.hidden, ignore_errors=True)
        if self._made and kind is not None:
            with suppress(OSError):
                self._folder.rmdir()

    def add(self, frame: Clip) -> Path:
        """Save one frame under the next number; it lies in `hidden`.

        Raises:
            OutputError: the disk is full, or the format cannot hold the size.

        """
        self._number += 1
        path = self.hidden / f"frame_{self._number:06d}{self._suffix}"
        with atomic_path(path, sweep=False) as temp:
            notices = save_picture(frame, temp)
        self.notices += [notice for notice in notices if notice not in self.notices]
        return path

    def move(self, older: Iterable[str], mark: str) -> None:
        """Move all files to their places and remove the older ones that no new file replaced.

        Args:
            older: names of files that an earlier run of the same film has left.
            mark: name of the file that says that the folder is whole; it goes first.

        """
        self._moving = True
        (self._folder / mark).unlink(missing_ok=True)
        names = {path.name for path in self.hidden.iterdir()}
        for name in names:
            (self.hidden / name).replace(self._folder / name)
        for name in set(older) - names:
            # The list comes from a file that anybody may have written: only what is named as ours names goes.
            if _OURS.fullmatch(name) or name in SOUND_NAMES:
                (self._folder / name).unlink(missing_ok=True)
        sync_folder(self._folder)

    def finish(self) -> None:
        """Say that all is written, the manifest too."""
        for leftover in self._leftovers:
            shutil.rmtree(leftover, ignore_errors=True)
        self._moving = False

    def strangers(self, known: Collection[str]) -> list[str]:
        """Name pictures and sound that the folder holds and that are not among those of an earlier run."""
        ours = set(known)
        if self.unfinished:
            ours |= self.leftover_names()
        names = [path.name for path in list_pictures(self._folder)]
        names += sorted(name for name in SOUND_NAMES if (self._folder / name).exists())
        return [name for name in names if name not in ours]

    def leftover_names(self) -> set[str]:
        """Name the files that a killed run may have left under final names."""
        if not self.unfinished:
            return set()
        names = {path.name for path in list_pictures(self._folder) if _OURS.fullmatch(path.name)}
        return names | {name for name in SOUND_NAMES if (self._folder / name).exists()}


def list_pictures(folder: Path) -> list[Path]:
    """List the pictures of a folder in natural order: 2 before 10. Hidden files are left out.

    Raises:
        InputError: there is no such folder.

    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(f"{folder} {what}; give a folder with pictures.")
    found = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and not p.name.startswith(".")]
    return sorted((path for path in found if path.is_file()), key=_natural)


def _natural(path: Path) -> tuple[list[tuple[bool, int, str]], str]:
    # Digits come before letters, as in any listing; runs of them count as numbers.
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name.lower())
    return [(False, int(part), "") if part[0] in "0123456789" else (True, 0, part) for part in parts], path.name


def measure(paths: Iterable[Path]) -> PictureSet:
    """Read the headers of all pictures.

    Raises:
        InputError: one is missing, damaged or of another size than the first, or there is none.

    """
    first: tuple[Path, int, int] | None = None
    has_alpha = False
    for path in paths:
        info = probe_picture(path)
        first = first or (path, info.width, info.height)
        if (info.width, info.height) != first[1:]:
            raise InputError(
                f"{path} is {info.width}x{info.height} and {first[0].name} is {first[1]}x{first[2]}; "
                "make all pictures alike."
            )
        has_alpha |= info.has_alpha
    if first is None:
        raise InputError("there is no picture; give at least one.")
    return PictureSet(first[1], first[2], has_alpha)


def load_frame(path: Path, pts: int, time_base: Fraction, pictures: PictureSet) -> Clip:
    """Read one picture as the frame of a film; one without transparency is solid where others have it.

    Raises:
        InputError: it is damaged.

    """
    frame = replace(load_picture(path, pts=pts), time_base=time_base)
    if frame.alpha_T1HW is None and pictures.has_alpha:
        return replace(frame, alpha_T1HW=torch.ones(1, 1, *frame.size))
    return frame


def first_few(names: list[str]) -> str:
    """Give the first few names as text."""
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
