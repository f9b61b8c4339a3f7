"""Parameters of pixel sorting. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["PixelSortParams"]

Share = Annotated[float, Field(ge=0, le=1)]


class PixelSortParams(Params):
    """Sort runs of pixels along lines, by brightness, hue or colour. Lengths are shares of the frame's longer side."""

    key: Literal["brightness", "hue", "saturation", "red", "green", "blue"] = "brightness"
    """What pixels are sorted by, in 256 steps; equal ones keep their order."""
    angle: float = 90.0
    """Degrees that the lines are turned, clockwise: 0 along rows to the right, 90 down the columns. Pixels only move
    along their line, whatever the angle: nothing is resampled."""
    reverse: bool = False
    """Begin with the brightest instead of the darkest."""
    intervals: Literal["threshold", "random", "edges", "whole"] = "threshold"
    """What a run is. threshold: neighbours whose brightness lies between `low` and `high`; random: of random length up
    to `length`; edges: from one jump of brightness (more than `edge`) to the next; whole: the line."""
    low: Share = 0.25
    """Darker pixels stay where they are; for intervals=threshold."""
    high: Share = 0.8
    """Brighter pixels stay where they are; for intervals=threshold."""
    edge: Share = 0.12
    """Jump of brightness between two neighbours that ends a run; for intervals=edges."""
    length: Share = 0.35
    """Longest run; each line takes 0.4 to 1 of it, by chance. 1: no limit."""
    min_length: Share = 0.0
    """Shorter runs stay as they are."""
    share: Share = 1.0
    """Share of the lines that are sorted, drawn by chance."""
    band: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Width of the bands of lines that share one lot, where `share` and `length` are drawn; 0: each line its own."""
    rate: Annotated[float, Field(ge=0, le=240)] = 4.0
    """How often chance draws anew, times a second; 0: never."""
