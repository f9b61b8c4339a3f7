"""How a picture that is too large for memory is cut, so that the feature grids of all its parts agree."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from mutoscope.ops.tiles import Tile

__all__ = ["LARGE_PX", "MARGIN_PX", "STRIDE", "Piece", "pieces", "strides_of", "whole"]

LARGE_PX = 1_000_000
"""Pictures with more pixels than this are painted in tiles: whole, each pixel takes 1.3 kB of EfficientNet-Lite0."""

MARGIN_PX = 64
"""Context around a tile. The deepest style layer of EfficientNet-Lite0 sees 137 px far, but hardly beyond 64."""

STRIDE = 32
"""Tiles begin at multiples of this, the largest stride of any style layer: then the grids of all features agree."""


@dataclass(frozen=True)
class Piece:
    """A tile's own part, and what of the picture around it the network is shown, both in px of the padded picture."""

    own: Tile
    shown: Tile

    def of_features(self, f_NFHW: Tensor, stride: int) -> Tensor:
        """Cut out of a shown tile's features those that are the tile's own: each position has one owner."""
        top, left = (self.own.top - self.shown.top) // stride, (self.own.left - self.shown.left) // stride
        rows, columns = self.own.bottom - self.own.top, self.own.right - self.own.left
        return f_NFHW[:, :, top : top + -(-rows // stride), left : left + -(-columns // stride)]


def pieces(height: int, width: int, side: int, margin: int, offset_yx: tuple[int, int] = (0, 0)) -> Iterator[Piece]:
    """Cut a picture into parts that do not overlap, each shown with a margin around.

    Args:
        height: of the picture, px.
        width: of the picture, px.
        side: of a part, px, a multiple of `STRIDE`.
        margin: px of context on each side, a multiple of `STRIDE`.
        offset_yx: moves the grid up and left; rounded down to multiples of `STRIDE`.

    """
    for top, bottom in _spans(height, side, offset_yx[0]):
        for left, right in _spans(width, side, offset_yx[1]):
            shown = Tile(
                max(0, top - margin), min(height, bottom + margin), max(0, left - margin), min(width, right + margin)
            )
            yield Piece(Tile(top, bottom, left, right), shown)


def _spans(length: int, side: int, offset: int) -> Iterator[tuple[int, int]]:
    start = -(offset // STRIDE * STRIDE % side)
    while start < length:
        # A sliver at the end goes to the part before it.
        end = start + side if length - start - side >= STRIDE else length
        if end > 0:
            yield max(0, start), end
        start = end


def whole(height: int, width: int, side: int) -> list[Piece]:
    """Cut a picture once, in the way in which it is measured."""
    return list(pieces(height, width, side, MARGIN_PX))


def strides_of(features: Mapping[str, Tensor], shown: Tile) -> dict[str, int]:
    """Tell the stride of each layer from the size of its map."""
    rows = shown.bottom - shown.top
    return {name: 2 ** round(math.log2(rows / f.shape[2])) for name, f in features.items()}
