"""The first sheet of an .xlsx as rows of text. A spreadsheet is a zip of XML; no more of the format is needed."""

import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

from mutoscope.core.errors import InputError

__all__ = ["read_first_sheet"]

_MAX_BYTES = 50_000_000
_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_first_sheet(path: Path) -> list[tuple[int, list[str]]]:
    """Read the cells of the first sheet (ECMA-376, part 1, section 18.3).

    Returns:
        number of each row that has cells, from 1, and its texts from column A on; whole numbers without a point.

    Raises:
        InputError: it is missing or no spreadsheet.

    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(
                (name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
                key=lambda name: int(re.sub(r"\D", "", name)),
            )
            shared = _shared(archive) if "xl/sharedStrings.xml" in archive.namelist() else []
            sheet = _parse(archive, names[0])
            return [(int(row.get("r", i)), _cells(row, shared)) for i, row in enumerate(sheet.iter(f"{_SPACE}row"), 1)]
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; it belongs to the data set.") from None
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError, ET.ParseError) as error:
        reason = " ".join(str(error).split())[:80]
        raise InputError(f"{path} is no .xlsx that can be read ({reason}); save it again, or as CSV.") from None


def _parse(archive: zipfile.ZipFile, name: str) -> ET.Element:
    if archive.getinfo(name).file_size > _MAX_BYTES:
        raise ValueError("it is too large")
    data = archive.read(name)
    if b"<!DOCTYPE" in data[:1000]:
        raise ValueError("it defines entities")
    return ET.fromstring(data)  # noqa: S314 - entities are refused above, and the size is bounded


def _shared(archive: zipfile.ZipFile) -> list[str]:
    items = _parse(archive, "xl/sharedStrings.xml").iter(f"{_SPACE}si")
    return ["".join(text.text or "" for text in item.iter(f"{_SPACE}t")) for item in items]


def _cells(row: ET.Element, shared: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{_SPACE}c"):
        column = _column(cell.get("r", ""), len(found))
        found += [""] * (column - len(found))
        value = cell.find(f"{_SPACE}v")
        text = "" if value is None else value.text or ""
        if cell.get("t") == "s":
            text = shared[int(text)]
        elif cell.get("t") == "inlineStr":
            text = "".join(part.text or "" for part in cell.iter(f"{_SPACE}t"))
        elif re.fullmatch(r"-?\d+\.0+", text):
            text = text.split(".")[0]
        found.append(text)
    return found


def _column(reference: str, usual: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return usual
    number = 0
    for letter in letters[0]:
        number = 26 * number + ord(letter) - 64
    return number - 1
