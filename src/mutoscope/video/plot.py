"""Plots as pictures. matplotlib lives here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mutoscope.storage.atomic import atomic_path

__all__ = ["plot_curves"]


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
