"""A person's decisions: the table that the report's page hands out."""

import csv
from collections.abc import Mapping
from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.sort.dataset import Skipped
from mutoscope.sort.own_thresholds import Decision

__all__ = ["DECISION_COLUMNS", "read_decisions"]

DECISION_COLUMNS = ("path", "first", "end", "start_s", "end_s", "verdict", "fault", "decision")
"""Columns of `decisions.csv`: the clip as in its report, rows of its table, seconds, what the machine said, and what
the person said: keep, unsure or reject."""

_NEEDED = ("path", "first", "end", "decision")
_OPEN = ("", "unsure")
_SAID = {"keep": True, "reject": False}


def read_decisions(path: Path) -> tuple[list[Decision], list[Skipped]]:
    """Read keeps and rejects; rows that say "unsure" or nothing are no decisions. The last word about a range counts.

    Returns:
        decisions, and rows that cannot be understood, each with its reason.

    Raises:
        InputError: the file is missing or no such table.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in _NEEDED if name not in (table.fieldnames or ())]
            if missing:
                raise InputError(f"{path} has no column {missing[0]!r}; give the decisions.csv that the report wrote.")
            rows = [(table.line_num, row) for row in table]
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; decide in the report and save decisions.csv there.") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({error}); give the decisions.csv that the report wrote.") from None
    last: dict[tuple[str, int, int], Decision | None] = {}
    skipped = []
    for line, row in rows:
        try:
            name, first, end = _range(row)
            said = (row["decision"] or "").strip().lower()
            last[name, first, end] = None if said in _OPEN else Decision(name, first, end, _SAID[said])
        except ValueError as error:
            skipped.append(Skipped(f"line {line}", str(error)))
        except KeyError as error:
            skipped.append(Skipped(f"line {line}", f"{error} is no decision; expected keep, unsure or reject"))
    return [one for one in last.values() if one is not None], skipped


def _range(row: Mapping[str, str | None]) -> tuple[str, int, int]:
    """Read clip, first frame and end.

    Raises:
        ValueError: they are none.

    """
    name, numbers = row["path"], (row["first"], row["end"])
    if not name:
        raise ValueError("it names no clip")
    try:
        first, end = (int(number or "") for number in numbers)
    except ValueError:
        raise ValueError("first and end are no numbers of frames") from None
    if not 0 <= first < end:
        raise ValueError(f"{first}..{end} is no range of frames")
    return name, first, end
