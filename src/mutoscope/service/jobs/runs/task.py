"""What a job works on inside of its own process, and what it hands back. Paths are relative to the job's folder."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutoscope.core.progress import Listener

__all__ = ["OUT", "Made", "Product", "Task", "whole"]

OUT = Path("out")
"""Folder for what is made."""

_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class Product:
    """A file that was made.

    Attributes:
        path: of the file; a folder for a frameset.
        role: result, manifest, report, sheet, curve, numbers …
        name: what people call it.

    """

    path: Path
    role: str
    name: str


@dataclass(frozen=True)
class Made:
    """What came of a job.

    Attributes:
        products: files, the main one first.
        frames: that were made.
        notices: what a person should know, one line each.
        partial: what is missing, or None where all is there.
        told: further numbers and words, JSON.
        money: cpu_seconds, device_seconds, cost, price and currency of a run, where its manifest tells.
        seconds: of each piece that was computed.

    """

    products: Sequence[Product] = ()
    frames: int = 0
    notices: Sequence[str] = ()
    partial: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    money: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """What is to be done.

    Attributes:
        kind: name of the kind of job.
        inputs: files by role.
        values: parameters; where media were named, files stand.
        recipe: plain values of a recipe, likewise.
        preview: at, seconds and size, where only a look is wished.
        suffix: wish for the result's name to end with.
        name: wish for what it is called.
        titles: what people call the files.
        max_cost: most that it may cost.
        sign: whether results are signed.
        prices: a price book.
        cluster: address of a dask scheduler.
        report: takes progress.

    """

    kind: str
    inputs: Mapping[str, Sequence[Path]]
    values: Mapping[str, Any]
    recipe: Mapping[str, Any] | None
    preview: Mapping[str, Any] | None
    suffix: str | None
    name: str | None
    titles: Mapping[str, str]
    max_cost: float | None
    sign: bool
    prices: str | None
    cluster: str | None
    report: Listener

    def one(self, role: str) -> Path:
        """Give the file of a role that is wanted."""
        return self.inputs[role][0]

    def maybe(self, role: str) -> Path | None:
        """Give the file of a role, or None."""
        found = self.inputs.get(role, ())
        return found[0] if found else None

    def many(self, role: str) -> list[Path]:
        """Give the files of a role."""
        return list(self.inputs.get(role, ()))

    def source(self, role: str = "source") -> Path:
        """Give the film, picture or sequence of a role: of a frameset the pattern of its pictures."""
        return as_source(self.one(role))

    def title(self, path: Path) -> str:
        """Say what people call a file, without its suffix."""
        id_ = path if path.name.startswith(("m_", "f_")) else path.parent
        told = self.titles.get(str(id_), "")
        return Path(told).stem or self.kind

    def place(self, stem: str, suffix: str) -> Path:
        """Give a place in the folder of results; of a name only harmless signs are taken."""
        safe = _UNSAFE.sub("-", stem).strip("-.")[:80] or "result"
        return OUT / f"{safe}{suffix}"

    def result(self, source: Path | None = None, suffix: str = ".mp4") -> tuple[Path, str]:
        """Give the place of the result, and what people will call it.

        Args:
            source: what it is made of.
            suffix: where nobody wished for one; of a picture's result it is .png.

        """
        is_picture = source is not None and source.suffix.lower() in _PICTURES and "%" not in source.name
        ending = self.suffix or (".png" if is_picture and suffix == ".mp4" else suffix)
        stem = self.name or (self.kind if source is None else f"{self.title(source)}-{self.kind}")
        return self.place(stem, ending), f"{stem}{ending}"


def as_source(path: Path) -> Path:
    """Give the pattern of a frameset's pictures; every other file as it is."""
    if not path.is_dir():
        return path
    first = next((one for one in sorted(path.iterdir()) if one.name.startswith("frame_")), None)
    return path / f"frame_%06d{'.png' if first is None else first.suffix}"


def whole(paths: Sequence[Path], role: str) -> list[Product]:
    """Make products of files under their own names."""
    return [Product(path, role, path.name) for path in paths]
