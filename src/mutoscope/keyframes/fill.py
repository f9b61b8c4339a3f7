"""What the keyframe does not show borrows its strokes from what it shows: patches by example (Jamriska et al. 2019).

Cells of a frame that have no place in the keyframe get one of like colour and texture. Neighbours keep to the same
offset wherever it costs little (Ashikhmin 2001), so that strokes are borrowed in large pieces.
"""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["BORROWED", "CELL_PX", "certain_of", "describe", "fill_offsets"]

CELL_PX = 4
"""Side of a cell in px of the guide."""

BORROWED = 0.4
"""Trust in a place that only looks alike: strokes may be taken from it, but they are not those of this thing."""

_BLOCK_CELLS = 3
"""Side of the blocks that a place is looked for; between them, cells may go over to their neighbours."""
_ROUNDS = 4
_BREAK = 0.06
"""What it costs, in squared colour, where all neighbours of a cell have other offsets."""
_SHIFTS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))


def certain_of(trust: Tensor) -> Tensor:
    """Say how far a keyframe's own strokes belong to a place: 0 where they are borrowed, 1 where they are its own."""
    return ((trust - BORROWED) / (1 - BORROWED)).clamp(0, 1)


def describe(x_1CHW: Tensor) -> Tensor:
    """Describe each cell of a small picture: its colour, that of its surroundings, and how busy it is.

    Returns:
        F,H/4,W/4; distances are in units of squared colour.

    """
    colour = nnf.avg_pool2d(x_1CHW, CELL_PX, ceil_mode=True)
    square = nnf.avg_pool2d(x_1CHW.square(), CELL_PX, ceil_mode=True)
    around = nnf.avg_pool2d(nnf.pad(colour, (1, 1, 1, 1), mode="replicate"), 3, 1)
    around_square = nnf.avg_pool2d(nnf.pad(square, (1, 1, 1, 1), mode="replicate"), 3, 1)
    busy = (around_square - around.square()).clamp_min(0).mean(1, keepdim=True).sqrt()
    return torch.cat([colour, around, 2 * busy], 1)[0]


def fill_offsets(
    offset_yx_HW: tuple[Tensor, Tensor], holes_HW: Tensor, now_FHW: Tensor, key_FHW: Tensor, apart: int = 0
) -> tuple[Tensor, Tensor]:
    """Give each hole a place in the keyframe.

    Args:
        offset_yx_HW: whole cells, y and x, from each cell to its place in the keyframe; not read in holes.
        holes_HW: which cells have none.
        now_FHW: of the frame, as `describe` gives it.
        key_FHW: of the keyframe.
        apart: a place is at least so many cells away, so that a keyframe can be filled from itself.

    Returns:
        offsets y and x of all cells.

    """
    height, width = holes_HW.shape
    y_HW, x_HW = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    to_y, to_x = offset_yx_HW[0].clone(), offset_yx_HW[1].clone()
    if not bool(holes_HW.any()):
        return to_y, to_x
    y_blocks, x_blocks = _nearest_blocks(now_FHW, key_FHW, holes_HW, apart)
    to_y = torch.where(holes_HW, y_blocks, to_y)
    to_x = torch.where(holes_HW, x_blocks, to_x)
    fit = _cost(now_FHW, key_FHW, y_HW + to_y, x_HW + to_x)
    for _ in range(_ROUNDS):
        best = fit + _breaks(to_y, to_x, to_y, to_x)
        best_y, best_x, best_fit = to_y, to_x, fit
        for shift in _SHIFTS:
            try_y, try_x = _shifted(to_y, shift), _shifted(to_x, shift)
            try_fit = _cost(now_FHW, key_FHW, y_HW + try_y, x_HW + try_x)
            if apart:
                try_fit = try_fit.masked_fill((try_y.abs() < apart) & (try_x.abs() < apart), float("inf"))
            total = try_fit + _breaks(try_y, try_x, to_y, to_x)
            better = holes_HW & (total < best)
            best = torch.where(better, total, best)
            best_y, best_x = torch.where(better, try_y, best_y), torch.where(better, try_x, best_x)
            best_fit = torch.where(better, try_fit, best_fit)
        if torch.equal(best_y, to_y) and torch.equal(best_x, to_x):
            break
        to_y, to_x, fit = best_y, best_x, best_fit
    return to_y, to_x


def _nearest_blocks(now_FHW: Tensor, key_FHW: Tensor, holes_HW: Tensor, apart: int) -> tuple[Tensor, Tensor]:
    """Give each block of cells the offset to the place that is most like it, anywhere in the keyframe."""
    height, width = holes_HW.shape
    side = min(_BLOCK_CELLS, height, width)
    last_y, last_x = height - side, width - side
    # The last row and column of blocks end with the picture, and overlap those before.
    starts_y = torch.arange(0, height, side).clamp(max=last_y)
    starts_x = torch.arange(0, width, side).clamp(max=last_x)
    key_KM = nnf.unfold(key_FHW[None], side)[0]
    now_KHW = nnf.unfold(now_FHW[None], side)[0].view(-1, last_y + 1, last_x + 1)
    to_y = torch.zeros(height, width, dtype=torch.long)
    to_x = torch.zeros(height, width, dtype=torch.long)
    places = torch.arange(key_KM.shape[1])
    place_y, place_x = places // (last_x + 1), places % (last_x + 1)
    length_M = key_KM.square().sum(0)
    for y in starts_y.tolist():
        distance_NM = length_M[None] - 2 * now_KHW[:, y, starts_x].T @ key_KM
        if apart:
            near = ((place_y - y).abs() < apart)[None] & ((place_x[None] - starts_x[:, None]).abs() < apart)
            distance_NM = distance_NM.masked_fill(near, float("inf"))
        best_N = distance_NM.argmin(1)
        for x, best in zip(starts_x.tolist(), best_N.tolist(), strict=True):
            to_y[y : y + side, x : x + side] = best // (last_x + 1) - y
            to_x[y : y + side, x : x + side] = best % (last_x + 1) - x
    return to_y, to_x


def _cost(now_FHW: Tensor, key_FHW: Tensor, y_HW: Tensor, x_HW: Tensor) -> Tensor:
    height, width = key_FHW.shape[1:]
    inside = (y_HW >= 0) & (y_HW < height) & (x_HW >= 0) & (x_HW < width)
    fetched = key_FHW[:, y_HW.clamp(0, height - 1), x_HW.clamp(0, width - 1)]
    return (fetched - now_FHW).square().sum(0).masked_fill(~inside, float("inf"))


def _breaks(try_y: Tensor, try_x: Tensor, to_y: Tensor, to_x: Tensor) -> Tensor:
    """Cost of the neighbours that have other offsets."""
    num = torch.zeros(to_y.shape)
    for shift in _SHIFTS:
        num += ((_shifted(to_y, shift) - try_y).abs() + (_shifted(to_x, shift) - try_x).abs() > 1).float()
    return num * (_BREAK / len(_SHIFTS))


def _shifted(x_HW: Tensor, shift: tuple[int, int]) -> Tensor:
    """Give each cell its neighbour's value; the edge is replicated."""
    height, width = x_HW.shape
    rows = (torch.arange(height) + shift[0]).clamp(0, height - 1)
    columns = (torch.arange(width) + shift[1]).clamp(0, width - 1)
    return x_HW[rows][:, columns]
