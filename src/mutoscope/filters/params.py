"""Parameters of playing a filter. Torch-free."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import NamedWeights, Params
from mutoscope.filters.runtime_table import RUNTIMES, Choice, choose
from mutoscope.filters.shelf import NETWORK_FILE, ShelfItem, card_beside, find, open_file, parse_mix, shipped_folder
from mutoscope.storage.hashing import hash_file, hash_json

__all__ = ["PALETTES", "FilterParams", "parse_palette"]

PALETTES = {
    "sepia": ("#241505", "#5c3d1e", "#94703f", "#c9a66b", "#efe0bd"),
    "newsprint": ("#1a1a1a", "#f2eee3"),
    "red-scare": ("#160c0c", "#5e0f12", "#c4161c", "#e9dcc0"),
    "handheld": ("#0f380f", "#306230", "#8bac0f", "#9bbc0f"),
    "cyanotype": ("#0a1d3b", "#1f4e8c", "#6fa0d0", "#eef4f8"),
    "drained": ("#16181a", "#3d4245", "#6d7271", "#a09f97", "#d4d1c6"),
    "seventies": ("#2b1a10", "#7a3b12", "#c9691c", "#e8a93a", "#efdba6", "#5d6b2c", "#2f4f4a"),
    "neon": ("#0a0420", "#3d0a66", "#c4148f", "#ff5fa8", "#12d8e8", "#f6f0ff"),
}
"""Colours by name, dark to light."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class FilterParams(Params):
    """Paint each frame with a trained filter, many frames a second, steadily."""

    name: str = ""
    """Filter: a name from the shelf (see `mutoscope filters`)."""

    file: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """Filter: the path of its file, where it is not on the shelf."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the painted frame in the result: 0 gives the source back bit by bit."""

    mix: str = ""
    """Other filters to mix in, by their shares: "great-wave:0.3". Only filters of the same network can be mixed."""

    smooth: Annotated[float, Field(ge=0, le=0.95)] = 0.75
    """How strongly a frame keeps to the one before it, carried along the footage's motion; 0: each by itself."""

    keep_colours: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much of the footage's colours stays: 1 takes only lightness from the filter."""

    palette: str = ""
    """Limit the colours: a number 2..16 (that many of the painting's own), colours ("#102030, #f0e0c0"), or one of
    sepia, newsprint, red-scare, handheld, cyanotype, drained, seventies, neon."""

    dither: Annotated[float, Field(ge=0, le=2)] = 1.0
    """With a palette: how strongly a fine pattern mixes neighbouring colours; 0: flat areas."""

    runtime: Literal["auto", "openvino", "onnxruntime", "torch"] = "auto"
    """What plays the network; auto takes what is fastest on this processor (see `mutoscope doctor --tune`)."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the network; with auto it comes with the runtime."""

    tile: Annotated[int, Field(ge=64, le=8192, multiple_of=4, json_schema_extra={"keyframes": False})] | None = None
    """Side in px of the tiles in which large frames are painted. Without it, frames beyond 8 megapixels: 1024."""

    digest: str = ""
    """Digest of the filters' files. A run writes it down, so that its workers and a replay take the same ones."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.name) == bool(self.file):
            raise ParameterError("one of name and file is wanted, not both: a filter of the shelf, or a filter's file.")
        parse_palette(self.palette, ())
        if self.main in parse_mix(self.mix):
            raise ParameterError(f"mix={self.mix!r} names {self.name!r} itself; mix in other filters.")
        return self

    @property
    def main(self) -> str:
        """What the filter that is played is called: its name, or its file."""
        return self.name or str(self.file)

    def items(self) -> Mapping[str, ShelfItem]:
        """Find the filters that are named, by name; the one to play first.

        Raises:
            ParameterError: there is none of a name.
            WeightsError: a file is broken.

        """
        played = find(self.name) if self.name else open_file(Path(str(self.file)))
        return {self.main: played, **{name: find(name) for name in parse_mix(self.mix)}}

    def check_together(self) -> None:
        """See whether what was asked for fits together, before any work.

        Raises:
            ParameterError: it does not.

        """
        items = self.items()
        if self.mix and (foreign := [name for name, item in items.items() if item.card.kind == "onnx"]):
            raise ParameterError(f"{foreign[0]!r} is a foreign model and cannot be mixed; leave it out.")
        if (self.runtime, self.precision) == ("onnxruntime", "bfloat16"):
            raise ParameterError("onnxruntime computes in float32 only; use precision=float32, or runtime=openvino.")

    def shares(self) -> dict[str, float]:
        """Say how much of each filter is taken; together 1."""
        others = dict(parse_mix(self.mix))
        return {self.main: 1 - sum(others.values()), **others}

    def used_files(self) -> dict[str, Path]:
        """Give the files of one's own filters."""
        own = {name: item.path for name, item in self.items().items() if not item.is_shipped}
        return {"file" if name == self.file else f"filter {name}": path for name, path in own.items()}

    def files_digest(self) -> str:
        """Digest everything that decides how the filters paint: their files, cards beside them, the shared network."""
        paths = [item.path for item in self.items().values()]
        paths += [card_beside(item.path) for item in self.items().values() if item.card.kind == "onnx"]
        if any(item.card.kind == "style" for item in self.items().values()):
            paths.append(shipped_folder() / NETWORK_FILE)
        return hash_json([hash_file(path) for path in paths])

    def used_weights(self) -> list[NamedWeights]:
        """Give the shipped filters: they are found by name on every machine."""
        return [
            NamedWeights(f"filter {name}", item.path, item.card.style.licence, item.card.style.source)
            for name, item in self.items().items()
            if item.is_shipped
        ]

    def settled(self, device: str) -> Self:
        """Choose runtime and precision for this machine, where they are left open, and name the filters' bytes.

        Raises:
            ParameterError: the filters do not fit each other, or the runtime cannot do what is asked.

        """
        self.check_together()
        digest = self.files_digest() if not self.digest else self.digest
        if "auto" not in (self.runtime, self.precision):
            return self if self.digest else self.model_copy(update={"digest": digest})
        best = choose(device)
        fitting = [
            choice
            for choice in (best, *RUNTIMES)
            if self.runtime in ("auto", choice.runtime)
            and self.precision in ("auto", choice.precision)
            and (device == "cpu" or choice.runtime == "torch")
        ]
        if not fitting:
            raise ParameterError(f"runtime {self.runtime} plays on the processor only; use runtime=torch on {device}.")
        # With a runtime of one's own, float32: how fast its other precisions are here nobody has said.
        chosen = fitting[0] if self.runtime in ("auto", best.runtime) else Choice(fitting[0].runtime, "float32")
        precision = chosen.precision if self.precision == "auto" else self.precision
        return self.model_copy(update={"runtime": chosen.runtime, "precision": precision, "digest": digest})


def parse_palette(text: str, own: tuple[str, ...]) -> tuple[str, ...]:
    """Read a palette into colours; empty where there is no limit.

    Args:
        text: as the parameter says.
        own: colours of the painting; without any, a number gives none.

    Raises:
        ParameterError: it was not understood.

    """
    text = text.strip()
    if not text:
        return ()
    if text in PALETTES:
        return PALETTES[text]
    if text.isdecimal() and 2 <= int(text) <= 16:
        return own[: int(text)]
    colours = tuple(part.strip() for part in text.split(","))
    if len(colours) >= 2 and all(_HEX.fullmatch(colour) for colour in colours):
        return colours
    raise ParameterError(
        f"palette={text!r} was not understood; give a number from 2 to 16, colours like '#102030, #f0e0c0', "
        f"or one of {', '.join(PALETTES)}."
    )
