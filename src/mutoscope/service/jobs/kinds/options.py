"""What jobs may be told beside the parameters of effects: the options that the command line has for the same."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params
from mutoscope.recipes.step import Step

__all__ = [
    "AssembleOptions",
    "CompareOptions",
    "CorruptOptions",
    "CrossOptions",
    "EstimateOptions",
    "FiltersOptions",
    "FramesOptions",
    "ImportFilterOptions",
    "KeyframeOptions",
    "LabelOptions",
    "MaskOptions",
    "MasksOptions",
    "NameOptions",
    "OnlyFramesOptions",
    "PaintingOptions",
    "PlaceOptions",
    "RecipeOptions",
    "ReplayOptions",
    "SequenceOptions",
    "SortOptions",
]

_Fixed = {"keyframes": False}
_FEATHER = Step.model_fields["feather"].description or ""
_INVERT = Step.model_fields["invert_mask"].description or ""
_Mask = Annotated[str, Field(min_length=1, max_length=2000)]


class MaskOptions(Params):
    """Where in the frame an effect works."""

    mask: _Mask | None = None
    """Done where white, untouched where black: `media:m_…` of a picture or film, `subject`, `background`, `attention`,
    `attention:dog`, `box:X,Y,WIDTH,HEIGHT` in shares of the frame, or `media:m_…@2s`, drawn on the frame at 2 s."""

    feather: Annotated[float, Field(ge=0, le=500, json_schema_extra=_Fixed, description=_FEATHER)] = 8.0

    invert_mask: Annotated[bool, Field(description=_INVERT)] = False


class MasksOptions(Params):
    """Where in the frame it is painted; several masks make regions, each with a style of its own."""

    mask: Annotated[tuple[_Mask, ...], Field(max_length=16)] = ()
    """Painted where white: `media:m_…` of a picture or film, `subject`, `background`, `attention`, `media:m_…@2s`
    (drawn on that frame, carried along), `guide:0.5..1` or `box:X,Y,WIDTH,HEIGHT`. Several, each with a style of its
    own: `["subject=media:m_…", "background=media:m_…"]`."""

    feather: Annotated[float, Field(ge=0, le=500, json_schema_extra=_Fixed, description=_FEATHER)] = 8.0

    invert_mask: Annotated[bool, Field(description=_INVERT)] = False


class KeyframeOptions(Params):
    """Painted frames that are carried through a film."""

    keyframes: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=64)] = ()
    """Frames that were painted, like `media:m_…@3s`; `@3s` alone has that frame painted in the style first."""


class CorruptOptions(Params):
    """What is seen of a corrupted film."""

    report: bool = False
    """Draw what the agents saw, learned and did on a sheet."""


class CompareOptions(Params):
    """What is made beside the film."""

    compare: bool = False
    """Draw the result beside the source and measure it."""


class RecipeOptions(Params):
    """What is made beside the films."""

    review: bool = False
    """Make a page for people of each result: stills before and after, the film, how it was made."""


class ReplayOptions(Params):
    """How a result is made again."""

    fresh: bool = False
    """Compute everything, also what an earlier run has left."""


class EstimateOptions(Params):
    """What is estimated."""

    suffix: Annotated[str, Field(pattern=r"^\.[a-z0-9]{2,5}$")] = ".mp4"
    """Container of the result."""


class FramesOptions(Params):
    """How a film is separated into pictures."""

    every: str | None = None
    """Only the first frame of each `1s`, `250ms`, `2m`; or `10f`: each tenth."""

    size: Annotated[int, Field(ge=16, le=16_384, json_schema_extra=_Fixed)] | None = None
    """Long side of the pictures in px; the film's own without it."""

    picture_format: Literal["png", "jpg", "tiff", "webp"] = "png"
    """Format of the pictures; png and tiff lose nothing."""


class SequenceOptions(Params):
    """How pictures become a film."""

    rate: Annotated[str, Field(max_length=40)] | None = None
    """Frames per second where no manifest tells the times, like `25` or `24000/1001`; 25 without it."""


class OnlyFramesOptions(Params):
    """Which frames are painted."""

    frames: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=10_000)] = ()
    """Numbers of the pictures that are painted, from 1, each by itself; all of them, as a film, without it."""


class CrossOptions(Params):
    """How much is shown."""

    moments: Annotated[int, Field(ge=1, le=64, json_schema_extra=_Fixed)] = 4
    """Pictures in each cell, spread over the film."""

    samples: Annotated[int, Field(ge=1, le=10_000, json_schema_extra=_Fixed)] = 64
    """Frames that are measured in each cell."""

    films_too: bool = False
    """Write each film through each model, and one in which all play."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the networks run."""


class SortOptions(Params):
    """What is made of a sort."""

    export: tuple[Literal["otio", "fcpxml", "xmeml", "edl", "xmp", "csv", "json"], ...] = ()
    """Files for editors."""

    quick: bool = False
    """Look at key frames only: coarse, and many times as fast."""


class AssembleOptions(Params):
    """What is made of the keeps."""

    assemble: bool = False
    """Cut all keeps together into one film."""


class LabelOptions(Params):
    """What labelled pictures are about."""

    task: Literal["blur", "exposure"] = "blur"
    """What the labels are about."""


class FiltersOptions(Params):
    """Which filters are tried."""

    names: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=200)] = ()
    """Filters of the shelf; all of them without any."""


class NameOptions(Params):
    """A filter of the shelf."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Name of the filter: small letters, digits, hyphens."""


class ImportFilterOptions(Params):
    """How a filter comes onto the shelf."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What it is called here; its file's name without it."""

    pixel_range: Literal["0..1", "0..255"] = "0..255"
    """Pixels that a foreign model takes and gives."""


class PaintingOptions(Params):
    """A painting that is made by code."""

    pattern: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Name of a pattern that is drawn by code, instead of the input `painting`."""


class PlaceOptions(Params):
    """A place in a store."""

    place: Annotated[str, Field(min_length=1, max_length=2000)]
    """Address in a store of your own, like `store://rushes/2026/clip.mp4`."""
