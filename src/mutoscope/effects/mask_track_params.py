"""Parameters of masks that are drawn once and carried along. Torch-free."""

from typing import Annotated

from pydantic import Field, field_validator

from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import Params

__all__ = ["TrackParams"]


class TrackParams(Params):
    """Give a mask that was drawn on one frame, carried along with what it covers, within the shot of that frame."""

    mask: Annotated[str, Field(min_length=1, json_schema_extra={"file": True})]
    """Picture that is white on what is meant, drawn on the frame that is shown at `time`."""

    time: str = "0s"
    """Time of the frame that the mask was drawn on, like '1.5s', '250ms' or '00:04'."""

    @property
    def time_s(self) -> float:
        """The time in seconds."""
        return parse_time(self.time)

    @field_validator("time")
    @classmethod
    def _check_time(cls, text: str) -> str:
        parse_time(text)
        return text
