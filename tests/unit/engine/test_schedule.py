"""Segments are handed out once each, those that go on after the one before them, in small windows."""

import random
from dataclasses import dataclass, field

import pytest

from mutoscope.core.errors import InputError
from mutoscope.engine.cuts import Stretch
from mutoscope.engine.pool import Done, PoisonError
from mutoscope.engine.schedule import work_off
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Outcome, Task
from mutoscope.storage.hashing import hash_json


@dataclass
class FakePlan:
    """A plan without a film: ten shots of up to four pieces."""

    name: str
    stretches: tuple[Stretch, ...] = field(
        default_factory=lambda: tuple(
            Stretch(shot, 10 * (4 * shot + piece), 10 * (4 * shot + piece + 1), goes_on=piece > 0)
            for shot in range(10)
            for piece in range(shot % 4 + 1)
        )
    )

    @property
    def num_frames(self):
        return 10 * len(self.stretches)

    def is_followed(self, number):
        return number + 1 < len(self.stretches) and self.stretches[number + 1].goes_on

    def task(self, number, before):
        return Task(hash_json([self.name, number, before]), "x:y", {"number": number, "before": before}, 10)


class FakePool:
    """Ends tasks in any order; some badly."""

    name = "fake"

    def __init__(self, seed, room=5, bad=None):
        self.random, self.most, self.bad = random.Random(seed), room, bad or {}
        self.held, self.seen = [], []

    @property
    def room(self):
        return self.most - len(self.held)

    def submit(self, task):
        assert self.room > 0
        self.held.append(task)
        self.seen.append(task)

    def wait(self, partial):
        task = self.held.pop(self.random.randrange(len(self.held)))
        partial(task.key, 3)
        error = self.bad.get(task.spec["number"])
        return Done(task, error=error) if error else Done(task, outcome=Outcome(task.key, 1.0, 1.0, reused=False))


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    made.begin()
    return made


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("room", [1, 3, 50])
def test_each_segment_is_done_once_and_after_the_one_before_it(seed, room, store):
    plan, pool = FakePlan("a"), FakePool(seed, room)
    progress = []

    (film,) = work_off([plan], pool, store, lambda p: progress.append((p.done, p.total)))

    numbers = [task.spec["number"] for task in pool.seen]
    assert sorted(numbers) == list(range(len(plan.stretches)))
    for i, number in enumerate(numbers):
        if plan.stretches[number].goes_on:
            assert number - 1 in numbers[:i]
            assert pool.seen[i].spec["before"] == film.keys[number - 1]
        else:
            assert pool.seen[i].spec["before"] is None
    assert progress[-1] == (plan.num_frames, plan.num_frames)


def test_a_film_that_fails_does_not_stop_the_others(store):
    pool = FakePool(1, bad={2: InputError("broken")})
    good = FakePlan("b", tuple(Stretch(i, i, i + 1) for i in range(2)))

    films = list(work_off([FakePlan("a"), good], pool, store, lambda _: None))

    assert [(film.plan.name, str(film.error or "")) for film in films] in (
        [("a", "broken"), ("b", "")],
        [("b", ""), ("a", "broken")],
    )


def test_what_follows_a_segment_that_is_set_aside_begins_anew(store):
    plan, pool = FakePlan("a"), FakePool(2, bad={4: PoisonError("killed 3 workers")})  # the second piece of shot 2

    (film,) = work_off([plan], pool, store, lambda _: None)

    follower = next(task for task in pool.seen if task.spec["number"] == 5)
    assert plan.stretches[5].goes_on
    assert follower.spec["before"] is None
    assert set(film.set_aside) == {4}
    assert len(film.outcomes) == len(plan.stretches) - 1


def test_films_are_looked_at_only_when_there_is_room(store):
    looked = []

    def plans():
        for i in range(20):
            looked.append(i)
            yield FakePlan(f"film {i}", (Stretch(0, 0, 10),))

    pool = FakePool(0, room=2)
    first = next(work_off(plans(), pool, store, lambda _: None))

    assert first.is_done
    assert len(looked) <= 3


def test_what_an_earlier_run_left_is_not_done_again(store):
    plan = FakePlan("a", tuple(Stretch(i, i, i + 1) for i in range(6)))
    for number in (1, 4):
        store.keep(plan.task(number, None).key, lambda path: path.write_bytes(b"x"), ".piece")
    pool = FakePool(0)

    (film,) = work_off([plan], pool, store, lambda _: None)

    assert sorted(task.spec["number"] for task in pool.seen) == [0, 2, 3, 5]
    assert sum(outcome.reused for outcome in film.outcomes.values()) == 2


def test_a_piece_whose_memory_is_gone_is_made_once_more(store):
    plan = FakePlan("a", (Stretch(0, 0, 10), Stretch(0, 10, 20, goes_on=True)))
    first = plan.task(0, None).key
    store.keep(first, lambda path: path.write_bytes(b"x"), ".piece")
    pool = FakePool(0)

    list(work_off([plan], pool, store, lambda _: None))

    assert [task.spec["number"] for task in pool.seen] == [0, 1]
