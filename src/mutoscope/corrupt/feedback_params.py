"""Parameters of feedback. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["FeedbackParams"]

Shift = Annotated[float, Field(ge=-5, le=5)]


class FeedbackParams(Params):
    """Mix the last result in again, larger, turned and faded. All motion is told for a second, whatever the frame rate.

    At the film's first frame and after each cut there is no last result: the frame itself is fed back for `lead_s`.
    """

    blend: Literal["lighten", "normal", "difference"] = "lighten"
    """How the last result comes over the frame: where it is brighter; in its place, as much as has not faded (fade_s of
    0.3 to 1 suits it); as the difference of both."""
    zoom: Annotated[float, Field(gt=0.01, le=100)] = 2.0
    """How many times as large the last result becomes in a second; 1: as large, below 1: smaller."""
    turn: Annotated[float, Field(ge=-3600, le=3600)] = 25.0
    """Degrees by which it turns in a second, clockwise."""
    right: Shift = 0.0
    """How far it moves to the right in a second, as a share of the frame's longer side."""
    down: Shift = 0.0
    """How far it moves down in a second, as a share of the frame's longer side."""
    hue: Annotated[float, Field(ge=-3600, le=3600)] = 120.0
    """Degrees by which its colours go round the circle of colours in a second."""
    fade_s: Annotated[float, Field(gt=0, le=600)] = 2.5
    """Seconds in which it fades to a tenth."""
    lead_s: Annotated[float, Field(ge=0, le=20)] = 0.6
    """Seconds of feedback that the first frame of a shot has behind it, and so has a picture; 0: it is shown as it
    is."""
    wander: Annotated[float, Field(ge=0, le=1)] = 0.25
    """How much the camera's hand strays by chance, in zoom, turn and place; 0: not at all."""
    rate: Annotated[float, Field(ge=0, le=240)] = 0.7
    """How often the hand changes its mind, times a second; 0: never."""
    edge: Literal["black", "clamp", "mirror", "wrap"] = "mirror"
    """What lies beyond the edges of the last result."""
