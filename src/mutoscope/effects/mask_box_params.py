"""Parameters of masks in the shape of a box or an ellipse. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["BoxParams"]


class BoxParams(Params):
    """Give a mask that is white within a box or an ellipse; places and sizes are shares of the frame."""

    x: Annotated[float, Field(ge=-1, le=2)] = 0.25
    """Left edge, as a share of the frame's width; it may lie outside, so that a box can come in."""

    y: Annotated[float, Field(ge=-1, le=2)] = 0.25
    """Top edge, as a share of the frame's height."""

    width: Annotated[float, Field(ge=0, le=3)] = 0.5
    """Width, as a share of the frame's."""

    height: Annotated[float, Field(ge=0, le=3)] = 0.5
    """Height, as a share of the frame's."""

    shape: Literal["box", "ellipse"] = "box"
    """The ellipse is the one that fits into the box."""

    softness: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Width of the soft edge inside, as a share of the frame's short side; let the shape reach over the frame where
    none should be."""

    invert: bool = False
    """White outside instead."""
