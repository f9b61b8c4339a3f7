"""Parameters of a dream. Torch-free."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mutoscope.autoencode.bend_params import BendParams, parse_bends
from mutoscope.effects.params import Params

__all__ = ["DreamParams"]

_Fixed = {"keyframes": False}


class DreamParams(Params):
    """Let a network that has seen a film dream on from a time of it."""

    start: str = "0s"
    """Time of the film from which the dream goes on, like 00:10; 00:10@second.mp4 where the model has seen several
    films."""

    seconds: Annotated[float, Field(gt=0, le=86_400, json_schema_extra=_Fixed)] = 60.0
    """How long it lasts."""

    rate: Annotated[float, Field(gt=0, le=1000, json_schema_extra=_Fixed)] | None = None
    """Frames per second. Without it those of the film; another number makes the dream slower or faster."""

    temperature: Annotated[float, Field(ge=0, le=4, json_schema_extra=_Fixed)] = 0.8
    """How far chance goes: 0 shows what is most expected next, 1 is as lively as the film, more is wild."""

    cuts: Literal["film", "glide", "never"] = "film"
    """Whether it cuts to other shots as often as the film does, glides from shot to shot instead, or stays in one."""

    smooth: Annotated[float, Field(ge=0, le=10, json_schema_extra=_Fixed)] = 0.0
    """Standard deviation in seconds by which the dream is smoothed over time, each shot for itself: less trembling."""

    exaggerate: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How far latents go from the mean of all: 0 shows the mean of the film, 2 a caricature of each frame. May be a
    curve over the dream."""

    bends: Annotated[tuple[BendParams, ...], BeforeValidator(parse_bends)] = ()
    """Network bending: what is done to features on their way through the decoder, one after the other."""

    @property
    def is_animated(self) -> bool:
        """Whether any number, of any bend, is a curve."""
        return super().is_animated or any(bend.is_animated for bend in self.bends)
