"""Shows progress: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mutoscope.core.progress import Listener, Progress, ignore

__all__ = ["show_progress"]

_FIRST_LINE_S = 2.0
_LINE_EVERY_S = 5.0


@contextmanager
def show_progress(*, quiet: bool = False) -> Iterator[Listener]:
    """Yield a listener that draws on stderr, so that stdout stays clean for results."""
    if quiet:
        yield ignore
    elif sys.stderr.isatty():
        with _bar() as listener:
            yield listener
    else:
        yield _PlainLines()


@contextmanager
def _bar() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, tuple[TaskID, float]] = {}

        def listen(progress: Progress) -> None:
            if progress.stage not in tasks:
                task = bar.add_task(progress.stage, total=progress.total, rate="")
                tasks[progress.stage] = (task, time.monotonic())
            task, start = tasks[progress.stage]
            rate = progress.done / max(1e-9, time.monotonic() - start)
            text = f"{rate:.3g} {progress.unit}/s"
            bar.update(task, completed=progress.done, total=progress.total, rate=text)

        yield listen


class _PlainLines:
    """Prints a line per stage now and then; remembers when it spoke last."""

    def __init__(self) -> None:
        self._stage = ""
        self._start = self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._start = progress.stage, now
            self._last = now - _LINE_EVERY_S + _FIRST_LINE_S
        finished = progress.done == progress.total and now - self._start > _FIRST_LINE_S
        if now - self._last < _LINE_EVERY_S and not finished:
            return
        self._last = now
        rate = progress.done / max(1e-9, now - self._start)
        of = "" if progress.total is None else f"/{progress.total}"
        left = "" if not progress.total or not rate else f", {(progress.total - progress.done) / rate:.0f} s left"
        line = f"{progress.stage}: {progress.done}{of} {progress.unit}, {rate:.3g} {progress.unit}/s{left}"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 # this is the command line
