"""Parameters of moving colours apart. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["ChannelShiftParams"]

Shift = Annotated[float, Field(ge=-1, le=1)]


class ChannelShiftParams(Params):
    """Move red, green and blue apart. Distances are shares of the frame's longer side, in whole pixels."""

    red: Shift = -0.008
    """How far red moves along `angle`."""
    green: Shift = 0.0
    """How far green moves along `angle`."""
    blue: Shift = 0.008
    """How far blue moves along `angle`."""
    angle: float = 0.0
    """Degrees of the direction, clockwise: 0 to the right, 90 down."""
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.006
    """How far chance moves each colour besides, in any direction, at most."""
    chance: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How likely the colours are apart at all at a time; below 1 they come and go in bursts."""
    rate: Annotated[float, Field(ge=0, le=240)] = 6.0
    """How often chance draws anew, times a second; 0: never."""
    edge: Literal["clamp", "wrap"] = "clamp"
    """What comes in at the frame's edge: its own last pixels, or those of the other side."""
