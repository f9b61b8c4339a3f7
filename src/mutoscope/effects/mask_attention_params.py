"""Parameters of masks made of what a classifier looks at. Torch-free."""

from typing import Annotated

from pydantic import Field

from mutoscope.effects.attention_params import AttentionParams

__all__ = ["MaskAttentionParams"]


class MaskAttentionParams(AttentionParams):
    """Give a mask that is white where a classifier looks."""

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.45
    """Evidence, as a share of the strongest, that is half white."""

    softness: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Width of the slope from black to white, in evidence; 1: the map itself."""

    invert: bool = False
    """White where it does not look."""
