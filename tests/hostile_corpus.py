"""Files that strangers might send: 25 classes, written by a script, the same ones each time."""

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hostile_films
import hostile_pictures
import hostile_texts
import hostile_weights

__all__ = ["MARKER", "HostileFile", "make_corpus"]

MARKER = "mutoscope-was-here"
"""Name of a file that some of them would make, if they were executed."""


@dataclass(frozen=True)
class HostileFile:
    """One file.

    Attributes:
        kind: its class.
        path: where it lies, under a name of ours.
        name: that it is sent under.
        may_pass: whether it may be right to take it without a word, if it is within the limits.

    """

    kind: str
    path: Path
    name: str
    may_pass: bool = False


Made = tuple[str, bytes]
"""Name and bytes."""

_CLASSES: dict[str, Callable[[Path, random.Random], Iterator[Made]]] = {
    "playlists": hostile_texts.playlists,
    "lists of other files (ffconcat)": hostile_texts.concats,
    "streams described (SDP)": hostile_texts.streams,
    "manifests (DASH, SMIL)": hostile_texts.manifests,
    "markup (SVG, HTML) renamed": hostile_texts.markup,
    "programs renamed": hostile_texts.programs,
    "archives, links in archives": hostile_texts.archives,
    "deep or broken JSON, TOML, text": hostile_texts.deep,
    "empty, tiny": hostile_texts.tiny,
    "playlists within AVI (GAB2)": hostile_films.gab2,
    "films as bombs": hostile_films.bombs,
    "films cut off": hostile_films.truncated,
    "films with flipped bits": hostile_films.flipped,
    "films without frames": hostile_films.frameless,
    "films with absurd times": hostile_films.absurd,
    "films of nested and false boxes": hostile_films.boxes,
    "codes that are not opened": hostile_films.codes,
    "pictures as bombs": hostile_pictures.bombs,
    "pictures cut off": hostile_pictures.truncated,
    "pictures with flipped bits": hostile_pictures.flipped,
    "polyglots": hostile_pictures.polyglots,
    "pickles": hostile_weights.pickles,
    "false safetensors": hostile_weights.safetensors,
    "false arrays (npz)": hostile_weights.arrays,
    "good files under bad names": hostile_pictures.names,
}
_MAY_PASS = {
    "films with flipped bits",
    "pictures with flipped bits",
    "good files under bad names",
    # Many of these are within the limits, or are wrong only where nothing reads them.
    "films as bombs",
    "films with absurd times",
    "films of nested and false boxes",
    "pictures as bombs",
}


def make_corpus(folder: Path) -> list[HostileFile]:
    """Write all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[HostileFile] = []
    for kind, make in _CLASSES.items():
        chance = random.Random(zlib.crc32(kind.encode()))
        for name, content in make(folder, chance):
            path = folder / f"{len(found):04d}"
            path.write_bytes(content)
            found.append(HostileFile(kind, path, name, kind in _MAY_PASS))
    return found
