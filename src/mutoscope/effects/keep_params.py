"""Parameters of keeping parts of a film. Torch-free."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import Params

__all__ = ["KeepParams"]


class KeepParams(Params):
    """Keep parts of a film and drop the rest; the result is as long as the parts together."""

    ranges: Annotated[str, Field(min_length=1)]
    """Parts in order of time, each from a time up to another: "2s..4.5s, 00:10..00:12". Without an end: to the last
    frame."""

    @property
    def ranges_s(self) -> tuple[tuple[float, float], ...]:
        """First second and end of each part."""
        return tuple(_parse(part.strip()) for part in self.ranges.split(","))

    @model_validator(mode="after")
    def _check(self) -> Self:
        end_before = 0.0
        for start, end in self.ranges_s:
            if start >= end or start < end_before:
                raise ParameterError(
                    f"ranges={self.ranges!r}: parts must be longer than nothing and follow each other in time; write "
                    "them like '2s..4.5s, 10s..12s'."
                )
            end_before = end
        return self


def _parse(part: str) -> tuple[float, float]:
    start, dots, end = part.partition("..")
    if not dots:
        raise ParameterError(f"ranges: {part!r} was not understood; write FROM..TO like '2s..4.5s', parted by commas.")
    return parse_time(start.strip() or "0s"), parse_time(end.strip()) if end.strip() else float("inf")
