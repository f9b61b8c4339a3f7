"""Sheets of pictures in labelled rows and columns: what a choice of parameters does to some frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from mutoscope.ops.resize import resize
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.sheet import check_sheet_name

__all__ = ["Block", "Box", "Heading", "Label", "draw_grid"]

Box = tuple[int, int, int, int]
"""Left, top, width and height of a picture on the sheet, in px."""

_GAP_PX = 8
_LABEL_PX = 220
_LEAST_CELL_PX = 200
"""Pictures of small films are drawn larger: the words above them need room."""
_BACKGROUND = (24, 24, 24)
_INK = (165, 165, 165)
_BRIGHT = (255, 214, 120)
_FONT_PX = 19
_TITLE_PX = 24
_LINE_PX = 30


@dataclass(frozen=True)
class Label:
    """Words at a row or column; bright ones stand out."""

    text: str
    is_bright: bool = False


@dataclass(frozen=True)
class Heading:
    """Words above some neighbouring columns, and the words of each."""

    label: Label
    columns: tuple[Label, ...]


@dataclass(frozen=True)
class Block:
    """Rows of pictures that belong together.

    Attributes:
        picture_CHW: shown small at the left: what the rows were made of.
        caption: below it.
        rows: words and pictures of each row, 3,H,W, 0..1; all pictures of a sheet have one size.

    """

    picture_CHW: Tensor
    caption: str
    rows: Sequence[tuple[Label, Sequence[Tensor]]]


def draw_grid(
    title: str, notes: Sequence[str], headings: Sequence[Heading], blocks: Sequence[Block], out: Path
) -> list[Box]:
    """Draw blocks of pictures below each other, with words at every row and column.

    Args:
        title: first line, in larger letters; broken where it is too long.
        notes: lines below it.
        headings: words above the columns, of all blocks alike.
        blocks: at least one.
        out: png or jpg; appears when it is whole.

    Returns:
        where each picture is, row by row.

    Raises:
        OutputError: the sheet cannot be written.

    """
    check_sheet_name(out)
    page = _Page(title, notes, headings, blocks)
    boxes = page.draw()
    with atomic_path(out) as temp:
        page.image.save(temp, quality=92)
    return boxes


class _Page:
    """Measures first, then draws."""

    def __init__(self, title: str, notes: Sequence[str], headings: Sequence[Heading], blocks: Sequence[Block]) -> None:
        self.headings, self.blocks = headings, blocks
        self.font, self.large = (ImageFont.load_default(size=px) for px in (_FONT_PX, _TITLE_PX))
        _, height_px, width = blocks[0].rows[0][1][0].shape
        scale = max(1.0, _LEAST_CELL_PX / width)
        self.cell_width, self.cell_height = round(width * scale), round(height_px * scale)
        # A frame, its time and the words of the first row stand beside the first row's pictures.
        self.row_height = max(self.cell_height, 3 * _LINE_PX)
        self.num_columns = sum(len(heading.columns) for heading in headings)
        num_gaps = self.num_columns + len(headings)
        self.width = _LABEL_PX + self.num_columns * self.cell_width + (num_gaps + 1) * _GAP_PX
        self.lines = [
            *((line, self.large) for line in self._broken(title, self.large)),
            *((line, self.font) for note in notes for line in self._broken(note, self.font)),
        ]
        self.top = _GAP_PX + len(self.lines) * _LINE_PX + _GAP_PX
        num_rows = sum(len(block.rows) for block in blocks)
        height = self.top + num_rows * (self.row_height + _GAP_PX) + len(blocks) * (2 * _LINE_PX + 2 * _GAP_PX)
        self.image = Image.new("RGB", (self.width, height), _BACKGROUND)
        self.pen = ImageDraw.Draw(self.image)

    def draw(self) -> list[Box]:
        for number, (line, font) in enumerate(self.lines):
            ink = _BRIGHT if font is self.large else _INK
            self.pen.text((_GAP_PX, _GAP_PX + number * _LINE_PX), line, fill=ink, font=font)
        y, boxes = self.top, []
        for block in self.blocks:
            lefts = self._draw_headings(y)
            y += 2 * _LINE_PX
            self._draw_source(block, y)
            for label, pictures in block.rows:
                self._write(label, _GAP_PX, y + self.row_height - _LINE_PX)
                for left, picture_CHW in zip(lefts, pictures, strict=True):
                    self.image.paste(_to_image(picture_CHW, self.cell_height, self.cell_width), (left, y))
                    boxes.append((left, y, self.cell_width, self.cell_height))
                y += self.row_height + _GAP_PX
            y += 2 * _GAP_PX
        return boxes

    def _draw_headings(self, y: int) -> list[int]:
        """Write the words above the columns; give the left edge of each column."""
        x, lefts = _LABEL_PX + 2 * _GAP_PX, []
        for heading in self.headings:
            self._write(heading.label, x, y)
            for column in heading.columns:
                self._write(column, x, y + _LINE_PX)
                lefts.append(x)
                x += self.cell_width + _GAP_PX
            x += _GAP_PX
        return lefts

    def _draw_source(self, block: Block, y: int) -> None:
        _, height, width = block.picture_CHW.shape
        room = self.row_height - 2 * _LINE_PX
        scale = min(_LABEL_PX / width, room / height)
        size = max(1, round(height * scale)), max(1, round(width * scale))
        self.image.paste(_to_image(block.picture_CHW, *size), (_GAP_PX, y))
        self._write(Label(block.caption), _GAP_PX, y + size[0] + 2)

    def _write(self, label: Label, x: int, y: int) -> None:
        self.pen.text((x, y), label.text, fill=_BRIGHT if label.is_bright else _INK, font=self.font)

    def _broken(self, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> Iterator[str]:
        """Break a text between words into lines that fit the sheet."""
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > self.width - 2 * _GAP_PX:
                yield line
                line = word
            else:
                line = longer
        yield line


def _to_image(x_CHW: Tensor, height: int, width: int) -> Image.Image:
    fitted_CHW = resize(x_CHW[None], height, width)[0]
    return Image.fromarray((fitted_CHW * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy())
