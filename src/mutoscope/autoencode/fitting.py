"""Frames of any size and shape into the model's, and back."""

import functools
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.autoencode.params import Manner
from mutoscope.ops.resize import resize

__all__ = ["Fitting", "Rectangle", "scaled"]

_DARK = 0.35
"""How bright the mirrored picture still is, one crop's height or width away from what the model has seen."""


@dataclass(frozen=True)
class Rectangle:
    """A part of a picture, px."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Fitting:
    """How frames of one size become the model's.

    Attributes:
        source: height and width of the frames.
        model: height and width that the model wants.
        fit: `crop` shows the model the largest part of its shape from the frame's middle; `letterbox` shows it the
            whole frame, with black bars; `stretch` the whole frame, squeezed.
        pixel_shape: width of a pixel of the frames over its height; the model's are square.

    """

    source: tuple[int, int]
    model: tuple[int, int]
    fit: Manner = "crop"
    pixel_shape: float = 1.0

    @property
    def seen(self) -> Rectangle:
        """What the model sees of a frame."""
        shape = self.model[0], self.model[1] / self.pixel_shape
        return _largest(self.source, shape) if self.fit == "crop" else Rectangle(0, 0, *self.source)

    @property
    def inside(self) -> Rectangle:
        """Where it lies in the model's picture."""
        shape = self.source[0], self.source[1] * self.pixel_shape
        return _largest(self.model, shape) if self.fit == "letterbox" else Rectangle(0, 0, *self.model)

    def into(self, x_NCHW: Tensor) -> Tensor:
        """Make pictures of the model's size, each pixel the mean of the area that it covers; 0..1."""
        seen, inside = self.seen, self.inside
        x = x_NCHW[:, :, seen.top : seen.top + seen.height, seen.left : seen.left + seen.width]
        x = scaled(x, inside.height, inside.width)
        if (inside.height, inside.width) == self.model:
            return x
        below, right = self.model[0] - inside.top - inside.height, self.model[1] - inside.left - inside.width
        return nnf.pad(x, (inside.left, right, inside.top, below))

    def back(self, y_NCHW: Tensor) -> Tensor:
        """Make pictures of the frames' size, 0..1: bars are cut away; beside a crop the picture goes on mirrored.

        There the model has seen nothing: its own picture, mirrored and soft, darkens towards the border.
        """
        seen, inside = self.seen, self.inside
        y = y_NCHW[:, :, inside.top : inside.top + inside.height, inside.left : inside.left + inside.width]
        y = scaled(y, seen.height, seen.width)
        if (seen.height, seen.width) == self.source:
            return y
        return self._surrounded(y, y_NCHW)

    def _surrounded(self, y_NCHW: Tensor, small_NCHW: Tensor) -> Tensor:
        seen, (height, width) = self.seen, self.source
        soft = nnf.avg_pool2d(small_NCHW, 5, 1, 2, count_include_pad=False)
        soft = scaled(soft, seen.height, seen.width)
        rows, row_light = _mirrored(height, seen.top, seen.height)
        columns, column_light = _mirrored(width, seen.left, seen.width)
        light_HW = (row_light[:, None] * column_light[None]).to(y_NCHW.device)
        whole = soft[:, :, rows.to(y_NCHW.device)][:, :, :, columns.to(y_NCHW.device)] * light_HW
        whole[:, :, seen.top : seen.top + seen.height, seen.left : seen.left + seen.width] = y_NCHW
        return whole


def scaled(x_NCHW: Tensor, height: int, width: int) -> Tensor:
    """Scale pictures: the mean of the area where they shrink, bicubic and clamped to 0..1 where they grow."""
    if height < x_NCHW.shape[2]:
        x_NCHW = _averaged(x_NCHW, 2, height)
    if width < x_NCHW.shape[3]:
        x_NCHW = _averaged(x_NCHW, 3, width)
    return resize(x_NCHW, height, width)


def _averaged(x_NCHW: Tensor, dim: int, new: int) -> Tensor:
    """Shrink one side: each new line is the mean of what it covers, parts of lines by their parts."""
    starts, weights = _covered(x_NCHW.shape[dim], new)
    across = (1, 1, -1, 1) if dim == 2 else (-1,)
    total = torch.zeros(())
    # Term by term, not as a product of matrices, whose last bits depend on the number of threads.
    for offset, weight in enumerate(weights):
        lines = x_NCHW.index_select(dim, (starts + offset).clamp(max=x_NCHW.shape[dim] - 1).to(x_NCHW.device))
        share = weight.view(across).to(x_NCHW)
        total = lines * share if offset == 0 else total.addcmul_(lines, share)
    return total.clamp_(0, 1)


@functools.lru_cache(maxsize=64)
def _covered(old: int, new: int) -> tuple[Tensor, Tensor]:
    """Give for each new line the first old one that it covers, and K,new weights of that and of those behind it."""
    edges = torch.arange(new + 1, dtype=torch.float64) * old / new
    starts = edges[:-1].floor()
    most = int((edges[1:].ceil() - starts).max())
    cells = starts + torch.arange(most, dtype=torch.float64)[:, None]
    overlap = torch.minimum(edges[1:], cells + 1) - torch.maximum(edges[:-1], cells)
    return starts.long(), (overlap.clamp_min(0) * new / old).float()


def _largest(outer: tuple[int, int], shape: tuple[int, float]) -> Rectangle:
    """Give the largest rectangle of a shape in the middle of a picture, at least one pixel."""
    height = min(outer[0], max(1, round(outer[1] * shape[0] / shape[1])))
    width = min(outer[1], max(1, round(outer[0] * shape[1] / shape[0])))
    return Rectangle((outer[0] - height) // 2, (outer[1] - width) // 2, height, width)


def _mirrored(length: int, start: int, inner: int) -> tuple[Tensor, Tensor]:
    """Give for each place of a line the one inside that it mirrors, and how bright it is there."""
    place = torch.arange(length) - start
    folded = place % (2 * inner)
    away = torch.maximum(-place, place - inner + 1).clamp_min(0) / inner
    return torch.minimum(folded, 2 * inner - 1 - folded), torch.pow(_DARK, away.float())
