"""Parameters of shifting lines. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["ScanLinesParams"]

Share = Annotated[float, Field(ge=0, le=1)]


class ScanLinesParams(Params):
    """Shift bands of lines sideways, as a tape that loses its track."""

    amount: Share = 0.08
    """How far a band is shifted at most, as a share of the frame's width."""
    band: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Mean height of a band, as a share of the frame's height; heights are drawn by chance."""
    share: Share = 0.35
    """Share of the bands that are shifted, drawn by chance."""
    chance: Share = 1.0
    """How likely bands are shifted at all at a time; below 1 the fault comes and goes in bursts."""
    rate: Annotated[float, Field(ge=0, le=240)] = 6.0
    """How often chance draws anew, times a second; 0: never."""
    tremble: Share = 0.15
    """How much a shifted band moves from frame to frame while its pattern stands, as a share of its shift."""
    colours: Share = 0.25
    """How far red and blue of a shifted band are apart, as a share of its shift."""
    edge: Literal["wrap", "clamp"] = "wrap"
    """What comes in at the side: what went out at the other, or the line's own last pixel."""
    darken: Share = 0.0
    """How dark every other line is, as on a tube; 0: as bright as the others."""
    line: Annotated[float, Field(gt=0, le=0.5)] = 1 / 360
    """Height of a dark line and of a bright one, as a share of the frame's height; at least one pixel."""
