"""Parameters of textures. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["TextureParams"]

_Fixed = {"keyframes": False}


class TextureParams(Params):
    """Synthesise a texture from a picture."""

    size: Annotated[int, Field(ge=64, le=8192, json_schema_extra=_Fixed)] = 1024
    """Side of the square texture in px."""

    tileable: bool = False
    """Make opposite edges fit each other."""

    minutes: Annotated[float, Field(gt=0, le=10_000, json_schema_extra=_Fixed)] = 2.0
    """Time for learning; weaving takes a second more."""

    steps: Annotated[int, Field(ge=1, json_schema_extra=_Fixed)] | None = None
    """Exact number of steps instead of a time: the same texture, byte for byte, on the same machine."""

    brush: Annotated[float, Field(ge=0.25, le=4, json_schema_extra=_Fixed)] = 1.0
    """Size of the marks, in relation to the picture."""

    seed: Annotated[int, Field(ge=0, lt=2**63, json_schema_extra=_Fixed)] = 0
    """Another seed, another piece of the same stuff."""

    profile: Literal["cpu", "gpu", "tiny"] = "cpu"
    """Size of the network; `tiny` is for tests."""

    backbone: Annotated[Literal["efficientnet_lite0", "tiny"], Field(json_schema_extra={"weights": True})] = (
        "efficientnet_lite0"
    )
    """Network that judges; `tiny` is for tests."""

    threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] | None = None
    """Processor threads; all of the machine's without it."""
