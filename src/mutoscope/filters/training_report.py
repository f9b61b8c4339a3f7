"""What a person sees of a training: curves, a table, previews."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.ops.limit import frequent_colours
from mutoscope.ops.resize import resize
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.plot import plot_curves
from mutoscope.video.sheet import Cell, write_sheet

__all__ = ["palette_of", "write_curves", "write_previews"]

_NUM_COLOURS = 16
_CELL_PX = 256


def write_curves(rows: Sequence[Mapping[str, float]], folder: Path, title: str) -> None:
    """Write `losses.csv`, and `losses.png` as soon as there is a line to draw.

    Args:
        rows: one for each time of keeping: "step", "seconds", and terms of the loss.
        folder: where to.
        title: of the plot.

    Raises:
        OutputError: the folder cannot be written.

    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)
    with atomic_path(folder / "losses.csv") as temp:
        temp.write_text(text.getvalue(), encoding="utf-8")
    if len(rows) > 1:
        terms = [name for name in rows[0] if name not in ("step", "seconds")]
        curves = {name: [(row["step"], row[name]) for row in rows] for name in terms}
        plot_curves(curves, folder / "losses.png", title=title, x="step", y="loss")


def write_previews(
    row: Mapping[str, float], folder: Path, picture_1CHW: Tensor, shown_NCHW: Tensor, painted_NCHW: Tensor
) -> None:
    """Write `preview.jpg`, the paintings above what is painted, and the upper row once more with its time in the name.

    Args:
        row: the latest, with "step" and "seconds".
        folder: where to.
        picture_1CHW: what is learned.
        shown_NCHW: frames.
        painted_NCHW: the same as painted now.

    Raises:
        OutputError: the folder cannot be written.

    """
    minutes = row["seconds"] / 60
    first = Cell(resize(picture_1CHW, _CELL_PX, _CELL_PX)[0], f"{minutes:.1f} min, step {row['step']:.0f}")
    above = [first, *(Cell(x_CHW) for x_CHW in painted_NCHW)]
    below = [Cell(torch.full_like(first.pixels_CHW, 0.1)), *(Cell(x_CHW) for x_CHW in shown_NCHW)]
    write_sheet([above, below], folder / "preview.jpg")
    write_sheet([above], folder / f"preview-{minutes:05.1f}-min.jpg")


def palette_of(picture_1CHW: Tensor) -> tuple[str, ...]:
    """Give the sixteen colours that a picture is made of, as "#rrggbb", the most frequent first."""
    colours = frequent_colours(resize(picture_1CHW, 192, 192), _NUM_COLOURS)
    levels = (colours.clamp(0, 1) * 255).round().to(torch.uint8)
    return tuple(f"#{bytes(level.tolist()).hex()}" for level in levels)
