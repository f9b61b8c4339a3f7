"""Contact sheets: a film at a glance, source above result, every n-th frame with its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.read import Film, open_video

__all__ = ["Cell", "as_shown", "check_sheet_name", "contact_sheet", "sample_film", "time_code", "write_sheet"]

_WIDTH_PX = 1600
_GAP_PX = 8
_BACKGROUND = (24, 24, 24)
_INK = (200, 200, 200)
_FONT_PX = 15
_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet: 3,H,W, 0..1, and the words under it."""

    pixels_CHW: Tensor
    caption: str = ""


def contact_sheet(source: Path, result: Path, out: Path, *, num_columns: int = 6) -> Path:
    """Draw frames of a film above the same frames of its result.

    Args:
        source: film or picture.
        result: what was made of it; frames are matched by number.
        out: png or jpg; appears when it is whole.
        num_columns: frames, spread evenly over the film, the first and the last among them.

    Raises:
        InputError: one of the films has no frame.
        OutputError: the sheet cannot be written.

    """
    above, below = (sample_film(path, num_columns) for path in (source, result))
    return write_sheet([above, below], out)


def sample_film(path: Path, num_frames: int) -> list[Cell]:
    """Take frames spread evenly over a film, small, with their times; the film is read once and not kept.

    Raises:
        InputError: the film has no frame.

    """
    side = _WIDTH_PX // min(num_frames, 3)
    with open_video(path, size=side) as film:
        total = film.info.num_frames or sum(len(clip) for clip in film)
        cells, seen = _pick(film, num_frames, total)
        if seen not in {0, total}:  # the header was wrong; some miss by two thirds of the film
            cells, _ = _pick(film, num_frames, seen)
    if not cells:
        raise InputError(f"{path} has no frame that can be drawn; give a film that plays.")
    return cells


def _pick(film: Film, num_shown: int, total: int) -> tuple[list[Cell], int]:
    """Take frames spread evenly over a film of `total` frames; tell how many there were."""
    num_shown = min(num_shown, total)
    wanted = {round(i * (total - 1) / max(1, num_shown - 1)) for i in range(num_shown)}
    cells, number = [], 0
    for clip in film:
        for frame in clip.frames():
            if number in wanted:
                pixels_CHW = as_shown(frame, film.info.sample_aspect_ratio)
                cells.append(Cell(pixels_CHW, time_code(frame.seconds(0)) if total > 1 else ""))
            number += 1
    return cells, number


def check_sheet_name(out: Path) -> None:
    """See by its name that a sheet can be written, before its pictures are made.

    Raises:
        OutputError: it is neither a png nor a jpg.

    """
    if out.suffix.lower() not in _SUFFIXES:
        raise OutputError(f"a sheet cannot be written as {out.name!r}; give it one of {', '.join(_SUFFIXES)}")


def write_sheet(rows: Sequence[Sequence[Cell]], out: Path) -> Path:
    """Draw rows of pictures on a dark ground, 1,600 px wide, all of one size.

    Raises:
        OutputError: the sheet cannot be written.

    """
    check_sheet_name(out)
    num_columns = max(len(row) for row in rows)
    _, height, width = rows[0][0].pixels_CHW.shape
    cell_width = (_WIDTH_PX - _GAP_PX) // num_columns - _GAP_PX
    cell_height = fit_long_side(height, width, cell_width)[0] if width >= height else round(cell_width * height / width)
    line = _FONT_PX + _GAP_PX if any(cell.caption for row in rows for cell in row) else 0
    step_y = cell_height + line + _GAP_PX
    sheet = Image.new("RGB", (_WIDTH_PX, step_y * len(rows) + _GAP_PX), _BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=_FONT_PX)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            corner = (_GAP_PX + x * (cell_width + _GAP_PX), _GAP_PX + y * step_y)
            sheet.paste(_to_image(cell.pixels_CHW, cell_height, cell_width), corner)
            draw.text((corner[0] + 2, corner[1] + cell_height + 2), cell.caption, fill=_INK, font=font)
    with atomic_path(out) as temp:
        sheet.save(temp, quality=92)
    return out


def _to_image(x_CHW: Tensor, height: int, width: int) -> Image.Image:
    fitted_CHW = resize(x_CHW[None], height, width)[0]
    return Image.fromarray((fitted_CHW * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy())


def as_shown(frame: Clip, sample_aspect_ratio: Fraction) -> Tensor:
    """Give the first frame as a player shows it, 3,H,W: its pixels may be wider than high, what is clear is white."""
    x_CHW = frame.pixels_TCHW[0]
    if frame.alpha_T1HW is not None:
        x_CHW = torch.lerp(torch.ones_like(x_CHW), x_CHW, frame.alpha_T1HW[0])
    _, height, width = x_CHW.shape
    # Cells own their pixels: a view would hold the memory of its whole clip.
    return resize(x_CHW[None], height, max(1, round(width * sample_aspect_ratio)))[0].clone()


def time_code(seconds: float) -> str:
    """Write a time as a person reads it: minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02d}:{rest:05.2f}"
