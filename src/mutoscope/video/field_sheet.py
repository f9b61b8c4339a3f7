"""Sheets of maps: numbers over a picture, arrows, paths and curves, in rows. matplotlib lives in this package."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mutoscope.storage.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Arrows", "CurvePanel", "FieldPanel", "draw_fields"]

Array = npt.NDArray[np.floating[Any]]

_PANEL_INCHES = 4.2
_COLOURS = ("#ffd678", "#6cc8ff", "#ff7a90", "#8ce99a", "#c7a6ff", "#ffffff")
_INK, _PAPER = "#d8d8d8", "#181818"


@dataclass(frozen=True)
class Arrows:
    """Arrows of one colour.

    Attributes:
        label: in the legend.
        at_N2: where they stand, x then y, in px of the picture.
        by_N2: where they point, x then y, in px.

    """

    label: str
    at_N2: Array
    by_N2: Array


@dataclass(frozen=True)
class FieldPanel:
    """A picture with what lies over it.

    Attributes:
        title: above it.
        picture_HWC: 0..1; dim where something lies over it. None: no picture.
        heat_HW: numbers over the whole picture, drawn in colours; NaN is left out. Of any size.
        opacity: of the numbers.
        arrows: drawn over it.
        paths: each N,2: x then y in px.
        words: below the title of the axes.

    """

    title: str
    picture_HWC: Array | None = None
    heat_HW: Array | None = None
    opacity: float = 1.0
    arrows: Sequence[Arrows] = ()
    paths: Sequence[Array] = field(default=())
    words: str = ""


@dataclass(frozen=True)
class CurvePanel:
    """A noisy series and its running mean.

    Attributes:
        title: above it.
        steps: rising.
        raw: one number per step.
        mean: likewise.
        x: under the horizontal axis.
        y: beside the vertical axis.

    """

    title: str
    steps: npt.NDArray[Any]
    raw: Array
    mean: Array
    x: str = ""
    y: str = ""


def draw_fields(rows: Sequence[Sequence[FieldPanel | CurvePanel]], out: Path, *, title: str = "") -> Path:
    """Draw panels in rows.

    Args:
        rows: at least one panel.
        out: png; appears when it is whole.
        title: first line.

    Raises:
        OutputError: the place cannot be written.

    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = max(len(row) for row in rows)
    size = (_PANEL_INCHES * columns, sum(_PANEL_INCHES * _shape(row) + 0.6 for row in rows) + 0.4)
    figure = Figure(figsize=size, layout="constrained", facecolor=_PAPER)
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes_row, row in zip(grid, rows, strict=True):
        for axes, panel in zip(axes_row, row, strict=False):
            if isinstance(panel, FieldPanel):
                _draw_field(axes, panel)
            else:
                _draw_curve(axes, panel)
        for axes in axes_row[len(row) :]:
            axes.set_visible(False)
    figure.suptitle(title, color=_INK, fontsize=13)
    with atomic_path(out) as temp:
        figure.savefig(temp, dpi=100, metadata={"Software": None}, facecolor=_PAPER)
    return out


def _shape(row: Sequence[FieldPanel | CurvePanel]) -> float:
    """Give the height of a row's pictures beside their width; a curve wants some, too."""
    pictures = (panel.picture_HWC for panel in row if isinstance(panel, FieldPanel))
    shapes = [x_HWC.shape[0] / x_HWC.shape[1] for x_HWC in pictures if x_HWC is not None]
    return float(min(2.0, max([0.55, *shapes])))


def _draw_field(axes: "Axes", panel: FieldPanel) -> None:
    axes.set_title(panel.title, color=_INK, fontsize=10)
    axes.set_axis_off()
    extent: tuple[float, float, float, float] | None = None
    if panel.picture_HWC is not None:
        height, width = panel.picture_HWC.shape[:2]
        extent = (0, width, height, 0)
        over = panel.heat_HW is not None or panel.arrows or panel.paths
        axes.imshow(panel.picture_HWC * (0.45 if over else 1.0), extent=extent, interpolation="antialiased")
    if panel.heat_HW is not None:
        shown = np.ma.masked_invalid(panel.heat_HW)
        axes.imshow(shown, cmap="inferno", alpha=panel.opacity, extent=extent, interpolation="nearest")
    for number, arrows in enumerate(panel.arrows):
        (x, y), (u, v) = arrows.at_N2.T, arrows.by_N2.T
        colour = _COLOURS[number % len(_COLOURS)]
        axes.quiver(x, y, u, v, color=colour, angles="xy", scale_units="xy", scale=1, width=0.004, label=arrows.label)
    for number, path in enumerate(panel.paths):
        colour = _COLOURS[number % len(_COLOURS)]
        axes.plot(path[:, 0], path[:, 1], color=colour, linewidth=1.2, solid_joinstyle="miter")
        axes.plot(path[:1, 0], path[:1, 1], "o", color=colour, markersize=3)
    if panel.words:
        axes.text(0, -0.03, panel.words, color=_INK, fontsize=8, transform=axes.transAxes, va="top")
    if panel.arrows:
        axes.legend(fontsize=7, loc="upper right", facecolor=_PAPER, labelcolor=_INK, framealpha=0.7)


def _draw_curve(axes: "Axes", panel: CurvePanel) -> None:
    axes.set_facecolor(_PAPER)
    axes.plot(panel.steps, panel.raw, color="#6cc8ff", linewidth=0.4, alpha=0.5, rasterized=True)
    axes.plot(panel.steps, panel.mean, color="#ffd678", linewidth=1.6)
    axes.set_title(panel.title, color=_INK, fontsize=10)
    axes.set_xlabel(panel.x, color=_INK, fontsize=8)
    axes.set_ylabel(panel.y, color=_INK, fontsize=8)
    axes.tick_params(colors=_INK, labelsize=8)
    for spine in axes.spines.values():
        spine.set_color("#555555")
    axes.grid(visible=True, alpha=0.2)
