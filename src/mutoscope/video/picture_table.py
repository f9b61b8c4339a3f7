"""Tables of pictures on a dark page: rows and columns with words, several pictures and lines of text in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from torch import Tensor

from mutoscope.storage.atomic import atomic_path
from mutoscope.video.lettering import BRIGHT, FAINT, INK, PAPER, font_of, shortened, to_image, wrapped
from mutoscope.video.sheet import check_sheet_name

__all__ = ["Heading", "PictureCell", "PictureRow", "draw_table"]

_MARGIN_PX, _GAP_PX, _INNER_PX = 24, 20, 4
_TEXT_PX, _TITLE_PX = 17, 26
_LINE_PX, _TITLE_LINE_PX = 24, 38
_LABEL_PX = 190
_MARK_PX = 3


@dataclass(frozen=True)
class Heading:
    """Words above a column or beside a row: a bright one and fainter ones below it."""

    text: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class PictureCell:
    """What stands in one place.

    Attributes:
        pictures_3HW: 0..1 or uint8, of one shape within a row of the table; the cell is filled row by row.
        lines: words below them: the first one bright.
        is_marked: whether it has a bright frame.

    """

    pictures_3HW: Sequence[Tensor]
    lines: Sequence[str] = ()
    is_marked: bool = False


@dataclass(frozen=True)
class PictureRow:
    """A row, with words at its left."""

    heading: Heading
    cells: Sequence[PictureCell] = field(default=())


def draw_table(
    title: str,
    notes: Sequence[str],
    columns: Sequence[Heading],
    rows: Sequence[PictureRow],
    out: Path,
    *,
    picture_size: tuple[int, int],
    across: int = 1,
) -> Path:
    """Draw a table.

    Args:
        title: first line; broken where it is too long.
        notes: lines below it.
        columns: words above the columns; none where there are no such words.
        rows: at least one with a cell.
        out: png or jpg; appears when it is whole.
        picture_size: most height and width of a picture, which keeps its shape.
        across: pictures beside each other in a cell.

    Raises:
        OutputError: the sheet cannot be written.

    """
    check_sheet_name(out)
    page = _Page(title, notes, columns, rows, picture_size, across)
    with atomic_path(out) as temp:
        page.draw().save(temp, quality=92)
    return out


class _Page:
    """Measures first, then draws."""

    def __init__(
        self,
        title: str,
        notes: Sequence[str],
        columns: Sequence[Heading],
        rows: Sequence[PictureRow],
        picture_size: tuple[int, int],
        across: int,
    ) -> None:
        self.columns, self.rows, self.across = columns, rows, across
        self.font, self.large = font_of(_TEXT_PX), font_of(_TITLE_PX)
        self.height, self.width = picture_size
        self.cell_width = across * (self.width + _INNER_PX) - _INNER_PX
        num_columns = max(len(row.cells) for row in rows)
        self.page_width = 2 * _MARGIN_PX + _LABEL_PX + num_columns * (self.cell_width + _GAP_PX)
        room = self.page_width - 2 * _MARGIN_PX
        self.title = wrapped(title, self.large, room)
        self.notes = [line for note in notes for line in wrapped(note, self.font, room)]
        self.head_px = max(((1 + len(column.notes)) * _LINE_PX + _GAP_PX // 2 for column in columns), default=0)
        self.row_heights = [self._row_height(row) for row in rows]
        self.top = _MARGIN_PX + len(self.title) * _TITLE_LINE_PX + len(self.notes) * _LINE_PX + _GAP_PX

    def draw(self) -> Image.Image:
        height = self.top + self.head_px + sum(self.row_heights) + _MARGIN_PX
        self.image = Image.new("RGB", (self.page_width, height), PAPER)
        self.pen = ImageDraw.Draw(self.image)
        y = _MARGIN_PX
        for line in self.title:
            self.pen.text((_MARGIN_PX, y), line, fill=BRIGHT, font=self.large)
            y += _TITLE_LINE_PX
        for line in self.notes:
            self.pen.text((_MARGIN_PX, y), line, fill=FAINT, font=self.font)
            y += _LINE_PX
        y = self.top
        for number, column in enumerate(self.columns):
            self._draw_heading(column, self._left(number), y)
        y += self.head_px
        for row, row_height in zip(self.rows, self.row_heights, strict=True):
            self._draw_row(row, y)
            y += row_height
        return self.image

    def _draw_row(self, row: PictureRow, y: int) -> None:
        for place, (line, ink) in enumerate(self._beside(row.heading)):
            self.pen.text((_MARGIN_PX, y + place * _LINE_PX), line, fill=ink, font=self.font)
        height = self._picture_height(row)
        cell_height = self._cell_height(row)
        for number, cell in enumerate(row.cells):
            x = self._left(number)
            if cell.is_marked:
                out = _MARK_PX + 2
                box = (x - out, y - out, x + self.cell_width + out - 1, y + cell_height + out - 1)
                self.pen.rectangle(box, outline=BRIGHT, width=_MARK_PX)
            for place, picture_3HW in enumerate(cell.pictures_3HW):
                down, right = divmod(place, self.across)
                corner = x + right * (self.width + _INNER_PX), y + down * (height + _INNER_PX)
                self._paste(picture_3HW, *corner, height)
            for place, line in enumerate(cell.lines):
                at = (x, y + cell_height + _MARK_PX + 6 + place * _LINE_PX)
                words = shortened(line, self.font, self.cell_width)
                self.pen.text(at, words, fill=INK if place == 0 else FAINT, font=self.font)

    def _paste(self, picture_3HW: Tensor, x: int, y: int, height: int) -> None:
        image = to_image(picture_3HW)
        scale = min(self.width / image.width, height / image.height)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        if size != image.size:
            image = image.resize(size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.LANCZOS)
        self.image.paste(image, (x + (self.width - size[0]) // 2, y + (height - size[1]) // 2))

    def _draw_heading(self, heading: Heading, x: int, y: int) -> None:
        for place, text in enumerate([heading.text, *heading.notes]):
            words = shortened(text, self.font, self.cell_width)
            self.pen.text((x, y + place * _LINE_PX), words, fill=FAINT if place else BRIGHT, font=self.font)

    def _beside(self, heading: Heading) -> list[tuple[str, tuple[int, int, int]]]:
        """Break the words beside a row into lines, with their inks."""
        room = _LABEL_PX - _GAP_PX
        notes = [(line, FAINT) for note in heading.notes for line in wrapped(note, self.font, room)]
        return [*((line, BRIGHT) for line in wrapped(heading.text, self.font, room)), *notes]

    def _left(self, number: int) -> int:
        return _MARGIN_PX + _LABEL_PX + number * (self.cell_width + _GAP_PX)

    def _picture_height(self, row: PictureRow) -> int:
        shapes = [picture_3HW.shape for cell in row.cells for picture_3HW in cell.pictures_3HW[:1]]
        return min(self.height, max(round(self.width * height / width) for _, height, width in shapes))

    def _cell_height(self, row: PictureRow) -> int:
        down = -(-max(len(cell.pictures_3HW) for cell in row.cells) // self.across)
        return down * (self._picture_height(row) + _INNER_PX) - _INNER_PX

    def _row_height(self, row: PictureRow) -> int:
        lines = max((len(cell.lines) for cell in row.cells), default=0)
        below = _MARK_PX + 6 + lines * _LINE_PX + _GAP_PX
        return max(self._cell_height(row) + below, len(self._beside(row.heading)) * _LINE_PX + _GAP_PX)
