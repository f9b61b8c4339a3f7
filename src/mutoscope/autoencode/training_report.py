"""What a person sees of a training: curves, a table, previews."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from mutoscope.storage.atomic import atomic_path
from mutoscope.video.plot import plot_curves
from mutoscope.video.sheet import Cell, write_sheet

__all__ = ["Row", "write_curves", "write_preview"]

Row = Mapping[str, float]

_FIRST = ("step", "seconds", "psnr", "spectrum")


def write_curves(rows: Sequence[Row], folder: Path, title: str) -> None:
    """Write `losses.csv`, and `losses.png` as soon as there is a line to draw.

    Args:
        rows: one for each look: "step", "seconds", "psnr", "spectrum", and the losses of its phase.
        folder: where to.
        title: of the plot.

    Raises:
        OutputError: the folder cannot be written.

    """
    names = list(dict.fromkeys([*_FIRST, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)
    with atomic_path(folder / "losses.csv") as temp:
        temp.write_text(text.getvalue(), encoding="utf-8")
    curves = {name: [(row["step"], row[name]) for row in rows if row.get(name, 0) > 0] for name in names[2:]}
    drawn = {name: points for name, points in curves.items() if len(points) > 1}
    if drawn:
        plot_curves(drawn, folder / "losses.png", title=title, x="step", y="dB of psnr and spectrum; losses")


def write_preview(
    source_N3HW: Tensor, recon_N3HW: Tensor, drawn_N3HW: Tensor, folder: Path, captions: Sequence[str]
) -> None:
    """Write `preview.jpg`: frames of the film, the same as they are remembered, and frames drawn from the prior.

    Args:
        source_N3HW: 0..1.
        recon_N3HW: the same frames, remembered.
        drawn_N3HW: frames that nobody has seen.
        folder: where to.
        captions: below the first picture of each row.

    Raises:
        OutputError: the folder cannot be written.

    """
    rows = [
        [Cell(x_3HW, caption if i == 0 else "") for i, x_3HW in enumerate(x_N3HW.clamp(0, 1).cpu())]
        for x_N3HW, caption in zip((source_N3HW, recon_N3HW, drawn_N3HW), captions, strict=True)
    ]
    write_sheet(rows, folder / "preview.jpg")
