"""Parameters of training a filter. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["TrainFilterParams"]

_Fixed = {"keyframes": False}
_Text = Annotated[str, Field(max_length=200)]
_Weight = Annotated[float, Field(ge=0, le=1000, json_schema_extra=_Fixed)]


class TrainFilterParams(Params):
    """Train a filter from one picture."""

    minutes: Annotated[float, Field(gt=0, le=10_000, json_schema_extra=_Fixed)] = 10.0
    """Time for the training; the learning rate follows it."""

    steps: Annotated[int, Field(ge=1, json_schema_extra=_Fixed)] | None = None
    """Exact number of steps instead of a time: the same filter, byte for byte, on the same machine."""

    from_scratch: bool = False
    """Start from chance instead of from the network that all shipped filters share; takes twice as long."""

    trains: Literal["all", "style"] = "all"
    """`all`: the network learns too, the filter looks best and its file has half a megabyte. `style`: only the style's
    own three thousand numbers; 18 kB, and it can be mixed with the shipped filters."""

    brush: Annotated[float, Field(ge=0.25, le=4, json_schema_extra=_Fixed)] = 1.0
    """Size of the strokes, in relation to the picture: 2 makes them twice as large."""

    content: _Weight = 1.0
    """Weight of what is shown: more keeps things recognisable."""

    style: _Weight = 6.0
    """Weight of the manner: more lets the painting take over."""

    lightness: _Weight = 2.0
    """Weight of light staying light and dark staying dark over areas."""

    consistency: _Weight = 30.0
    """Weight of painting the same thing in the same way, however the frame is shifted or noisy: steadiness in film."""

    total_variation: _Weight = 1.0
    """Weight of the roughness penalty."""

    size: Annotated[int, Field(ge=64, le=512, multiple_of=4, json_schema_extra=_Fixed)] = 192
    """Side in px of the crops that are painted in training."""

    batch: Annotated[int, Field(ge=1, le=64, json_schema_extra=_Fixed)] = 4
    """Crops per step."""

    rate: Annotated[float, Field(gt=0, le=0.1, json_schema_extra=_Fixed)] = 1.5e-3
    """Highest learning rate."""

    profile: Literal["cpu", "gpu", "tiny"] = "cpu"
    """Size of the network, from scratch only: `gpu` is five times as large (2.6 MB); `tiny` is for tests."""

    backbone: Annotated[Literal["efficientnet_lite0", "tiny"], Field(json_schema_extra={"weights": True})] = (
        "efficientnet_lite0"
    )
    """Network that judges; `tiny` is for tests."""

    seed: Annotated[int, Field(ge=0, lt=2**63, json_schema_extra=_Fixed)] = 0
    """Seed of all chance."""

    threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] | None = None
    """Processor threads; all of the machine's without it. The number decides about the last bits."""

    title: _Text = ""
    """What the picture is called; for the filter's card."""

    artist: _Text = ""
    """Who made it."""

    year: _Text = ""
    """When."""

    licence: _Text = "unknown"
    """Under which terms it may be used."""

    source: _Text = ""
    """Where it comes from."""
