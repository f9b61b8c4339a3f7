"""The sheet of `explore`: painted frames in rows and columns, with the words to type for each."""

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.grid_sheet import Block, Box, Heading, Label, draw_grid
from mutoscope.video.sheet import as_shown, time_code

__all__ = ["Attempt", "Grid", "Painted", "command_for", "draw_attempts", "words_for", "write_sidecar"]

Painted = Mapping[tuple[int, float, float], Tensor]
"""3,H,W by number of the frame, beta and style_scale."""

_FLAGS = (
    "size",
    "strength",
    "preset",
    "weights",
    "codec",
    "crf",
    "bit_depth",
    "seed",
    "device",
    "feather",
    "mask",
    "guide",
)
_LEGEND = (
    "Bright: what you have now. Take the words of a row, of its column and of the heading above into your command."
)


@dataclass(frozen=True)
class Attempt:
    """One picture of the sheet.

    Attributes:
        seconds: time of its frame.
        beta: style weight.
        style_scale: size of the brush.
        strength: share of the painting.
        words: what to type for it.
        box: left, top, width and height on the sheet, in px.

    """

    seconds: float
    beta: float
    style_scale: float
    strength: float
    words: str
    box: Box


@dataclass(frozen=True)
class Grid:
    """Values that are tried.

    Attributes:
        betas: style weights.
        scales: sizes of the brush.
        strengths: shares of the painting.
        own: what the person has now, by name of the parameter.

    """

    betas: tuple[float, ...]
    scales: tuple[float, ...]
    strengths: tuple[float, ...]
    own: Mapping[str, float]


def draw_attempts(
    frames: Sequence[Clip],
    painted: Painted,
    grid: Grid,
    aspect: Fraction,
    title: str,
    notes: Sequence[str],
    sheet: Path,
) -> tuple[Attempt, ...]:
    """Draw all frames with all values.

    Args:
        frames: the source's, each a clip of one.
        painted: the same at full strength.
        grid: what was tried.
        aspect: width of a pixel over its height.
        title: first line of the sheet.
        notes: lines below it.
        sheet: png or jpg.

    Returns:
        what each picture is, row by row.

    Raises:
        OutputError: the sheet cannot be written.

    """
    blocks = [_block(frame, number, painted, grid, aspect) for number, frame in enumerate(frames)]
    boxes = iter(draw_grid(title, (*notes, _LEGEND), _headings(grid), blocks, sheet))
    return tuple(
        Attempt(frame.seconds(0), beta, scale, strength, words_for(beta, scale, strength), next(boxes))
        for frame in frames
        for beta in grid.betas
        for strength in grid.strengths
        for scale in grid.scales
    )


def words_for(beta: float, style_scale: float, strength: float) -> str:
    """Write what is to be typed for one picture."""
    return f"-o beta={beta:g} -o style_scale={style_scale:g} --strength {strength:g}"


def command_for(source: Path, style: str | Path | None, options: Mapping[str, Any]) -> str:
    """Write the command of a film with some options of `stylize`; those that are None are left out."""
    result = f"out{source.suffix}" if "%" not in source.name else f"out_%05d{source.suffix}"
    words = ["mutoscope", "stylize", str(source), result, *([] if style is None else ["--style", str(style)])]
    for name, value in options.items():
        if name == "invert_mask":
            words += ["--invert-mask"] if value else []
        elif name in _FLAGS:
            several = value if isinstance(value, list | tuple) else [] if value is None else [value]
            words += [word for one in several for word in (f"--{name.replace('_', '-')}", str(one))]
        elif value is not None:
            words += ["-o", f"{name}={value}"]
    return shlex.join(words)


def write_sidecar(sidecar: Path, command: str, tried: Sequence[Attempt], notices: Sequence[str]) -> None:
    """Write the parameters of a sheet's pictures as JSON.

    Raises:
        OutputError: it cannot be written there.

    """
    plain = {"command": command, "notices": list(notices), "pictures": [asdict(one) for one in tried]}
    with atomic_path(sidecar) as temp:
        temp.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _block(frame: Clip, number: int, painted: Painted, grid: Grid, aspect: Fraction) -> Block:
    def cell(beta: float, scale: float, strength: float) -> Tensor:
        mixed_1CHW = torch.lerp(frame.pixels_TCHW, painted[number, beta, scale][None], strength)
        return as_shown(frame.with_pixels(mixed_1CHW), aspect)

    rows = [
        (
            Label(f"-o beta={beta:g}", math.isclose(beta, grid.own["beta"])),
            [cell(beta, scale, strength) for strength in grid.strengths for scale in grid.scales],
        )
        for beta in grid.betas
    ]
    return Block(as_shown(frame, aspect), time_code(frame.seconds(0)), rows)


def _headings(grid: Grid) -> list[Heading]:
    columns = tuple(
        Label(f"-o style_scale={scale:g}", math.isclose(scale, grid.own["style_scale"])) for scale in grid.scales
    )
    return [
        Heading(Label(f"--strength {strength:g}", math.isclose(strength, grid.own["strength"])), columns)
        for strength in grid.strengths
    ]
