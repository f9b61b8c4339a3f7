"""One step of a recipe: an effect, where it stands in the chain, when and where it works."""

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import Params

__all__ = ["Step"]

_Fixed = {"keyframes": False}
_Text = Annotated[str, Field(min_length=1)]


class Step(Params):
    """One effect of a chain, with its parameters."""

    effect: _Text
    """Name of an effect, as `mutoscope effects` lists them."""

    name: str = ""
    """What other steps call it. Without one, the effect's name, with "#2" for the second step of that effect."""

    input: _Text | None = None
    """Name of the step whose result is taken, or "source" for the film. Without it, the step before."""

    start: str | None = None
    """Time from which the effect works, like '1.5s', '250ms' or '00:04'; frames before it pass unchanged."""

    end: str | None = None
    """Time up to which the effect works; frames from there on pass unchanged."""

    seed: Annotated[int, Field(ge=0, json_schema_extra=_Fixed)] | None = None
    """Seed of this step's chance. Without it, the film's."""

    mask: _Text | None = None
    """Picture or film: the effect works where it is white. "step:NAME" takes the result of another step."""

    feather: Annotated[float, Field(ge=0, le=500, json_schema_extra=_Fixed)] = 8.0
    """Softness of the mask's edge in px."""

    invert_mask: bool = False
    """Work where the mask is black instead of where it is white."""

    params: dict[str, Any] = {}  # noqa: RUF012 - pydantic copies defaults
    """Parameters of the effect."""

    inputs: dict[str, _Text] = {}  # noqa: RUF012 - likewise
    """Further films or pictures that the effect takes, by name: a path, or "step:NAME"."""

    @property
    def span_s(self) -> tuple[float, float | None]:
        """Seconds from which and up to which the effect works; None: to the end."""
        return parse_time(self.start or "0s"), None if self.end is None else parse_time(self.end)

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if len(name) > 100 or not name.isprintable() or name != name.strip():
            raise ParameterError("a name of a step has at most 100 characters, none at its ends blank; shorten it.")
        return name

    @field_validator("start", "end")
    @classmethod
    def _check_time(cls, text: str | None) -> str | None:
        if text is not None:
            parse_time(text)
        return text

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        start_s, end_s = self.span_s
        if end_s is not None and start_s >= end_s:
            raise ParameterError(f"start={self.start or '0s'} is not before end={self.end}; no frame lies between.")
        return self
