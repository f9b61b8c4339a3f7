"""Frames of a film that shows another one beside what was made of it, with a curve that grows as it plays."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from mutoscope.video.lettering import BRIGHT, FAINT, INK, PAPER, Font, as_tensor, font_of, shortened

__all__ = ["ComparePage", "Readout"]

_CUT = (70, 70, 74)
_FILL = (84, 70, 38)
_CURSOR = (255, 255, 255)
_CURSOR_PX = 2
_LINES = 4
"""Height of the curve in lines of text."""


@dataclass(frozen=True)
class Readout:
    """What is told about a frame: its time, and large and small numbers."""

    time: str
    large: str
    small: str


class ComparePage:
    """Draws one page after the other: pictures side by side, a title above each, one curve below.

    Args:
        size: height and width of each picture.
        titles: above the pictures: a word and a name, which is shortened where it is too long.
        total: frames of the film.
        cuts: numbers of the first frames of shots.
        value_range: least and most of the curve.
        ticks: values that are marked beside the curve.
        unit: of the curve.
        widest: the longest words that will be told.

    Attributes:
        size: height and width of a page, even.

    """

    def __init__(
        self,
        size: tuple[int, int],
        titles: Sequence[tuple[str, str]],
        total: int,
        cuts: Sequence[int],
        *,
        value_range: tuple[float, float],
        ticks: Sequence[float],
        unit: str,
        widest: Readout,
    ) -> None:
        self._height, self._width = size
        text = max(13, min(22, round(self._width / 34)))
        self._font, self._large = font_of(text), font_of(round(1.7 * text))
        self._gap, self._line = max(6, text // 2), round(1.5 * text)
        self._total, self._range = max(1, total), value_range
        self._top = self._gap + self._line
        self._curve_top = self._top + self._height + 2 * self._gap
        self._curve_height = _LINES * self._line
        width = len(titles) * (self._width + self._gap) + self._gap
        height = self._curve_top + self._curve_height + 2 * self._gap
        self.size = height + height % 2, width + width % 2
        self._left = self._gap + round(_longest(self._font, [f"{tick:g} {unit}" for tick in ticks])) + self._gap
        words = (self._font, widest.time), (self._large, widest.large), (self._font, widest.small)
        room = round(max(font.getlength(text) for font, text in words)) + self._gap
        self._room = room, self._curve_height
        self._curve_width = self.size[1] - self._left - room - 2 * self._gap
        self._page_3HW = as_tensor(self._base(titles, ticks, unit))
        self._last: tuple[int, int] | None = None
        self._under: tuple[int, Tensor] | None = None
        self._cuts = frozenset(cuts)
        for cut in cuts:
            x = self._left + self._column(cut)
            self._curve(self._curve_top, self._curve_top + self._curve_height, x, x + 1, _CUT)

    def draw(self, number: int, pictures_3HW: Sequence[Tensor], value: float, readout: Readout) -> Tensor:
        """Draw the page of a frame; call it for one frame after the other.

        Args:
            number: of the frame, from 0.
            pictures_3HW: 0..1, as many as titles.
            value: of the curve.
            readout: words beside the curve.

        Returns:
            3,H,W, 0..1, of `size`; the same memory each time, so use it before the next call.

        """
        page_3HW, (top, bottom) = self._page_3HW, (self._curve_top, self._curve_top + self._curve_height)
        if self._under is not None:
            x, under = self._under
            page_3HW[:, top:bottom, x : x + _CURSOR_PX] = under
        self._grow(number, value)
        for place, picture_3HW in enumerate(pictures_3HW):
            x = self._gap + place * (self._width + self._gap)
            page_3HW[:, self._top : self._top + self._height, x : x + self._width] = picture_3HW
        x = self._left + self._column(number)
        self._under = x, page_3HW[:, top:bottom, x : x + _CURSOR_PX].clone()
        self._curve(top, bottom, x, x + _CURSOR_PX, _CURSOR)
        words_3HW = as_tensor(self._words(readout))
        x = self.size[1] - self._gap - self._room[0]
        page_3HW[:, top : top + self._room[1], x : x + self._room[0]] = words_3HW
        return page_3HW

    def _base(self, titles: Sequence[tuple[str, str]], ticks: Sequence[float], unit: str) -> Image.Image:
        image = Image.new("RGB", self.size[::-1], PAPER)
        pen = ImageDraw.Draw(image)
        for place, (word, name) in enumerate(titles):
            x = self._gap + place * (self._width + self._gap)
            start = round(self._font.getlength(f"{word}  "))
            pen.text((x, self._gap // 2), word, fill=BRIGHT, font=self._font)
            words = shortened(name, self._font, self._width - start)
            pen.text((x + start, self._gap // 2), words, fill=FAINT, font=self._font)
        right = self._left + self._curve_width
        for tick in ticks:
            y = self._row(tick)
            pen.line([(self._left, y), (right, y)], fill=(44, 44, 47))
            pen.text((self._left - self._gap, y), f"{tick:g} {unit}", fill=FAINT, font=self._font, anchor="rm")
        return image

    def _words(self, readout: Readout) -> Image.Image:
        image = Image.new("RGB", self._room, PAPER)
        pen = ImageDraw.Draw(image)
        pen.text((0, 0), readout.time, fill=INK, font=self._font)
        pen.text((0, self._line), readout.large, fill=BRIGHT, font=self._large)
        pen.text((0, 3 * self._line), readout.small, fill=FAINT, font=self._font)
        return image

    def _grow(self, number: int, value: float) -> None:
        """Draw the curve up to a frame. Several frames of a long film may share a column."""
        y, last = self._row(value), self._last
        if last is None or last[0] + 1 != number or number in self._cuts:
            last = (number, y)
        first = self._left + self._column(number)
        end = max(first + 1, self._left + self._column(number + 1))
        bottom = self._curve_top + self._curve_height
        self._curve(min(y, last[1]), bottom, first, end, _FILL)
        if number in self._cuts:
            self._curve(self._curve_top, bottom, first, first + 1, _CUT)
        self._curve(y, y + 2, first, end, BRIGHT)
        self._curve(min(y, last[1]), max(y, last[1]) + 2, first, first + 1, BRIGHT)
        self._last = number, y

    def _curve(self, top: int, bottom: int, left: int, right: int, rgb: tuple[int, int, int]) -> None:
        self._page_3HW[:, top:bottom, left:right] = _colour(rgb)

    def _column(self, number: int) -> int:
        return number * (self._curve_width - 2) // self._total

    def _row(self, value: float) -> int:
        low, high = self._range
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return self._curve_top + round((1 - share) * (self._curve_height - 2))


def _colour(rgb: tuple[int, int, int]) -> Tensor:
    return torch.tensor(rgb).view(3, 1, 1) / 255


def _longest(font: Font, texts: Sequence[str]) -> float:
    return max(font.getlength(text) for text in texts)
