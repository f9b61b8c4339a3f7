"""Plots as pictures. matplotlib lives here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mutoscope.storage.atomic import atomic_path

__all__ = ["Panel", "plot_curves", "plot_over_time"]

_FEW_FRAMES = 40
"""Fewer than these are marked by dots: one frame alone makes no line."""


def plot_curves(
    curves: Mapping[str, Sequence[tuple[float, float]]], out: Path, *, title: str = "", x: str = "", y: str = ""
) -> Path:
    """Draw curves over one axis, the y axis in powers of ten.

    Args:
        curves: points by name.
        out: png or svg; appears when it is whole.
        title: above the plot.
        x: under the horizontal axis.
        y: beside the vertical axis.

    Raises:
        OutputError: the place cannot be written.

    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, points in curves.items():
        axes.plot([p[0] for p in points], [p[1] for p in points], label=name, linewidth=1.5)
    axes.set(title=title, xlabel=x, ylabel=y, yscale="log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    with atomic_path(out) as temp:
        figure.savefig(temp, dpi=110, metadata={"Software": None})
    return out


@dataclass(frozen=True)
class Panel:
    """One of several plots above each other.

    Attributes:
        title: beside its vertical axis.
        curves: values of each frame by name; NaN leaves a gap.
        dashed: names of curves that are drawn dashed, in the colour of the curve before them.
        scale: of the vertical axis.

    """

    title: str
    curves: Mapping[str, Sequence[float]]
    dashed: Sequence[str] = ()
    scale: Literal["linear", "log"] = "linear"


def plot_over_time(
    panels: Sequence[Panel], seconds: Sequence[float], out: Path, *, cuts_s: Sequence[float] = (), title: str = ""
) -> Path:
    """Draw curves over a film's time, one panel above the other.

    Args:
        panels: from top to bottom, at least one.
        seconds: time of each frame.
        out: png, svg or pdf; appears when it is whole.
        cuts_s: times of cuts, marked by a line through all panels.
        title: above the plot.

    Raises:
        OutputError: the place cannot be written.

    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.2 + 1.8 * len(panels)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    marker = "." if len(seconds) < _FEW_FRAMES else ""
    for axes, panel in zip(rows, panels, strict=True):
        colour = ""
        for name, values in panel.curves.items():
            is_dashed = name in panel.dashed
            style = {"linestyle": "--", "linewidth": 1.0} if is_dashed else {"linewidth": 1.5}
            drawn = axes.plot(seconds, values, label=name, marker=marker, **style)
            if is_dashed and colour:
                drawn[0].set_color(colour)
            colour = drawn[0].get_color()
        for cut in cuts_s:
            axes.axvline(cut, color="0.6", linewidth=1, zorder=0)
        # A flat film has an error of 0 throughout, for which powers of ten have no place.
        has_logarithm = any(value > 0 for values in panel.curves.values() for value in values)
        axes.set(ylabel=panel.title, yscale=panel.scale if has_logarithm else "linear")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    rows[0].set_title(title)
    rows[-1].set_xlabel("seconds; vertical lines: cuts" if cuts_s else "seconds")
    with atomic_path(out) as temp:
        figure.savefig(temp, dpi=110, metadata=_anonymous(out))
    return out


def _anonymous(out: Path) -> dict[str, None]:
    """Leave program and date out of a file: the same numbers give the same bytes."""
    keys = {".png": ("Software",), ".svg": ("Date",), ".pdf": ("CreationDate", "Producer", "Creator")}
    return dict.fromkeys(keys[out.suffix.lower()])
