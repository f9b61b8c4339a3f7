"""Shows progress: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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


@dataclass
class _Pace:
    """When a stage began and how far it was then; two stages may take turns, each keeps its own pace."""

    began: float
    first: int
    last: int

    def rate(self, done: int, now: float) -> float:
        """Units a second since the stage began; 0 where nobody knows yet."""
        if done < self.last:  # the stage starts anew: the first frame of the next shot
            self.began, self.first = now, done
        self.last = done
        return (done - self.first) / (now - self.began) if now > self.began else 0.0


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
        tasks: dict[str, tuple[TaskID, _Pace]] = {}

        def listen(progress: Progress) -> None:
            now = time.monotonic()
            if progress.stage not in tasks:
                task = bar.add_task(progress.stage, total=progress.total, rate="")
                tasks[progress.stage] = (task, _Pace(now, progress.done, progress.done))
            task, pace = tasks[progress.stage]
            rate = pace.rate(progress.done, now)
            text = f"{rate:.3g} {progress.unit}/s" if rate else ""
            bar.update(task, completed=progress.done, total=progress.total, rate=text)

        yield listen


class _PlainLines:
    """Prints a line of each stage now and then; remembers when it spoke last."""

    def __init__(self) -> None:
        self._paces: dict[str, _Pace] = {}
        self._spoke: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        pace = self._paces.setdefault(progress.stage, _Pace(now, progress.done, progress.done))
        rate = pace.rate(progress.done, now)
        finished = progress.done == progress.total and now - pace.began > _FIRST_LINE_S
        spoke = self._spoke.setdefault(progress.stage, now - _LINE_EVERY_S + _FIRST_LINE_S)
        if now - spoke < _LINE_EVERY_S and not finished:
            return
        self._spoke[progress.stage] = now
        of = "" if progress.total is None else f"/{progress.total}"
        pace_text = f", {rate:.3g} {progress.unit}/s" if rate else ""
        left = f", {(progress.total - progress.done) / rate:.0f} s left" if progress.total and rate else ""
        line = f"{progress.stage}: {progress.done}{of} {progress.unit}{pace_text}{left}"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 # this is the command line
