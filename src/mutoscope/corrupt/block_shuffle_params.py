"""Parameters of moving blocks. Torch-free."""

from typing import Annotated

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["BlockShuffleParams"]

Share = Annotated[float, Field(ge=0, le=1)]


class BlockShuffleParams(Params):
    """Show other places of the picture in some of its blocks. Lengths are shares of the frame's longer side."""

    block: Annotated[float, Field(gt=0, le=1)] = 0.034
    """Side of a block; at least one pixel."""
    share: Share = 0.22
    """Share of the blocks that show another place, drawn by chance."""
    run: Annotated[float, Field(ge=1, le=200)] = 5.0
    """Mean number of neighbours in a row that move together, as blocks do after a fault in a stream; 1: each alone."""
    distance: Share = 0.2
    """How far the other place lies away at most."""
    chance: Share = 1.0
    """How likely blocks move at all at a time; below 1 the fault comes and goes in bursts."""
    rate: Annotated[float, Field(ge=0, le=240)] = 5.0
    """How often chance draws anew, times a second; 0: never."""
