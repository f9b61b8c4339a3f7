"""The CERTH Image Blur Dataset as it comes out of its zip (Mavridaki & Mezaris 2014), with its traps.

Names in NaturalBlurSet.xlsx have no extension and some have blanks; those in DigitalBlurSet.xlsx have one; extensions
are .jpg and .JPG; the second table's label column has no head; 1 means blurred, anything else not.
"""

from dataclasses import dataclass
from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.sort.dataset import LabelledSet, from_rows, read_labelled
from mutoscope.sort.xlsx import read_first_sheet

__all__ = ["Certh", "find_certh", "read_certh"]

_SETS = {"natural": "NaturalBlurSet", "digital": "DigitalBlurSet"}


@dataclass(frozen=True)
class Certh:
    """The parts that were found.

    Attributes:
        training: TrainingSet: undistorted, naturally and artificially blurred; empty where it is missing.
        evaluation: by "natural" and "digital"; a part that is missing is left out.
        notices: what is missing.

    """

    training: LabelledSet
    evaluation: dict[str, LabelledSet]
    notices: tuple[str, ...] = ()


def find_certh(path: Path) -> Path | None:
    """Find the folder that holds EvaluationSet or TrainingSet: this one or one of those within; None without any."""
    if not path.is_dir():
        return None
    for folder in [path, *sorted(p for p in path.iterdir() if p.is_dir() and p.name != "__MACOSX")]:
        if (folder / "EvaluationSet").is_dir() or (folder / "TrainingSet").is_dir():
            return folder
    return None


def read_certh(path: Path) -> Certh:
    """Read the data set.

    Args:
        path: where it was unpacked: the folder CERTH_ImageBlurDataset, or the one around it.

    Raises:
        InputError: it is not there, or a table cannot be read.

    """
    root = find_certh(path)
    if root is None:
        raise InputError(
            f"{path} is not the CERTH set: it has neither EvaluationSet nor TrainingSet; "
            "give the folder that its zip unpacks to."
        )
    notices, evaluation = [], {}
    for name, folder in _SETS.items():
        table, pictures = root / "EvaluationSet" / f"{folder}.xlsx", root / "EvaluationSet" / folder
        if table.is_file() and pictures.is_dir():
            evaluation[name] = _evaluation(table, pictures)
        else:
            notices.append(f"EvaluationSet has no {folder} with its table; it is left out.")
    training = LabelledSet(())
    if (root / "TrainingSet").is_dir():
        training = read_labelled(root / "TrainingSet", "blur")
    else:
        notices.append("there is no TrainingSet; nothing can be learned from this one.")
    return Certh(training, evaluation, tuple(notices))


def _evaluation(table: Path, pictures: Path) -> LabelledSet:
    rows = []
    for number, cells in read_first_sheet(table)[1:]:
        if any(cell.strip() for cell in cells):
            label = cells[1].strip() if len(cells) > 1 else ""
            # Anything but 1 is sharp; a cell without anything is a row that is missing.
            rows.append((number, [cells[0], label if label in ("", "1") else "0"]))
    return from_rows(rows, pictures, "blur")
