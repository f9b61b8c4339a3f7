"""Words on dark pages: colours, letters, names cut to the room there is."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from unicodedata import normalize

import torch
from PIL import Image, ImageFont
from torch import Tensor

__all__ = ["BRIGHT", "FAINT", "INK", "PAPER", "Font", "as_tensor", "font_of", "shortened", "to_image", "wrapped"]

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PAPER = (18, 18, 20)
INK = (205, 205, 205)
FAINT = (120, 120, 124)
BRIGHT = (255, 214, 120)


@cache
def font_of(height_px: int) -> Font:
    """Give letters of a height, px: those that come with matplotlib, as Pillow's own have no ä, é or ж."""
    home = find_spec("matplotlib")
    place = Path(home.origin or "").parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if home is not None else Path()
    return ImageFont.truetype(place, height_px) if place.is_file() else ImageFont.load_default(height_px)


def shortened(text: str, font: Font, width_px: float) -> str:
    """Cut a text that is too long in its middle: both ends of a file's name tell something."""
    text = normalize("NFC", text)  # some systems write ä as two characters
    if font.getlength(text) <= width_px:
        return text
    for kept in range(len(text) - 1, 0, -1):
        head = (kept + 1) // 2
        shorter = f"{text[:head].rstrip()}…{text[len(text) - (kept - head) :].lstrip()}"
        if font.getlength(shorter) <= width_px:
            return shorter
    return "…"


def wrapped(text: str, font: Font, width_px: float) -> list[str]:
    """Break a text between words into lines; a word that is too long is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(shortened(word, font, width_px))
    return lines


def as_tensor(image: Image.Image) -> Tensor:
    """Turn an RGB picture into 3,H,W, 0..1."""
    width, height = image.size
    flat = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return flat.view(height, width, 3).permute(2, 0, 1).float().div_(255)


def to_image(x_3HW: Tensor) -> Image.Image:
    """Turn 3,H,W, 0..1 or uint8, into an RGB picture."""
    pixels = x_3HW if x_3HW.dtype == torch.uint8 else (x_3HW * 255).round().clamp(0, 255).to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
