"""Parameters of where a classifier looks. Torch-free."""

import json
from typing import Annotated, Literal

from pydantic import Field, field_validator

from mutoscope.effects.params import Params
from mutoscope.models.imagenet_classes import parse_classes

__all__ = ["ANALYSIS", "AttentionParams", "analysis_name"]

ANALYSIS = "attention"
"""Name of the analysis pass; behind it and a colon stand the parameters."""

_STILL = {"keyframes": False}


class AttentionParams(Params):
    """Look at a film with a classifier: how much each place speaks for what it sees."""

    backbone: Annotated[Literal["efficientnet_lite0", "resnet18"], Field(json_schema_extra={"weights": True})] = (
        "efficientnet_lite0"
    )
    """Network that looks. efficientnet_lite0 is built in; resnet18 is fetched once."""

    classes: str = ""
    """What to look for: "" or "top" for the likeliest class of each shot, names of ImageNet's classes or of common
    groups like dog, bird or car, or numbers from 0 to 999; several joined by "+"."""

    spread: bool = True
    """Spread the map from the part that tells the class, a head, over all that looks like it, and let classes that are
    nearly as likely count too; off: the plain map of the one likeliest class."""

    every: Annotated[int, Field(ge=1, le=250, json_schema_extra=_STILL)] = 5
    """The network looks at every n-th frame; between, its map is carried along the motion of the film."""

    smooth_frames: Annotated[float, Field(ge=0, le=100, json_schema_extra=_STILL)] = 15.0
    """Frames back and ahead, within the shot, over which the map is averaged along the motion; 0: hardly at all."""

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, text: str) -> str:
        return " + ".join(parse_classes(text))


def analysis_name(params: AttentionParams) -> str:
    """Name the pass that leaves the maps in `Context.side`; only the fields of `AttentionParams` count."""
    plain = {field: getattr(params, field) for field in AttentionParams.model_fields}
    return f"{ANALYSIS}:{json.dumps(plain, sort_keys=True, separators=(',', ':'))}"
