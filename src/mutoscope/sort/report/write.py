"""Write the report of a sorted folder: the page, two tables, and the numbers that `find` searches in."""

from collections.abc import Sequence
from pathlib import Path

from mutoscope.sort.export.footage import footage_of
from mutoscope.sort.export.table_files import clips_table, segments_table
from mutoscope.sort.model import ClipReport
from mutoscope.sort.params import SortParams
from mutoscope.sort.report.numbers import NAME, write_numbers
from mutoscope.sort.report.page import write_page
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.cache import Cache
from mutoscope.storage.folders import make_folder

__all__ = ["write_report"]


def write_report(reports: Sequence[ClipReport], folder: Path, root: Path, params: SortParams) -> Path:
    """Write `report.html`, `clips.csv`, `segments.csv` and `sort.json`.

    Args:
        reports: of all files, in the order in which they shall come.
        folder: made if missing.
        root: the folder that was sorted; pictures come from the films in it, none where a film is gone.
        params: that the verdicts were made with.

    Returns:
        The page. Each file appears under its name only when it is whole.

    Raises:
        InputError: a path leads out of the sorted folder.
        OutputError: the folder cannot be written.

    """
    pairs = [(report, footage_of(report, root)) for report in reports]
    make_folder(folder)
    contents = {
        NAME: write_numbers(pairs, root, params),
        "clips.csv": clips_table(pairs),
        "segments.csv": segments_table([clip for _, clip in pairs if clip is not None]),
        "report.html": write_page(pairs, root, params, Cache()),
    }
    for name, data in contents.items():
        with atomic_path(folder / name) as temp:
            temp.write_bytes(data)
    return folder / "report.html"
