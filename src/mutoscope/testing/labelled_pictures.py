"""Small labelled sets on disk: sharp and blurred pictures by formula, spreadsheets by hand."""

import zipfile
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape

import torch

from mutoscope.core.clip import Clip
from mutoscope.sort.degrade import Degradation, degrade
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.picture import save_picture

__all__ = ["black", "blur_folders", "certh_folder", "exposure_folders", "save_plain", "write_xlsx"]


def save_plain(path: Path, how: Degradation | None = None, seed: int = 0, size: tuple[int, int] = (41, 57)) -> Path:
    """Write one picture; .JPG in capitals too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    x_3HW = degrade(smooth_noise(*size, seed), how or Degradation())
    lower = path.with_suffix(path.suffix.lower())
    save_picture(Clip(x_3HW[None].contiguous(), (0,), Fraction(1)), lower)
    return lower if lower == path else lower.rename(path)


def blur_folders(root: Path, num: int = 12) -> Path:
    """Write `sharp` and `Blurred_images`."""
    for i in range(num):
        save_plain(root / "sharp" / f"s{i}.png", None, i)
        save_plain(root / "Blurred_images" / f"b{i}.png", Degradation("defocus", 4.0), 100 + i)
    return root


def exposure_folders(root: Path, num: int = 8) -> Path:
    """Write the seed's layout: Train and Test with a folder for each class."""
    for part, first in (("Train", 0), ("Test", 50)):
        for i in range(first, first + num):
            save_plain(root / part / "Good_images" / f"{i}.png", None, i)
            save_plain(root / part / "Underexposed_images" / f"{i}.png", Degradation(stops=-3), i)
            save_plain(root / part / "Overexposed_images" / f"{i}.png", Degradation(stops=3), i)
    return root


def write_xlsx(path: Path, rows: list[list[str | float | None]]) -> Path:
    """Write a spreadsheet as Excel does: texts in a shared table, numbers in cells, empty cells left out."""
    texts = sorted({cell for row in rows for cell in row if isinstance(cell, str)})
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for letter, cell in zip("ABCDEFG", row, strict=False):
            if isinstance(cell, str):
                cells.append(f'<c r="{letter}{number}" t="s"><v>{texts.index(cell)}</v></c>')
            elif cell is not None:
                cells.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{shared}</sst>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
    return path


def certh_folder(root: Path) -> Path:
    """Write a small CERTH set with all its traps."""
    blurred = Degradation("defocus", 4.0)
    for i in range(6):
        save_plain(root / "TrainingSet" / "Undistorted" / f"DSC{i}.JPG", None, i)
        save_plain(root / "TrainingSet" / "Naturally-Blurred" / f"n{i}.jpg", blurred, i)
    save_plain(root / "TrainingSet" / "Artificially-Blurred" / "a0.jpg", blurred, 9)
    natural, digital = root / "EvaluationSet" / "NaturalBlurSet", root / "EvaluationSet" / "DigitalBlurSet"
    save_plain(natural / "IMG_1.jpg", None, 21)
    save_plain(natural / "IMG_2.JPG", blurred, 22)
    save_plain(natural / "IMG_3.JPG", None, 23)
    save_plain(digital / "DiskR10_1.jpg", blurred, 24)
    save_plain(digital / "0.jpg", None, 25)
    (natural / ".DS_Store").write_bytes(b"\0\1")
    (root / "TrainingSet" / "Undistorted" / ".DS_Store").write_bytes(b"\0\1")
    save_plain(root / "__MACOSX" / "EvaluationSet" / "._IMG_1.jpg")
    write_xlsx(
        root / "EvaluationSet" / "NaturalBlurSet.xlsx",
        [["Image Name", "Blur Label"], ["IMG_1 ", -1], ["IMG_2", 1], [" IMG_3", -1.0], ["IMG_4", 1], ["IMG_5", None]],
    )
    write_xlsx(
        root / "EvaluationSet" / "DigitalBlurSet.xlsx",
        [["MyDigital Blur", None], ["DiskR10_1.jpg", 1], ["0.jpg", -1]],
    )
    return root


def black(path: Path) -> Path:
    """Write a plain picture."""
    save_picture(Clip(torch.zeros(1, 3, 17, 23), (0,), Fraction(1)), path)
    return path
