"""Frames that are too large for memory, painted in tiles that leave no seam.

Instance norm looks at the whole frame, so tiles of their own would differ in colour. Here the statistics of every
norm are first taken over crops that are spread over the frame, as if these were one picture; then all tiles are
painted with the same numbers, and overlap by as much as the network sees.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from mutoscope.filters.files import Filter
from mutoscope.filters.network import BLOCK_PX, FilterNetwork, fold_sides

__all__ = ["LARGE_PX", "paint_tiled"]

LARGE_PX = 3840 * 2160
"""Frames with more pixels than this are painted in tiles."""

_TILE_PX = 1024
_CROP_PX = 256
_NUM_CROPS = 24


def paint_tiled(filter_: Filter, x_1CHW: Tensor, tile: int = _TILE_PX) -> Tensor:
    """Paint one frame in tiles.

    Args:
        filter_: network and style, on the frame's device.
        x_1CHW: 0..1.
        tile: side of a tile in px without its overlap, a multiple of 4.

    Returns:
        1,3,H,W, 0..1.

    """
    height, width = x_1CHW.shape[2:]
    folded = fold_sides(x_1CHW)
    with torch.inference_mode():
        statistics = _measure(filter_, folded)
        painted = torch.empty_like(folded)
        for (top, bottom), (left, right) in _tiles(folded.shape[2], folded.shape[3], tile):
            margin = _reach(filter_.network)
            y, x = max(0, top - margin), max(0, left - margin)
            shown = folded[:, :, y : bottom + margin, x : right + margin]
            done = filter_.network(shown, filter_.style, lambda i, h: (h - statistics[i][0]) * statistics[i][1])
            painted[:, :, top:bottom, left:right] = done[:, :, top - y : bottom - y, left - x : right - x]
    return painted[:, :, :height, :width].clone()


def _measure(filter_: Filter, x_1CHW: Tensor) -> dict[int, tuple[Tensor, Tensor]]:
    """Mean and one over the deviation of every norm's input, over crops of the frame."""
    found: dict[int, tuple[Tensor, Tensor]] = {}

    def normalise(i: int, h: Tensor) -> Tensor:
        variance, mean = torch.var_mean(h, (0, 2, 3), correction=0, keepdim=True)
        found[i] = mean, (variance + 1e-5).rsqrt()
        return (h - mean) * found[i][1]

    filter_.network(torch.cat(list(_crops(x_1CHW))), filter_.style, normalise)
    return found


def _crops(x_1CHW: Tensor) -> Iterator[Tensor]:
    height, width = x_1CHW.shape[2:]
    side_y, side_x = (min(_CROP_PX, side) for side in (height, width))
    rows = min(_NUM_CROPS, max(1, round((_NUM_CROPS * height / width) ** 0.5)))
    columns = max(1, _NUM_CROPS // rows)
    for row in range(rows):
        for column in range(columns):
            y = _place(row, rows, height - side_y)
            x = _place(column, columns, width - side_x)
            yield x_1CHW[:, :, y : y + side_y, x : x + side_x]


def _place(i: int, num: int, room: int) -> int:
    return round(room * (i / (num - 1) if num > 1 else 0.5)) // BLOCK_PX * BLOCK_PX


def _reach(network: FilterNetwork) -> int:
    """How far a pixel sees: one block for each 3x3 convolution at a quarter of the size, two pixels at half."""
    return BLOCK_PX * (3 + 2 * network.profile.blocks)


def _tiles(height: int, width: int, side: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield (top, min(height, top + side)), (left, min(width, left + side))
