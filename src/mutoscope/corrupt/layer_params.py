"""Parameters of one layer of agents. Torch-free."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.learning_params import LearningParams, Noise
from mutoscope.corrupt.manipulation_text import default_manipulations, parse_manipulations, write_manipulations
from mutoscope.corrupt.moment import parse_moment

__all__ = ["LayerParams"]

_FIXED = {"keyframes": False}
_SIDES = 2


def _two_numbers(value: Any) -> Any:
    """Read "40, 20" and "40x20" as a person writes them."""
    numbers = [part.strip() for part in value.replace("x", ",").split(",")] if isinstance(value, str) else value
    if not isinstance(numbers, (list, tuple)) or len(numbers) != _SIDES:
        raise ValueError("two numbers, rows and columns, like [40, 20]")
    return numbers


class LayerParams(LearningParams):
    """One layer of agents: its grid, how many they are, what they may do, when, and what stays of it."""

    size: Annotated[
        tuple[Annotated[int, Field(ge=1, le=4096)], Annotated[int, Field(ge=1, le=4096)]], BeforeValidator(_two_numbers)
    ] = (40, 20)
    """Rows and columns of the grid, as for an upright picture."""

    agents: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many are thrown on the grid at a time. Without a number: one for each cell of the picture."""

    preserve: bool = False
    """Whether painted cells stay on later frames of the shot; else only the frame itself is painted."""

    repeat: bool = True
    """Whether agents are born again and again; else once in each shot, at its beginning or the layer's."""

    respawn: Annotated[int, Field(ge=1, le=100_000, json_schema_extra=_FIXED)] = 1
    """With repeat: every so many frames all agents are replaced by newborn ones."""

    lifespan: Annotated[int, Field(ge=1, le=10_000, json_schema_extra=_FIXED)] = 20
    """Steps that an agent lives. A single picture shows all of them at once."""

    steps_per_frame: Annotated[int, Field(ge=1, le=1000)] = 1
    """Steps of each agent in one frame of a film."""

    manipulations: Annotated[str, BeforeValidator(write_manipulations)] | None = None
    """What agents may do: pixelate (in the colour of the block they were born on), invert, random, desaturate,
    palette, jpeg; behind a name the mean of its noise, and its sigma: "pixelate, invert:-0.1, random:-0.12/0.1". The
    higher the mean, the more often. Without it: by the size of a block."""

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Agents are born only where attention (or with invert, what is left of it to 1) is above this."""

    play_epsilon: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of steps that agents take at random instead of as they have learned."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the painted cells in the result."""

    fade: Annotated[int, Field(ge=0, le=1_000_000, json_schema_extra=_FIXED)] = 0
    """With preserve: frames after which a painted cell is free again; 0: never."""

    start: str | None = None
    """When the layer begins: "1.5s", "00:04" or "30f"; with a minus, counted from the end: "-20f"."""

    end: str | None = None
    """When it ends, likewise; painted cells go with it."""

    per: Literal["film", "shot"] = "film"
    """What start and end are counted in: the film, or each shot by itself."""

    quality: Annotated[int, Field(ge=1, le=100)] = 8
    """Quality of the manipulation `jpeg`."""

    colours: Annotated[int, Field(ge=2, le=256)] = 3
    """Levels of each of red, green and blue in the manipulation `palette`."""

    turn: bool = True
    """Let rows and columns change places for a picture that lies."""

    fit: Literal["pad", "stretch"] = "pad"
    """Where the grid's shape is not the picture's: square blocks and a rest of the grid outside the picture, or the
    whole grid on the picture."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.manipulations is not None:
            parse_manipulations(self.manipulations)
        start, end = (None if text is None else parse_moment(text) for text in (self.start, self.end))
        if start is not None and end is not None and start.is_before(end) is False:
            raise ParameterError(f"start={self.start} is not before end={self.end}; no frame lies between.")
        return self

    @property
    def needs_past(self) -> bool:
        """Whether a frame depends on those before it."""
        return self.preserve or not self.repeat or self.respawn > 1

    def learning(self) -> LearningParams:
        """Give what the agents' table hangs on, and nothing else: other ways to paint need no other table."""
        return LearningParams(**{name: getattr(self, name) for name in LearningParams.model_fields})

    def noises(self, block_share: float) -> dict[str, Noise]:
        """Give the manipulations, with the noise on their rewards.

        Args:
            block_share: side of a block, as a share of the picture's short side.

        """
        return parse_manipulations(self.manipulations or default_manipulations(block_share))
