"""Labelled pictures on disk: class folders and tables of names and labels, with what could not be used and why."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mutoscope.core.errors import InputError

__all__ = ["Labelled", "LabelledSet", "Skipped", "Task", "class_of", "from_rows", "read_labelled"]

Task = Literal["blur", "exposure"]

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
_CLASSES: dict[Task, tuple[tuple[str, str], ...]] = {
    # In this order: "not blurred" holds the word "blurred" too.
    "blur": (
        (r"(^|[^a-z])(no|non|not|un)[\s_-]*blur", "sharp"),
        (r"undistorted|sharp|good|clear|keep|in[\s_-]*focus|(^|[^a-z])(no|false)$", "sharp"),
        (r"defocus|out[\s_-]*of[\s_-]*focus|unfocus", "defocus"),
        (r"motion|shake|shaken|camera", "camera"),
        (r"blur|bad|reject|(^|[^a-z])(yes|true)$", "blurred"),
    ),
    "exposure": (
        (r"over|bright", "over"),
        (r"under|dark|dim", "under"),
        (r"good|normal|well|correct|right|ok|keep", "good"),
    ),
}
_TEST = re.compile(r"test|val|valid|validation|evaluation", re.IGNORECASE)
_TRAIN = re.compile(r"train|training", re.IGNORECASE)


@dataclass(frozen=True)
class Labelled:
    """One picture and what it is called.

    Attributes:
        path: of the picture.
        label: sharp, blurred, defocus, camera; or good, under, over.
        is_test: it lies in a folder for testing: nothing is learned from it.

    """

    path: Path
    label: str
    is_test: bool = False


@dataclass(frozen=True)
class Skipped:
    """What could not be used, by name or row, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class LabelledSet:
    """Pictures in a fixed order, and what was left out."""

    pictures: tuple[Labelled, ...]
    skipped: tuple[Skipped, ...] = ()

    def counts(self) -> dict[str, int]:
        """Count the pictures of each label."""
        labels = [picture.label for picture in self.pictures]
        return {label: labels.count(label) for label in sorted(set(labels))}


def class_of(text: str, task: Task) -> str | None:
    """Say what a folder's name or a cell of a table means, or None.

    In tables 1 means blurred and 0 or -1 sharp, as in the CERTH set; for exposure 0, 1, 2 are good, under, over, as in
    the seed.
    """
    word = text.strip().lower()
    number = re.fullmatch(r"([+-]?\d+)(\.0+)?", word)
    if number:
        value = int(number[1])
        if task == "blur":
            return "blurred" if value == 1 else "sharp" if value in (0, -1) else None
        return {0: "good", 1: "under", 2: "over"}.get(value)
    return next((name for pattern, name in _CLASSES[task] if re.search(pattern, word)), None)


def read_labelled(path: Path, task: Task) -> LabelledSet:
    """Read labelled pictures.

    Args:
        path: a folder with a folder for each class (`Blurred_images`, `sharp`, `Overexposed` …), under `Train` and
            `Test` or without them; or a CSV with names in the first column, with or without extension, and labels in
            the second, with the pictures beside it or below.
        task: decides what names of classes mean.

    Raises:
        InputError: nothing is there, or nothing of it can be used.

    """
    if path.is_dir():
        found = _from_folders(path, task)
    elif path.is_file():
        found = from_rows(_table(path), path.parent, task)
    else:
        raise InputError(f"{path} does not exist; give a folder with a folder for each class, or a CSV.")
    if not found.pictures:
        reasons = "; ".join(f"{s.name}: {s.reason}" for s in found.skipped[:3]) or "it is empty"
        raise InputError(f"{path} has no picture with a label that can be used ({reasons}).")
    return found


def from_rows(rows: Iterable[tuple[int, Sequence[str]]], folder: Path, task: Task) -> LabelledSet:
    """Find the pictures that rows of a table name.

    Args:
        rows: number in the file, and cells: name, label.
        folder: where pictures are looked for, below it too; a name that lies in several places is left out.
        task: decides what labels mean.

    """
    by_name: dict[str, list[Path]] = {}
    for picture in _pictures(folder):
        relative = picture.relative_to(folder).as_posix().lower()
        for key in {relative, picture.name.lower(), relative.rsplit(".", 1)[0], picture.stem.lower()}:
            by_name.setdefault(key, []).append(picture)
    pictures: list[Labelled] = []
    skipped: list[Skipped] = []
    taken: set[Path] = set()
    for number, cells in rows:
        name = cells[0].strip() if cells else ""
        label = class_of(cells[1], task) if len(cells) > 1 else None
        key = name.replace("\\", "/").lower()
        places = by_name.get(key, [])
        reason = (
            "it has no name"
            if not name
            else f"{name} has no label"
            if len(cells) < 2 or not cells[1].strip()
            else f"the label {cells[1].strip()[:40]!r} of {name} means nothing here"
            if label is None
            else f"there is no picture {name} in {folder.name}"
            if not places
            else f"there are {len(places)} pictures called {name}; give the folder too"
            if len(places) > 1
            else f"{name} was named before"
            if places[0] in taken
            else ""
        )
        if reason or label is None:
            skipped.append(Skipped(f"row {number}", reason))
        else:
            taken.add(places[0])
            pictures.append(Labelled(places[0], label, _is_test(places[0].relative_to(folder))))
    return LabelledSet(tuple(pictures), tuple(skipped))


def _from_folders(root: Path, task: Task) -> LabelledSet:
    pictures, skipped = [], []
    for path in _files(root):
        inside = path.relative_to(root)
        # The nearest folder decides: Train/Good/blurred_images is of the class "blurred".
        folders = [*reversed(inside.parent.parts), root.name]
        label = next((found for part in folders if not _is_part(part) and (found := class_of(part, task))), None)
        if path.suffix.lower() not in _SUFFIXES:
            skipped.append(Skipped(inside.as_posix(), "it is no picture by its name"))
        elif label is None:
            skipped.append(Skipped(inside.as_posix(), f"no folder above it names a class of {task}"))
        else:
            pictures.append(Labelled(path, label, _is_test(inside)))
    return LabelledSet(tuple(pictures), tuple(skipped))


def _is_part(folder: str) -> bool:
    return bool(_TEST.fullmatch(folder) or _TRAIN.fullmatch(folder))


def _is_test(inside: Path) -> bool:
    return any(_TEST.fullmatch(part) for part in inside.parent.parts)


def _files(folder: Path) -> Iterator[Path]:
    """Give all files in a fixed order; what systems leave behind (.DS_Store, __MACOSX, ._name) does not count."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not any(part.startswith(".") or part == "__MACOSX" for part in parts) and path.is_file():
            yield path


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in _files(folder) if path.suffix.lower() in _SUFFIXES)


def _table(path: Path) -> list[tuple[int, list[str]]]:
    """Read a table; a first row whose second cell is no label of any kind is its head."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [(i, row) for i, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1) if any(row)]
    except csv.Error as error:
        raise InputError(f"{path} is no table of names and labels ({error}); give a CSV.") from None
    if rows and len(rows[0][1]) > 1 and _is_head(rows[0][1]):
        rows = rows[1:]
    return rows


def _is_head(cells: Sequence[str]) -> bool:
    return bool(
        re.fullmatch(r"\W*(image|file|picture|photo|name|path|my\w*)\b.*", cells[0].strip(), re.IGNORECASE)
    ) and (not cells[0].strip().lower().endswith(_SUFFIXES))
