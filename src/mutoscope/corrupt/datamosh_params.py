"""Parameters of datamosh. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import Params

__all__ = ["DatamoshParams", "MoshMode", "parse_times"]

MoshMode = Literal["bloom", "melt", "noise", "transplant"]

_Fixed = {"keyframes": False}


class DatamoshParams(Params):
    """Break a film between encoder and decoder: packets are lost, repeated, swapped or damaged, and all frames stay."""

    mode: MoshMode = "bloom"
    """bloom: one moment's motion is repeated, and colours run. melt: keyframes are lost, so that the motion of a new
    shot, or of a second film, moves the pixels of the old one. transplant: the motion of a second film moves the
    pictures of this one. noise: bytes are overwritten."""

    mosh_codec: Literal["mpeg4", "h264"] = "mpeg4"
    """What is broken. mpeg4: crisp blocks; h264: softer, larger smears."""

    quality: Annotated[int, Field(ge=1, le=31, json_schema_extra=_Fixed)] = 4
    """Quantiser of that codec, 1 (fine) to 31 (coarse): coarse ones forget more of the new picture."""

    times: str | None = None
    """Times at which it begins, like '3.2s' or '1s, 4.5s'. Without them: bloom chooses places of strong motion, melt
    takes all cuts, noise and transplant work from the beginning."""

    length: Annotated[float, Field(gt=0)] | None = None
    """Seconds until a keyframe heals the picture. Without it: up to the next cut, or, where melt takes all cuts or a
    second film, up to the end."""

    repeat: Annotated[int, Field(ge=1, le=10_000)] = 20
    """bloom: how many frames long the motion is repeated; the film goes on beneath, in time."""

    every: Annotated[float, Field(gt=0, le=3600)] = 2.0
    """bloom without `times`: mean time in seconds between two of them."""

    amount: Annotated[float, Field(ge=0, le=1000)] = 10.0
    """noise: how many of a thousand bytes are overwritten during a burst, at least one of a frame."""

    burst: Annotated[float, Field(gt=0, le=3600)] = 0.2
    """noise: mean length of a burst in seconds."""

    gap: Annotated[float, Field(ge=0, le=3600)] = 0.6
    """noise: mean time in seconds between two bursts; 0: one without end."""

    drop: Annotated[float, Field(ge=0, le=1)] = 0.0
    """noise: chance that a frame of a burst is lost altogether, and the picture stands still."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the broken film in the result; 0 leaves the film as it is."""

    @property
    def times_s(self) -> tuple[float, ...]:
        """The times in seconds, in order; empty where there are none."""
        return parse_times(self.times)

    @field_validator("times")
    @classmethod
    def _check_times(cls, text: str | None) -> str | None:
        parse_times(text)
        return text


def parse_times(text: str | None) -> tuple[float, ...]:
    """Read times parted by commas into seconds, in order.

    Raises:
        ParameterError: one is no time.

    """
    if text is None:
        return ()
    try:
        return tuple(sorted(parse_time(part.strip()) for part in text.split(",")))
    except ParameterError as error:
        raise ParameterError(f"times={text!r}: {error}") from None
