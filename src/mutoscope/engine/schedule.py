"""Work films off: hand their segments to a pool in small windows, however long the films are."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mutoscope.core.errors import MutoscopeError
from mutoscope.core.progress import Listener, Progress
from mutoscope.engine.cost import Budget
from mutoscope.engine.plan import Plan
from mutoscope.engine.pool import Done, PoisonError, Pool
from mutoscope.engine.segment import state_key
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Outcome, Task

__all__ = ["Film", "work_off"]

_SMALL_BYTES = 4 << 20
"""A memory of a piece up to this size is worth keeping."""


@dataclass
class Film:
    """A film on its way.

    Attributes:
        plan: what is to be done.
        keys: of its segments, as far as they have been named.
        outcomes: of the segments that are done, by number.
        set_aside: why a segment could not be computed, by number.
        error: what ended the film before its time.

    """

    plan: Plan
    keys: dict[int, str] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    set_aside: dict[int, str] = field(default_factory=dict)
    error: MutoscopeError | None = None
    _waiting: deque[int] = field(default_factory=deque)
    _running: dict[str, int] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _next: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do; after an error nobody waits for the segments under way."""
        return self.error is not None or len(self.outcomes) + len(self.set_aside) == len(self.plan.stretches)

    def next_task(self) -> Task | None:
        """Give the next segment whose memory is there, in order of the film."""
        if self.error is not None:
            return None
        number = self._take_number()
        if number is None:
            return None
        before = None
        if self.plan.stretches[number].goes_on and number - 1 not in self.set_aside:
            before = self.keys[number - 1]
        task = self.plan.task(number, before)
        self.keys[number] = task.key
        self._running[task.key] = number
        return task

    def _take_number(self) -> int | None:
        if self._waiting:
            return self._waiting.popleft()
        while self._next < len(self.plan.stretches):
            number, self._next = self._next, self._next + 1
            # One that goes on waits for the one before it, which calls it when it is done.
            if not self.plan.stretches[number].goes_on:
                return number
        return None

    def owns(self, task: Task) -> bool:
        """Tell whether a task that runs is a segment of this film."""
        return task.key in self._running

    def is_there(self, task: Task, store: Store) -> bool:
        """Tell whether an earlier run has left a segment, and its memory as far as a later one still needs it."""
        number = self._running[task.key]
        return self._left_by_earlier_run(number, task.key, store)

    def _left_by_earlier_run(self, number: int, key: str, store: Store) -> bool:
        """Go along the shot to the first memory that is kept, or to its end: no piece may be missing before."""
        passed: list[int] = []
        first = key
        while number not in self._seen:
            if store.find(key) is None:
                if passed:  # a piece whose memory has gone is made once more; one that another run makes now stays
                    store.forget(first)
                return False
            passed.append(number)
            if not self.plan.is_followed(number) or store.find(state_key(key)) is not None:
                break
            number, key = number + 1, self.plan.task(number + 1, key).key
        self._seen.update(passed)
        return True

    def take(self, done: Done, store: Store) -> None:
        """Note how a segment ended."""
        number = self._running.pop(done.task.key)
        if done.outcome is not None:
            self.outcomes[number] = done.outcome
            if self.plan.stretches[number].goes_on and number - 1 in self.keys:
                _forget_if_large(state_key(self.keys[number - 1]), store)
        elif isinstance(done.error, PoisonError):
            self.set_aside[number] = str(done.error)
        else:
            self.error = self.error or done.error
            return
        if self.plan.is_followed(number):
            self._waiting.append(number + 1)

    def num_frames_done(self, partial: dict[str, int]) -> int:
        """Count frames, those of segments that are under way among them."""
        ended = [*self.outcomes, *self.set_aside]
        finished = sum(self.plan.stretches[n].end - self.plan.stretches[n].first for n in ended)
        return finished + sum(partial.get(key, 0) for key in self._running)


def work_off(
    plans: Iterable[Plan], pool: Pool, store: Store, report: Listener, budget: Budget | None = None
) -> Iterator[Film]:
    """Compute films; yield each when its last segment has ended. Several may be under way at a time.

    Raises:
        CostLimitError: the money is spent; what was under way has ended, and is kept.
        MutoscopeError: the pool has no workers any more.

    """
    films = _Films(iter(plans), store, report)
    under_way = 0
    while True:
        while pool.room > 0 and (task := films.next_task()) is not None:
            if films.is_under_way(task):
                continue  # another film of the same bytes waits for the same piece; both get it
            if films.is_there(task):
                films.take(Done(task, Outcome(task.key)))
            elif budget is None or budget.takes(task):
                pool.submit(task)
                under_way += 1
            else:
                yield from _wait_for(films, pool, budget, under_way)
                raise budget.stop()
            yield from films.finished()
        if films.are_done:
            return
        yield from _wait_for(films, pool, budget, 1)
        under_way -= 1


def _wait_for(films: "_Films", pool: Pool, budget: Budget | None, num: int) -> Iterator[Film]:
    for _ in range(num):
        done = pool.wait(films.note)
        if budget is not None:
            budget.note(done.task, done.outcome)
        films.take(done)
        yield from films.finished()


class _Films:
    """The films under way, and those that come after them."""

    def __init__(self, coming: Iterator[Plan], store: Store, report: Listener) -> None:
        self._coming, self._store, self._report = coming, store, report
        self._films: list[Film] = []
        self._partial: dict[str, int] = {}
        self._past = 0
        self._told = 0
        self._are_all_here = False

    @property
    def are_done(self) -> bool:
        """Whether none is under way and none comes; a pool that has lost its workers may have no room for the next."""
        return self._are_all_here and not self._films

    def next_task(self) -> Task | None:
        """Give a task of the films under way, or of the next one, which is looked at only now."""
        while True:
            for film in self._films:
                if (task := film.next_task()) is not None:
                    return task
            plan = next(self._coming, None)
            if plan is None:
                self._are_all_here = True
                return None
            self._films.append(Film(plan))

    def is_under_way(self, task: Task) -> bool:
        return sum(film.owns(task) for film in self._films) > 1

    def is_there(self, task: Task) -> bool:
        return any(film.owns(task) and film.is_there(task, self._store) for film in self._films)

    def take(self, done: Done) -> None:
        self._partial.pop(done.task.key, None)
        for film in self._films:
            if film.owns(done.task):
                film.take(done, self._store)
        self._tell()

    def note(self, key: str, frames: int) -> None:
        self._partial[key] = frames
        self._tell()

    def finished(self) -> Iterator[Film]:
        for film in [film for film in self._films if film.is_done]:
            self._past += film.plan.num_frames
            self._films.remove(film)
            yield film

    def _tell(self) -> None:
        total = self._past + sum(film.plan.num_frames for film in self._films)
        done = self._past + sum(film.num_frames_done(self._partial) for film in self._films)
        self._told = max(self._told, done)  # a piece that is begun anew, or a film that fails, takes nothing back
        self._report(Progress("frames", self._told, total))


def _forget_if_large(key: str, store: Store) -> None:
    """Drop a memory that is megabytes; small ones stay, for a single frame that is rendered later."""
    path = store.find(key)
    if path is not None and path.stat().st_size > _SMALL_BYTES:
        store.forget(key)
