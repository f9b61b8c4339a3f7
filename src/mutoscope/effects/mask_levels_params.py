"""Parameters of masks made of the brightness of a guide film. Torch-free."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params

__all__ = ["LevelsParams"]


class LevelsParams(Params):
    """Give a mask that is white where the side input "guide" is neither darker nor brighter than two levels."""

    low: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Darkest brightness that is white; 0: all that is dark enough."""

    high: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Brightest brightness that is white; 1: all that is bright enough."""

    softness: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Width of the slope from black to white around each level, in brightness."""

    invert: bool = False
    """Black instead of white, and white instead of black."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low > self.high:
            raise ParameterError(f"low={self.low:g} is above high={self.high:g}; nothing lies between them.")
        return self
