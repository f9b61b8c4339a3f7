"""Segments are handed out once each, those that go on after the one before them, in small windows."""

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.core.errors import InputError
from mutoscope.engine.cuts import Stretch
from mutoscope.engine.pool import Done, PoisonError
from mutoscope.engine.schedule import work_off
from mutoscope.engine.segment import state_key
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


class FickleWorkers(FakePool):
    """Workers come and go, so the room changes all the time; a piece begun anew is less far than before."""

    def wait(self, partial):
        self.most = self.random.randrange(1, 9)
        for task in self.random.sample(self.held, self.random.randrange(len(self.held) + 1)):
            partial(task.key, self.random.randrange(11))
        return super().wait(partial)


@st.composite
def films(draw):
    """A few films, some of them of the same bytes, their shots of one to four pieces."""
    shapes = draw(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=1, max_size=5))
    names = [draw(st.sampled_from(["a", "b", "c"])) for _ in shapes]
    shape_of = dict(zip(names, shapes, strict=True))
    return [FakePlan(name, tuple(_stretches(shape_of[name]))) for name in names]


def _stretches(shape):
    starts = [(shot, piece) for shot, num in enumerate(shape) for piece in range(num)]
    return [Stretch(shot, 10 * i, 10 * i + 10, goes_on=piece > 0) for i, (shot, piece) in enumerate(starts)]


@given(films(), st.integers(0, 999), st.sets(st.integers(0, 15), max_size=3), st.sets(st.integers(0, 15), max_size=1))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_every_film_comes_back(plans, seed, poisoned, broken):
    bad = {number: PoisonError("killed") for number in poisoned} | {number: InputError("no") for number in broken}
    poisoned = poisoned - broken
    pool, told = FickleWorkers(seed, bad=bad), []

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.begin()
        found = list(work_off(plans, pool, store, lambda p: told.append((p.done, p.total))))

    assert sorted(map(id, plans)) == sorted(id(film.plan) for film in found)
    for film in found:
        numbers = set(range(len(film.plan.stretches)))
        if film.error is None:
            assert sorted([*film.outcomes, *film.set_aside]) == sorted(numbers)
            assert set(film.set_aside) == poisoned & numbers
        else:
            assert broken & numbers
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done <= total for done, total in told)
    if not any(film.error for film in found):
        assert told[-1] == (sum(plan.num_frames for plan in plans),) * 2
    for task in pool.seen:
        number, before = task.spec["number"], task.spec["before"]
        plan = next(plan for plan in plans if plan.task(number, before).key == task.key)
        assert (before is not None) == (plan.stretches[number].goes_on and number - 1 not in poisoned)


@pytest.mark.parametrize("seed", range(4))
def test_two_films_of_the_same_bytes_share_their_pieces(seed, store):
    class KeepingPool(FakePool):
        def wait(self, partial):
            done = super().wait(partial)
            for key in (done.task.key, state_key(done.task.key)):
                store.keep(key, lambda path: path.write_bytes(b"x"), ".x")
            return done

    pool = KeepingPool(seed, room=9)

    films = list(work_off([FakePlan("a"), FakePlan("a")], pool, store, lambda _: None))

    keys = [task.key for task in pool.seen]
    assert len(keys) == len(set(keys))
    assert [len(film.outcomes) for film in films] == [len(keys)] * 2


def test_a_piece_that_another_run_has_just_finished_is_not_thrown_away(store, monkeypatch):
    plan, find = FakePlan("a", (Stretch(0, 0, 10),)), Store.find

    def find_too_early(self, key):
        found = find(self, key)
        if found is None:
            self.keep(key, lambda path: path.write_bytes(b"x"), ".piece")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Store, "find", find_too_early)
        list(work_off([plan], FakePool(0), store, lambda _: None))

    assert store.find(plan.task(0, None).key) is not None


def test_no_film_is_lost_when_one_fails_and_workers_leave(store):
    class LeavingWorkers(FakePool):
        def wait(self, partial):
            self.most = 1
            return super().wait(partial)

    pool = LeavingWorkers(0, room=5, bad={number: InputError("no") for number in range(1, 9)})
    bad = FakePlan("bad", tuple(Stretch(i, i, i + 1) for i in range(9)))
    plans = [bad, *(FakePlan(f"good {i}", (Stretch(0, 0, 1),)) for i in range(3))]

    found = [film.plan.name for film in work_off(plans, pool, store, lambda _: None)]

    assert sorted(found) == ["bad", "good 0", "good 1", "good 2"]
