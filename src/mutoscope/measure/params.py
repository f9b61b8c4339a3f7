"""Parameters of measuring. Torch-free: they feed command line and API."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["MeasureParams"]

_Fixed = {"keyframes": False}


class MeasureParams(Params):
    """How a film is measured against its source."""

    backbone: Annotated[
        Literal["squeezenet1_1", "efficientnet_lite0", "vgg19", "resnet18", "resnext50_32x4d", "tiny"],
        Field(json_schema_extra={"weights": True}),
    ] = "squeezenet1_1"
    """Network that tells how near a frame is to the style picture. Take another one than the film was painted with:
    a network is no judge of its own work."""

    flow: Literal["dis", "farneback"] = "dis"
    """Optical flow of the source: dense inverse search or Farnebäck's."""

    gap: Annotated[int, Field(ge=2, le=100, json_schema_extra=_Fixed)] = 10
    """How many frames apart the long-term error is measured."""

    size: Annotated[int, Field(ge=16, le=16_384, json_schema_extra=_Fixed)] | None = None
    """Long side in px at which both films are measured. Without it, the result's own."""
