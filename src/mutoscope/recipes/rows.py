"""What the lists of a manifest hold: files, weights, shots, pictures; and what is told of the run."""

import os
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

__all__ = ["PathText", "Picture", "Record", "Result", "Run", "SetAside", "Shot", "UsedFile", "UsedWeights"]

PathText = Annotated[str, BeforeValidator(lambda path: os.fspath(path) if isinstance(path, os.PathLike) else path)]
"""A path as text; made of any kind of path."""


class Record(BaseModel):
    """The parent of everything in a manifest: frozen, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class UsedFile(Record):
    """A file that went into the result."""

    path: PathText
    """Where it lay."""

    sha256: str
    """Digest of its bytes."""

    bytes: int
    """Its length."""

    role: str
    """What it was: "source", "step 2 style"."""


class UsedWeights(Record):
    """Weights that somebody else trained."""

    name: str
    """Name in the table of weights."""

    sha256: str
    """Digest of the file's bytes."""

    licence: str
    """SPDX name, and whose."""

    source: str
    """Address or package that they come from."""


class Result(Record):
    """What came out."""

    path: PathText
    """Where it was written."""

    sha256: str
    """Digest of its bytes."""

    bytes: int
    """Its length."""

    frames: int
    """How many frames it has."""


class Shot(Record):
    """One piece that was computed: a shot, or a part of a long one."""

    shot: int
    """Number of the shot that it belongs to, from 0."""

    first_pts: int
    """Time stamp of its first frame."""

    end_pts: int
    """Time stamp of the first frame after it."""

    frames: int
    """How many frames it has."""

    key: str
    """Digest of all that it depends on."""

    sha256: str
    """Digest of what was computed."""


class SetAside(Record):
    """A piece that could not be computed."""

    first_pts: int
    """Time stamp of its first frame."""

    end_pts: int
    """Time stamp of the first frame after it."""

    reason: str
    """What happened."""


class Picture(Record):
    """One frame as a file."""

    file: PathText
    """Where it lies."""

    pts: int
    """Its time stamp."""

    sha256: str
    """Digest of its bytes."""


class Run(Record):
    """What may differ between two runs whose results are equal; it stands nowhere else."""

    machine: str = ""
    """System, processor, accelerator."""

    seconds: float = 0.0
    """Time that it took."""

    cpu_seconds: float = 0.0
    """Time of all processors together."""

    device_seconds: float = 0.0
    """Time of all accelerators together."""

    engine: str = ""
    """"inline", or how many workers and where."""

    computed: int = 0
    """Pieces that were computed."""

    reused: int = 0
    """Pieces that an earlier run had left."""

    started: str = ""
    """When, as ISO 8601."""

    cost: float = 0.0
    """Money for what was computed in this run, and for keeping its result, by the price book."""

    price: float = 0.0
    """The same with the margin of the price book: what a customer is told."""

    estimate: float = 0.0
    """Cost as it was expected before; 0 where nobody asked."""

    currency: str = ""
    """Of the three, three letters."""
