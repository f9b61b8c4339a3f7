"""`mutoscope.sort`: which seconds of a folder of footage are usable, and why, in one call."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.assemble import assemble as join_keeps
from mutoscope.engine.footage import Found, find_footage, look_at
from mutoscope.engine.pool import Pool
from mutoscope.engine.run_recipe import open_pool
from mutoscope.engine.sort_clip import Measured, clip_task, load_measured
from mutoscope.engine.store import Store, work_folder
from mutoscope.engine.tasks import Task
from mutoscope.sort.export.write import check_formats, write_exports
from mutoscope.sort.model import ClipReport
from mutoscope.sort.params import SortParams
from mutoscope.sort.rank import ranked
from mutoscope.sort.report.write import write_report
from mutoscope.sort.shares import shares
from mutoscope.sort.verdicts import judge
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file
from mutoscope.video.info import VideoInfo

__all__ = ["SortResult", "sort"]


@dataclass(frozen=True)
class SortResult:
    """What was found.

    Attributes:
        reports: of every file, by name.
        page: the report.
        exports: files for editors.
        assembled: the film of all keeps, or None.
        seconds: wall time.
        computed: clips that were measured.
        reused: clips whose numbers an earlier run had left.
        notices: what a person should know, one line each.

    """

    reports: tuple[ClipReport, ...]
    page: Path
    exports: tuple[Path, ...]
    assembled: Path | None
    seconds: float
    computed: int
    reused: int
    notices: tuple[str, ...] = ()

    @property
    def num_sorted(self) -> int:
        """Clips that could be sorted."""
        return sum(report.error is None for report in self.reports)

    def seconds_by_verdict(self) -> dict[str, float]:
        """Give how long is kept, unsure and rejected."""
        found = {"keep": 0.0, "unsure": 0.0, "reject": 0.0}
        for report in self.reports:
            if report.table is None or not len(report.table):
                continue
            seconds = report.table.seconds()
            ends = [*seconds, max(float(report.duration) + seconds[0], seconds[-1])]
            for segment in report.segments:
                found[segment.verdict] += float(ends[segment.end] - ends[segment.first])
        return found


def sort(
    folder: str | Path,
    out: str | Path,
    *,
    export: Sequence[str] = (),
    assemble: str | Path | None = None,
    quick: bool = False,
    sorter: str | Path | None = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> SortResult:
    """Measure every film in a folder, say which seconds are usable and why, and write it down for people and editors.

    Args:
        folder: of footage; the folders in it count too. Or a single film.
        out: folder of the report: `report.html`, tables, and files for editors.
        export: formats for editors: "otio", "fcpxml", "xmeml", "edl", "xmp", "csv", "json".
        assemble: a film of all keeps, in this place.
        quick: look at key frames only: coarse, many times as fast; shake stays unknown.
        sorter: a file that `train_sorter` made.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished numbers; the user's cache folder by default.
        report: takes progress.
        **options: any field of `SortParams` (preset, shake_percent, ignore …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    began = time.monotonic()
    root, place = Path(folder), Path(out)
    params, formats = make_params(SortParams, options), check_formats(export)
    if place.exists() and not place.is_dir():
        raise OutputError(f"{place} is a file; give a folder for the report.")
    found = find_footage(root, place)
    if not found:
        raise InputError(f"{root} has no file; give the folder that your footage lies in.")
    root = root.parent if root.is_file() else root
    make_folder(place)
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use(), open_pool(store, workers, cluster) as pool:
        looked = _Looked(found, quick=quick, sorter=None if sorter is None else Path(sorter))
        looked.measure(pool, store, report)
        made = ranked([looked.judged(one, params, store) for one in found], params)
    page = write_report(made, place, root, params)
    exports = write_exports(made, place, formats, root) if formats else []
    notices: tuple[str, ...] = ()
    joined = None
    if assemble is not None:
        done = join_keeps(made, root, Path(assemble), report)
        joined, notices = done.path, done.notices
    return SortResult(
        tuple(made),
        page,
        tuple(exports),
        joined,
        time.monotonic() - began,
        looked.computed,
        len(looked.tasks) - looked.computed,
        notices,
    )


class _Looked:
    """What is known of the films of a folder while they are measured."""

    def __init__(self, found: Sequence[Found], *, quick: bool, sorter: Path | None) -> None:
        self.tasks: dict[str, Task] = {}
        self.computed = 0
        self._quick, self._sorter = quick, sorter
        self._found = found
        self._infos: dict[str, VideoInfo] = {}
        self._digests: dict[str, str] = {}
        self._errors: dict[str, str] = {}

    def measure(self, pool: Pool, store: Store, report: Listener) -> None:
        """Measure all films whose numbers are not kept yet, several at a time where there are workers."""
        waiting = self._coming(store, report)
        going: dict[str, str] = {}
        partial: dict[str, int] = {}
        done_frames, is_over = 0, False

        def tell(key: str, frames: int) -> None:
            partial[key] = frames
            report(Progress("measure", done_frames + sum(partial.values()), self._total()))

        while not is_over or going:
            while not is_over and pool.room > 0:
                named = next(waiting, None)
                is_over = named is None
                if named is not None:
                    name, task = named
                    going[task.key] = name
                    pool.submit(task)
            if going:
                done = pool.wait(tell)
                name = going.pop(done.task.key)
                partial.pop(done.task.key, None)
                done_frames += done.task.size
                if done.error is not None:
                    self._errors[name] = str(done.error)
                elif done.outcome is not None and not done.outcome.reused:
                    self.computed += 1
        if done_frames:
            report(Progress("measure", done_frames, done_frames))

    def judged(self, found: Found, params: SortParams, store: Store) -> ClipReport:
        """Give the report of one file."""
        name = found.name
        if name in self._errors:
            return ClipReport(name, error=self._errors[name])
        path = store.find(self.tasks[name].key)
        if path is None:
            return ClipReport(name, error="its numbers have disappeared from the work folder; run again.")
        measured, info = load_measured(path), self._infos[name]
        return _report(name, self._digests[name], info, measured, params)

    def _total(self) -> int | None:
        """Count frames, where all files have been looked at."""
        known = len(self.tasks) + len(self._errors)
        return sum(task.size for task in self.tasks.values()) if known >= len(self._found) else None

    def _coming(self, store: Store, report: Listener) -> Iterator[tuple[str, Task]]:
        """Look at every file; yield the films that are to be measured, the same bytes once."""
        seen: set[str] = set()
        todo: list[tuple[str, Task]] = []
        for number, found in enumerate(self._found):
            report(Progress("look", number, len(self._found), "files"))
            info = look_at(found)
            try:
                digest = "" if isinstance(info, str) else hash_file(found.path)
            except OSError as error:
                info = f"cannot be read ({error.strerror})."
            if isinstance(info, str):
                self._errors[found.name] = info
                continue
            task = clip_task(found.path, digest, info.num_frames or 1, quick=self._quick, sorter=self._sorter)
            self.tasks[found.name], self._infos[found.name], self._digests[found.name] = task, info, digest
            if task.key not in seen and store.find(task.key) is None:
                todo.append((found.name, task))
            seen.add(task.key)
        report(Progress("look", len(self._found), len(self._found), "files"))
        yield from todo


def _report(name: str, digest: str, info: VideoInfo, measured: Measured, params: SortParams) -> ClipReport:
    table = measured.table
    width, height = info.width, info.height
    seconds = table.seconds()
    length = info.duration if info.duration is not None else None
    made = ClipReport(
        name,
        digest,
        table,
        judge(table, params),
        width,
        height,
        info.frame_rate,
        info.tags.get("timecode"),
        notices=measured.notices,
        shares=_rounded(shares(table)),
    )
    if length is None and len(seconds) > 1:
        last = table.pts_T[-1] - table.pts_T[0] + (table.pts_T[-1] - table.pts_T[-2])
        length = int(last) * table.time_base
    return made if length is None else replace(made, duration=length)


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: round(number, 2) for name, number in numbers.items()}
