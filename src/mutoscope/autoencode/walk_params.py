"""Parameters of a walk through a latent space. Torch-free."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mutoscope.autoencode.bend_params import BendParams, parse_bends
from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params

__all__ = ["WalkParams"]

_Fixed = {"keyframes": False}


class WalkParams(Params):
    """Walk through what a network remembers of a film, from one time of the film to another, or wherever you like."""

    start: str = ""
    """Time of the film at which the walk begins, like 00:10; 00:10@second.mp4 where the model has seen several films.
    Without it, the film's first frame."""

    end: str = ""
    """Time of the film at which it ends. Without it, the film's last frame."""

    via: str = ""
    """Times on the way, in the order in which they are passed, parted by commas."""

    along: bool = False
    """Walk along the film itself, slowed down or sped up to last as long as asked for, instead of straight from time
    to time. It cuts where the film cuts."""

    random: bool = False
    """Walk through frames drawn by `seed`, each from another shot as far as there are enough, instead of through times
    that are named."""

    prior: Literal["", "film", "normal"] = ""
    """Walk through points that the film has never shown, drawn by `seed`: `film` as its latents lie, `normal` each
    number for itself, with the spread that it has in the film."""

    of: str = ""
    """Arithmetic of ranges of time, like "00:10..00:12 - 00:20..00:22 + 01:00..01:03": the mean of the first minus
    the mean of the second is added to each frame of the last, which gives the movement. A number before a range, like
    0.5*00:10..00:12, is its weight."""

    seconds: Annotated[float, Field(gt=0, le=86_400, json_schema_extra=_Fixed)] | None = None
    """How long the walk lasts. Without it 10 s, and with `of` as long as its last range."""

    rate: Annotated[float, Field(gt=0, le=1000, json_schema_extra=_Fixed)] | None = None
    """Frames per second. Without it, those of the film."""

    loop: bool = False
    """Close the walk, so that it can be shown again and again: after the last frame comes the first. With `along` the
    film is played forwards and then backwards."""

    stations: Annotated[int, Field(ge=2, le=10_000, json_schema_extra=_Fixed)] | None = None
    """How many points a random walk passes. Without it one each 3 s."""

    way: Literal["sphere", "line", "spline"] | None = None
    """How it goes from point to point: `sphere` keeps the distance from the mean of all frames, so that pictures on
    the way are as strong as those at its ends; `line` is the shortest and goes through paler ones; `spline` is a smooth
    curve without stops. Without it `sphere`, and `spline` for random walks."""

    easing: Literal["linear", "ease", "ease-in", "ease-out"] | None = None
    """How it leaves one point and comes to the next. Without it `ease`, which rests at each, and `linear` for `spline`
    and `along`."""

    smooth: Annotated[float, Field(ge=0, le=60, json_schema_extra=_Fixed)] = 0.0
    """Standard deviation in seconds by which latents of the film are smoothed over time, each shot for itself, before
    anything is done with them: quick movements become slow ones."""

    exaggerate: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How far latents go from the mean of all: 0 shows the mean of the film, 2 a caricature of each frame. May be a
    curve over the walk."""

    bends: Annotated[tuple[BendParams, ...], BeforeValidator(parse_bends)] = ()
    """Network bending: what is done to features on their way through the decoder, one after the other."""

    @property
    def is_animated(self) -> bool:
        """Whether any number, of any bend, is a curve."""
        return super().is_animated or any(bend.is_animated for bend in self.bends)

    @model_validator(mode="after")
    def _check(self) -> Self:
        kinds = [name for name in ("along", "random", "prior", "of") if getattr(self, name)]
        if len(kinds) > 1:
            raise ParameterError(f"{kinds[0]} and {kinds[1]} are two kinds of walk; give one of them.")
        named = [name for name in ("start", "end", "via") if getattr(self, name)]
        if kinds and kinds[0] != "along" and named:
            raise ParameterError(f"{kinds[0]} finds its own way; leave {named[0]} out.")
        if self.along and self.via:
            raise ParameterError("along passes all frames between start and end; leave via out.")
        return self
