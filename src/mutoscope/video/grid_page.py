"""Frames of a film in which several films play in rows and columns, with a name at each."""

from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from mutoscope.ops.resize import resize
from mutoscope.video.lettering import BRIGHT, FAINT, PAPER, as_tensor, font_of, shortened

__all__ = ["GridPage"]

_WIDEST_PX, _LARGEST_PX = 1920, 480
_GAP_PX = 8


class GridPage:
    """Draws one page after the other.

    Args:
        columns: names above the columns.
        rows: names above the rows.
        shape: height over width of the place that each film has; films of another shape get dark bars.

    Attributes:
        size: height and width of a page, even.
        cell: height and width of a film's place, even.

    """

    def __init__(self, columns: Sequence[str], rows: Sequence[str], shape: float) -> None:
        width = min(_LARGEST_PX, (_WIDEST_PX - _GAP_PX) // len(columns) - _GAP_PX) // 2 * 2
        self.cell = max(2, round(width * shape / 2) * 2), width
        text = max(12, min(20, width // 20))
        self._line = round(1.7 * text)
        self._step = self._line + self.cell[0] + _GAP_PX
        height = self._line + len(rows) * self._step
        self.size = height + height % 2, _GAP_PX + len(columns) * (width + _GAP_PX)
        image = Image.new("RGB", self.size[::-1], PAPER)
        pen, font = ImageDraw.Draw(image), font_of(text)
        for number, name in enumerate(columns):
            x = _GAP_PX + number * (width + _GAP_PX)
            pen.text((x, text // 3), shortened(name, font, width), fill=BRIGHT, font=font)
        for number, name in enumerate(rows):
            y = self._line + number * self._step + text // 3
            pen.text((_GAP_PX, y), shortened(name, font, self.size[1] - 2 * _GAP_PX), fill=FAINT, font=font)
        self._page_3HW = as_tensor(image)

    def fitted(self, height: int, width: int) -> tuple[int, int]:
        """Give height and width of a film in its place."""
        scale = min(self.cell[0] / height, self.cell[1] / width)
        return max(1, round(height * scale)), max(1, round(width * scale))

    def put(self, row: int, column: int, x_3HW: Tensor) -> None:
        """Show a frame, 0..1, in a place, until another one comes there."""
        height, width = self.fitted(*x_3HW.shape[1:])
        picture_3HW = resize(x_3HW[None], height, width)[0]
        y = self._line + row * self._step + self._line + (self.cell[0] - height) // 2
        x = _GAP_PX + column * (self.cell[1] + _GAP_PX) + (self.cell[1] - width) // 2
        self._page_3HW[:, y : y + height, x : x + width] = picture_3HW

    def draw(self) -> Tensor:
        """Give the page, 3,H,W, 0..1; the same memory each time, so use it before the next frame is put."""
        return self._page_3HW
