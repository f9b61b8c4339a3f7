"""What a history says about one generation of a file: made by what, from what, with what. Data only, no paths."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = ["FORMAT", "History", "Material", "Origin", "Step", "canonical"]

FORMAT = "mutoscope.history/1"
"""Written into every record; the number grows when older programs could not read a newer record."""


@dataclass(frozen=True)
class Step:
    """One thing that was done.

    Attributes:
        effect: its name, like "filter.play".
        params: what was said about it; names of files, never places.
        materials: names of the materials that it used.

    """

    effect: str
    params: Mapping[str, Any] = field(default_factory=dict)
    materials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """A film or picture that the file was made from.

    Attributes:
        name: of its file.
        sha256: of its bytes; of a sequence, of all its pictures.

    """

    name: str
    sha256: str = ""


@dataclass(frozen=True)
class Material:
    """Something else that took part: a filter, a network, a style picture, a mask.

    Attributes:
        kind: "filter", "model", "weights", "style picture", "file".
        name: what one calls it, or the name of its file.
        sha256: of its bytes.
        title: of the painting or film that it was trained from, or that it shows.
        artist: who made that.
        year: when.
        licence: under which terms that may be used.
        source: where it comes from.
        path: where it lies here and now, so that its own history can be taken along; never written down.

    """

    kind: str
    name: str
    sha256: str = ""
    title: str = ""
    artist: str = ""
    year: str = ""
    licence: str = ""
    source: str = ""
    path: Path | None = field(default=None, compare=False)


@dataclass(frozen=True)
class History:
    """One generation of a file.

    Attributes:
        steps: what was done, in order.
        materials: what took part.
        sources: what it was made from; the first one is the film that was worked on.
        recipe: the recipe as canonical JSON, with names instead of paths; empty where there is none.
        figures: numbers and versions worth keeping: frames, seed, versions.
        source_type: last part of IPTC's digital source type, like "algorithmicMedia"; empty where nobody knows.
        version: of Mutoscope.
        unsigned_sha256: of the file's bytes before it was signed, which is what a manifest and a replay know.
        signed: when, as ISO 8601 in UTC; `sign_file` fills it in.

    """

    steps: tuple[Step, ...] = ()
    materials: tuple[Material, ...] = ()
    sources: tuple[Origin, ...] = ()
    recipe: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    source_type: str = ""
    version: str = ""
    unsigned_sha256: str = ""
    signed: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Give JSON values; `from_plain` reads them."""
        plain = asdict(self)
        for material in plain["materials"]:
            del material["path"]
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
        return {"format": FORMAT, **json.loads(json.dumps(plain, default=str))}

    @classmethod
    def from_plain(cls, plain: object) -> "History | None":
        """Read what `as_plain` gave, or what somebody forged; None where it is no history of a format known here."""
        if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
            return None
        steps = tuple(
            Step(_text(one.get("effect")), _table(one.get("params")), tuple(map(_text, _rows(one, "materials", str))))
            for one in _rows(plain, "steps", Mapping)
        )
        texts = {name: _text(plain.get(name)) for name in _TEXTS}
        return cls(
            steps=steps,
            materials=tuple(Material(**_only(one, _MATERIAL)) for one in _rows(plain, "materials", Mapping)),
            sources=tuple(Origin(**_only(one, ("name", "sha256"))) for one in _rows(plain, "sources", Mapping)),
            figures=_table(plain.get("figures")),
            **texts,
        )


_TEXTS = ("recipe", "source_type", "version", "unsigned_sha256", "signed")
_MATERIAL = tuple(one.name for one in fields(Material) if one.name != "path")


def canonical(value: object) -> str:
    """Write JSON in the one form that is signed: sorted keys, no spaces.

    Raises:
        TypeError: JSON has no such type.
        ValueError: for NaN and infinities.

    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _rows(plain: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    value = plain.get(name)
    return [one for one in value if isinstance(one, kind)] if isinstance(value, list | tuple) else []


def _only(plain: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _text(plain.get(name)) for name in names}


def _table(value: object) -> dict[str, Any]:
    return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return "" if value is None else str(value)
