"""Parameters of motion vectors that lead astray. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import Params

__all__ = ["VectorsParams"]

_Fixed = {"keyframes": False}


class VectorsParams(Params):
    """Let a decoder follow other motion than the film's: scaled, turned, drifting, frozen, shaken."""

    mosh_codec: Literal["mpeg4", "h264"] = "h264"
    """Whose motion vectors are taken. h264: blocks of many sizes; mpeg4: squares of 16 or 8 px."""

    scale: Annotated[float, Field(ge=-20, le=20)] = 1.5
    """How far pixels go, of the way that they went in the film: 0 not at all, -1 backwards."""

    rotate: Annotated[float, Field(ge=-360_000, le=360_000)] = 0.0
    """Degrees by which the motion is turned, anticlockwise."""

    drift_x: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    """Motion to the right that is added, in px a frame."""

    drift_y: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    """Motion downwards that is added, in px a frame."""

    jitter: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """Motion of chance that is added to each block, in px a frame; its standard deviation."""

    freeze: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the motion that stays as it was at `freeze_time`."""

    freeze_time: str | None = None
    """Time whose motion stays, like '1.5s'; without it, the first motion of each shot."""

    residual: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of what motion does not explain of a new frame that is added, as a decoder does in full."""

    heal: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Share by which each picture goes back to the film, so that it does not drown; 0 never, 1 at once."""

    through_cuts: Annotated[bool, Field(json_schema_extra=_Fixed)] = False
    """Go on with the old picture where a new shot begins, instead of starting anew."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the result; 0 leaves the film as it is."""

    @property
    def freeze_s(self) -> float | None:
        """Time whose motion stays, in seconds."""
        return None if self.freeze_time is None else parse_time(self.freeze_time)

    @field_validator("freeze_time")
    @classmethod
    def _check_time(cls, text: str | None) -> str | None:
        if text is not None:
            parse_time(text)
        return text
