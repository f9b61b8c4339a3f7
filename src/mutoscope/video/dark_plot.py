"""Curves of a film's frames on a dark page, with its cuts and the mean of each shot. matplotlib lives here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutoscope.storage.atomic import atomic_path

__all__ = ["Curve", "plot_shots"]

_PAPER, _INK, _CUT = "#121214", "#cdcdcd", "#5a5a60"
_COLOURS = ("#ffd678", "#6cc8ff", "#8ce99a", "#ff7a90", "#c7a6ff")
_FEW_FRAMES = 40
"""Fewer than these are marked by dots: one frame alone makes no line."""


@dataclass(frozen=True)
class Curve:
    """One panel: a number of each frame, and its mean of each shot.

    Attributes:
        title: beside its vertical axis.
        seconds: times of the frames that it is known of.
        values: likewise.
        shots: start and end in seconds and the mean, drawn as a thick line.

    """

    title: str
    seconds: Sequence[float]
    values: Sequence[float]
    shots: Sequence[tuple[float, float, float]] = ()


def plot_shots(curves: Sequence[Curve], out: Path, *, cuts_s: Sequence[float] = (), title: str = "") -> Path:
    """Draw curves over a film's time, one panel below the other.

    Args:
        curves: at least one.
        out: png; appears when it is whole.
        cuts_s: times of cuts, marked by a line through all panels.
        title: above the plot.

    Raises:
        OutputError: the place cannot be written.

    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 1.0 + 1.9 * len(curves)), layout="constrained", facecolor=_PAPER)
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(curves), sharex=True, squeeze=False)[:, 0]
    for axes, curve, colour in zip(rows, curves, _COLOURS, strict=False):
        axes.set_facecolor(_PAPER)
        for cut in cuts_s:
            axes.axvline(cut, color=_CUT, linewidth=1, zorder=0)
        marker = "." if len(curve.values) < _FEW_FRAMES else ""
        axes.plot(curve.seconds, curve.values, color=colour, linewidth=1, alpha=0.75, marker=marker)
        for start, end, mean in curve.shots:
            axes.plot([start, end], [mean, mean], color=colour, linewidth=3, solid_capstyle="butt")
        axes.set_ylabel(curve.title, color=_INK, fontsize=10)
        axes.tick_params(colors=_INK, labelsize=9)
        axes.grid(visible=True, color="#2a2a2e")
        axes.margins(x=0.01)
        for spine in axes.spines.values():
            spine.set_color(_CUT)
    rows[0].set_title(title, color=_INK, fontsize=12)
    rows[-1].set_xlabel("seconds; thick: mean of a shot; upright lines: cuts", color=_INK, fontsize=9)
    with atomic_path(out) as temp:
        figure.savefig(temp, dpi=110, metadata={"Software": None}, facecolor=_PAPER)
    return out
