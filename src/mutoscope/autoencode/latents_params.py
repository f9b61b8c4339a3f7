"""Parameters of taking a film apart into latents, and of making a film of them. Torch-free."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mutoscope.autoencode.bend_params import BendParams, parse_bends
from mutoscope.autoencode.profiles import Fit
from mutoscope.effects.params import Params

__all__ = ["LatentsParams"]

_Fixed = {"keyframes": False}


class LatentsParams(Params):
    """Write the numbers that a film becomes, change them, or make a film of them."""

    smooth: Annotated[float, Field(ge=0, le=60, json_schema_extra=_Fixed)] = 0.0
    """Standard deviation in seconds by which latents are smoothed over time, each shot for itself."""

    fit: Fit | None = None
    """How frames of another shape are fitted: `crop` cuts off what sticks out, `letterbox` adds black bars. Without it
    as in the training of the model."""

    timecode: str = ""
    """Timecode of the film's first frame as the edit list counts, like 01:00:00:00. Without it what the film's file
    tells, and 00:00:00:00 where it tells nothing."""

    exaggerate: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How far the latents of a film that is made go from the mean of all: 0 shows the mean of the model's film, 2 a
    caricature of each frame. May be a curve."""

    bends: Annotated[tuple[BendParams, ...], BeforeValidator(parse_bends)] = ()
    """Network bending of a film that is made: what is done to features on their way through the decoder."""

    @property
    def is_animated(self) -> bool:
        """Whether any number, of any bend, is a curve."""
        return super().is_animated or any(bend.is_animated for bend in self.bends)
