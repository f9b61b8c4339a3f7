"""Cut a picture into overlapping tiles and put it together without a seam.

For work that does not fit in memory at once: each tile is remade alone, and the overlaps are blended with raised
cosines that sum to one at every pixel.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Tile", "map_tiles", "merge_weights", "tiles"]


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture in px: rows top..bottom, columns left..right, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, x_NCHW: Tensor) -> Tensor:
        """Give the view of a picture inside the tile."""
        return x_NCHW[:, :, self.top : self.bottom, self.left : self.right]


def tiles(height: int, width: int, side: int, overlap: int, offset_yx: tuple[int, int] = (0, 0)) -> Iterator[Tile]:
    """Cover a picture with tiles, row by row.

    Args:
        height: of the picture, px.
        width: of the picture, px.
        side: of a tile, px; tiles at the border may be smaller.
        overlap: px that neighbours share; less than half of `side`.
        offset_yx: moves the grid up and left by 0..side - overlap - 1 px: with another one in each step of an
            optimisation no grid line stands anywhere twice.

    Raises:
        ValueError: the overlap is half of the side or more, or negative.
    """
    if not 0 <= overlap < (side + 1) // 2:
        raise ValueError(f"overlap must be 0 to less than half of {side}; got {overlap}")
    for top, bottom in _spans(height, side, overlap, offset_yx[0]):
        for left, right in _spans(width, side, overlap, offset_yx[1]):
            yield Tile(top, bottom, left, right)


def merge_weights(tile: Tile, height: int, width: int, overlap: int) -> Tensor:
    """Weights of one tile, 1,1,h,w: raised cosines inside the overlaps, one elsewhere.

    Over all tiles of a picture they sum to one at every pixel.
    """
    rows = _ramp(tile.top, tile.bottom, height, overlap)
    columns = _ramp(tile.left, tile.right, width, overlap)
    return (rows[:, None] * columns[None])[None, None]


def map_tiles(
    x_NCHW: Tensor,
    remake: Callable[[Tensor, Tile], Tensor],
    side: int,
    overlap: int,
    offset_yx: tuple[int, int] = (0, 0),
) -> Tensor:
    """Remake a picture tile by tile; one tile at a time is at work.

    Args:
        x_NCHW: the picture.
        remake: takes a tile's pixels and place, gives pixels of the same size.
        side: of a tile, px.
        overlap: px that neighbours share.
        offset_yx: moves the grid.

    Returns:
        N,C,H,W with as many channels as `remake` gives.

    Raises:
        ValueError: the overlap does not fit the side.
    """
    height, width = x_NCHW.shape[2:]
    total: Tensor | None = None
    for tile in tiles(height, width, side, overlap, offset_yx):
        done = remake(tile.of(x_NCHW), tile)
        if total is None:
            total = done.new_zeros(done.shape[0], done.shape[1], height, width)
        tile.of(total).add_(done * merge_weights(tile, height, width, overlap).to(done))
    assert total is not None
    return total


def _spans(length: int, side: int, overlap: int, offset: int) -> Iterator[tuple[int, int]]:
    step = side - overlap
    start = -(offset % step)
    while True:
        first, last = max(0, start), min(length, start + side)
        # A rest that lies wholly inside the overlap with the tile before is no tile of its own.
        if last > first and (first == 0 or last - first > overlap):
            yield first, last
        if start + side >= length:
            return
        start += step


def _ramp(first: int, last: int, length: int, overlap: int) -> Tensor:
    weights = torch.ones(last - first)
    if not overlap:
        return weights
    rise = torch.sin((torch.arange(overlap) + 0.5) / overlap * torch.pi / 2).square()
    if first > 0:
        weights[:overlap] *= rise[: last - first]
    if last < length:
        weights[-overlap:] *= rise.flip(0)[-(last - first) :]
    return weights
