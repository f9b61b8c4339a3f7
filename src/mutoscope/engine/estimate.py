"""What a run will take, in time and money, from eight frames that are computed for it."""

import platform
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.device import choose_device
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.price_book import PriceBook, load_prices
from mutoscope.engine.segment import compute
from mutoscope.engine.store import Store, work_folder
from mutoscope.engine.tasks import Desk, Outcome
from mutoscope.recipes.recipe import Recipe, load_recipe
from mutoscope.video.span import Span

__all__ = ["Estimate", "calibrate", "estimate"]

_LONG_RUN_FRAMES = 6
"""Frames one after the other; with two single ones before it, eight in all."""


@dataclass(frozen=True)
class Estimate:
    """What is to be expected of one film.

    Attributes:
        frames: that will be computed.
        film_seconds: how long the result is.
        seconds: wall time with one worker.
        cpu_seconds: of all processors.
        num_bytes: of the result.
        cost: money for computing and keeping it.
        price: what a customer is told.
        currency: three letters.

    """

    frames: int
    film_seconds: float
    seconds: float
    cpu_seconds: float
    num_bytes: int
    cost: float
    price: float
    currency: str

    @property
    def cost_per_frame(self) -> float:
        """Money for a frame."""
        return self.cost / max(1, self.frames)

    @property
    def cost_per_second(self) -> float:
        """Money for a second of film."""
        return self.cost / self.film_seconds if self.film_seconds > 0 else self.cost


@dataclass(frozen=True)
class _Sample:
    """What some frames took: wall and CPU seconds, bytes."""

    seconds: float = 0.0
    cpu: float = 0.0
    num_bytes: float = 0.0

    def __add__(self, other: "_Sample") -> "_Sample":
        return _Sample(self.seconds + other.seconds, self.cpu + other.cpu, self.num_bytes + other.num_bytes)

    def __sub__(self, other: "_Sample") -> "_Sample":
        return self + other.times(-1)

    def times(self, factor: float) -> "_Sample":
        return _Sample(self.seconds * factor, self.cpu * factor, self.num_bytes * factor)

    def not_below(self, least: "_Sample") -> "_Sample":
        pairs = zip((self.seconds, self.cpu, self.num_bytes), (least.seconds, least.cpu, least.num_bytes), strict=True)
        return _Sample(*(max(one, other) for one, other in pairs))


@dataclass
class _Bench:
    """Computes a few frames of a film apart from all others, and times them."""

    plan: Plan
    store: Store
    told: int = 0

    def take(self, number: int, num_frames: int) -> _Sample:
        """Compute the first frames of a segment."""
        plan = self.plan
        stretch, pts = plan.stretches[number], plan.index.pts
        last = min(stretch.first + num_frames, stretch.end)
        end = pts[last] if last < len(pts) else None
        task = plan.task(number, None)
        span = Span(pts[stretch.first], end, plan.index.key_before(pts[stretch.first]))
        spec = {**task.spec, "span": (span.start, span.end, span.key), "before": None, "leaves": False}
        self.told += 1
        key = f"{self.told:064x}"
        began, cpu = time.monotonic(), time.process_time()
        compute(replace(task, key=key, spec=spec), Desk(self.store))
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        path = self.store.find(key)
        return _Sample(seconds, cpu, 0 if path is None else path.stat().st_size)


def estimate(
    recipe: Recipe | str | Path,
    source: str | Path,
    *,
    prices: str | Path | None = None,
    suffix: str = ".mp4",
    leave: bool = False,
    work: str | Path | None = None,
    report: Listener = ignore,
) -> Estimate:
    """Say what a recipe will take on a film: eight frames are computed, and what looks ahead is done and kept.

    Args:
        recipe: the path of a recipe, or one made in Python.
        source: video, picture or sequence.
        prices: a price book; the package's own without it.
        suffix: container of the result.
        leave: whether the result goes to a store elsewhere.
        work: folder for what is found out about the film; the user's cache folder by default.
        report: takes progress.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    made = recipe if isinstance(recipe, Recipe) else load_recipe(Path(recipe))
    book = load_prices(None if prices is None else Path(prices))
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use(), tempfile.TemporaryDirectory(prefix="mutoscope-") as temp:
        device = choose_device(made.film.device)
        plan = plan_film(made, Path(source), Path(temp) / f"result{suffix}", device, store, report)
        return calibrate(plan, book, store, leave=leave, report=report)


def calibrate(plan: Plan, book: PriceBook, store: Store, *, leave: bool = False, report: Listener = ignore) -> Estimate:
    """Compute eight frames of a film and say what all of it will take.

    The first of them also loads the networks, which a worker does once; the second is a first frame of a shot, the
    last five are frames that follow one.

    Args:
        plan: what will be done.
        book: prices.
        store: holds what analyses have found.
        leave: whether the result goes to a store elsewhere.
        report: takes progress.

    Raises:
        MutoscopeError: a frame cannot be computed.

    """
    starts = [number for number, stretch in enumerate(plan.stretches) if not stretch.goes_on]
    middle = starts[len(starts) // 2]
    longest = max(starts, key=lambda number: plan.stretches[number].end - plan.stretches[number].first)
    with tempfile.TemporaryDirectory(prefix="mutoscope-") as temp:
        bench = _Bench(plan, _beside(store, Path(temp)))
        samples = []
        for number, (where, frames) in enumerate(((starts[0], 1), (middle, 1), (longest, _LONG_RUN_FRAMES)), 1):
            samples.append(bench.take(where, frames))
            report(Progress("calibrate", number, 3, "runs"))
    cold, first, run = samples
    stretch = plan.stretches[longest]
    following = min(_LONG_RUN_FRAMES, stretch.end - stretch.first) - 1
    next_one = (run - first).times(1 / following).not_below(_Sample()) if following else first
    load = (cold - first).not_below(_Sample())
    total = first.times(len(starts)) + next_one.times(plan.num_frames - len(starts))
    total = total + _Sample(load.seconds, load.cpu)
    done = Outcome("", total.seconds, total.cpu, reused=False, device=_kind(plan.device), machine=platform.node())
    num_bytes = round(total.num_bytes)
    cost = book.of_work(done) + book.of_bytes(num_bytes, leave=leave)
    length = float(plan.shown.duration or 0)
    return Estimate(plan.num_frames, length, total.seconds, total.cpu, num_bytes, cost, book.price(cost), book.currency)


def _beside(store: Store, folder: Path) -> Store:
    """Give a store for pieces of no use, that knows what analyses have found."""
    made = Store(folder)
    made.begin()
    made.cache = store.cache
    return made


def _kind(device: str) -> str:
    return "cuda" if device.startswith("cuda") else "cpu"
