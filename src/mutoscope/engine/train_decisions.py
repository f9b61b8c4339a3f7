"""`mutoscope train sorter --decisions`: thresholds from a person's own keeps and rejects."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.effects.params import make_params
from mutoscope.engine.sort_clip import clip_task, load_measured
from mutoscope.engine.store import Store, work_folder
from mutoscope.sort.calibration import save_calibration
from mutoscope.sort.dataset import Skipped
from mutoscope.sort.decisions import read_decisions
from mutoscope.sort.model import FrameTable
from mutoscope.sort.own_thresholds import calibrate
from mutoscope.sort.params import SortParams
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file

__all__ = ["OwnThresholds", "train_from_decisions"]


@dataclass(frozen=True)
class OwnThresholds:
    """What came out.

    Attributes:
        path: file for `mutoscope sort -o calibration=FILE`.
        multipliers: by fault: what its threshold is multiplied by; faults that stay as they were are left out.
        num_decisions: that were used.
        skipped: rows and clips that could not be used, each with its reason.

    """

    path: Path
    multipliers: dict[str, float]
    num_decisions: int
    skipped: tuple[Skipped, ...]


def train_from_decisions(
    decisions: str | Path,
    *,
    footage: str | Path,
    out: str | Path,
    quick: bool = False,
    sorter: str | Path | None = None,
    work: str | Path | None = None,
    **options: Any,
) -> OwnThresholds:
    """Fit thresholds to what a person kept and rejected; the clips must have been sorted before.

    Args:
        decisions: table that the report's page wrote.
        footage: folder that was sorted.
        out: .json that is written.
        quick: as it was sorted.
        sorter: as it was sorted.
        work: folder for finished numbers, as it was sorted.
        **options: any field of `SortParams`, as it was sorted.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(SortParams, options)
    final = Path(out)
    if final.suffix.lower() != ".json":
        raise ParameterError(f"{final} is no name for thresholds; it ends in .json.")
    rows, skipped = read_decisions(Path(decisions))
    store = Store(work_folder() if work is None else Path(work))
    tables: dict[str, FrameTable] = {}
    for name in sorted({row.path for row in rows}):
        try:
            tables[name] = _table(Path(footage) / name, store, quick=quick, sorter=sorter)
        except InputError as error:
            skipped.append(Skipped(name, str(error)))
    used = [row for row in rows if row.path in tables]
    if rows and not used:
        raise InputError(f"none of the clips of {decisions} can be used ({skipped[-1].reason}).")
    made = calibrate(used, tables, params)
    make_folder(final.absolute().parent)
    with atomic_path(final) as temp:
        save_calibration(made, temp)
    return OwnThresholds(final, dict(made.multipliers), len(used), tuple(skipped))


def _table(film: Path, store: Store, *, quick: bool, sorter: str | Path | None) -> FrameTable:
    if not film.is_file():
        raise InputError(f"{film} does not exist; give the folder that was sorted.")
    head = None if sorter is None else Path(sorter)
    found = store.find(clip_task(film, hash_file(film), 1, quick=quick, sorter=head).key)
    if found is None:
        raise InputError(f"{film} has not been sorted like this; run `mutoscope sort` first, then train again.")
    return load_measured(found).table
