"""Running ahead: order, errors, how far, and an end in every case."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from mutoscope.core.ahead import run_ahead, run_behind

WAIT_S = 20
"""Far more than is needed: it ends a test that would hang."""


def runners() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


def failing(num: int, error: BaseException) -> Iterator[int]:
    yield from range(num)
    raise error


class Counted:
    """Counts up without end, and tells how far it has come."""

    def __init__(self) -> None:
        self.made = 0
        self.is_closed = False
        self.threads: set[threading.Thread] = set()
        self._moved = threading.Condition()

    def __iter__(self) -> Iterator[int]:
        try:
            while True:
                with self._moved:
                    self.made += 1
                    self.threads.add(threading.current_thread())
                    self._moved.notify_all()
                yield self.made
        finally:
            self.is_closed = True

    def reaches(self, num: int, seconds: float) -> bool:
        with self._moved:
            return self._moved.wait_for(lambda: self.made >= num, seconds)


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("num", [0, 1, 2, 50])
def test_items_come_in_order_and_the_thread_ends(depth, num):
    assert list(run_ahead(range(num), depth)) == list(range(num))
    assert runners() == []


def test_none_and_exceptions_may_be_items():
    items = [None, ValueError("an item"), None]

    assert list(run_ahead(items)) == items


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), MemoryError("full")])
def test_an_error_comes_after_the_items_before_it(error):
    taken = []

    with pytest.raises(type(error)) as caught:
        for item in run_ahead(failing(3, error)):
            taken.append(item)  # noqa: PERF402 # a list that is built in one go would not be there afterwards

    assert taken == [0, 1, 2]
    assert caught.value is error
    assert runners() == []


def test_an_early_close_ends_the_thread():
    source = Counted()
    ahead = run_ahead(source, 2)
    assert next(ahead) == 1
    assert source.reaches(3, WAIT_S)
    assert len(runners()) == 1

    ahead.close()

    assert runners() == []
    made = source.made
    assert not source.reaches(made + 1, 0.2)


def test_an_early_close_closes_the_source():
    source = Counted()

    with closing(run_ahead(iter(source), 2)) as ahead:
        next(ahead)

    del ahead
    assert source.is_closed


def test_an_error_of_the_consumer_ends_the_thread():
    with pytest.raises(ZeroDivisionError), closing(run_ahead(Counted())) as ahead:
        for _ in ahead:
            raise ZeroDivisionError

    assert runners() == []


def test_nothing_starts_before_the_first_item_is_asked_for():
    source = Counted()

    run_ahead(source).close()

    assert source.made == 0
    assert runners() == []


def test_the_work_is_done_in_a_thread_of_its_own():
    source = Counted()

    with closing(run_ahead(source)) as ahead:
        next(ahead)

    assert threading.current_thread() not in source.threads
    assert len(source.threads) == 1


@pytest.mark.parametrize("depth", [1, 3])
def test_it_runs_ahead_by_its_depth_and_no_farther(depth):
    source = Counted()

    with closing(run_ahead(source, depth)) as ahead:
        for taken in range(1, 4):
            assert next(ahead) == taken
            # Depth of them wait, one more is in the thread's hand.
            assert source.reaches(taken + depth, WAIT_S)
            assert not source.reaches(taken + depth + 2, 0.1)


def test_work_behind_is_done_in_order_and_all_of_it():
    done: list[int] = []

    assert list(run_behind(range(50), done.append)) == list(range(50))
    assert done == list(range(50))


def test_an_item_comes_out_when_its_work_is_done():
    done: list[int] = []

    assert all(item in done for item in run_behind(range(20), done.append))


def test_making_and_working_overlap():
    working, made_next = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 0
        assert working.wait(WAIT_S)
        made_next.set()
        yield 1

    def work(item: int) -> None:
        working.set()
        assert made_next.wait(WAIT_S)

    assert list(run_behind(items(), work)) == [0, 1]


def test_an_error_behind_comes_out_and_ends_the_work():
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise ValueError("the disk is full")
        done.append(item)

    with pytest.raises(ValueError, match="disk is full"):
        list(run_behind(range(1000), work))
    assert len(done) < 10


def test_an_error_in_making_leaves_what_was_made_before_worked_on():
    done: list[int] = []

    with pytest.raises(ValueError, match="broken"):
        list(run_behind(failing(3, ValueError("broken")), done.append))
    assert done in ([0, 1, 2], [0, 1], [0])
