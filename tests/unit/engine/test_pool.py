"""The pool of this process does one task at a time and gives it back, done or not."""

import fake_tasks
import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.pool import InlinePool, PoisonError
from mutoscope.engine.tasks import StoppedError, Task

KEY = "cd" * 32


@pytest.fixture
def task(tmp_path):
    return Task(KEY, "fake_tasks:keep_a_line", {"log": str(tmp_path / "log")}, size=3)


def test_there_is_room_for_one(store, task):
    with InlinePool(store) as pool:
        assert pool.room == 1
        pool.submit(task)
        assert pool.room == 0
        pool.wait(lambda *_: None)
        assert pool.room == 1


def test_a_task_comes_back_with_its_outcome_and_its_steps_are_told(store, task):
    told = []
    with InlinePool(store) as pool:
        pool.submit(task)
        done = pool.wait(lambda *step: told.append(step))

    assert (done.task, done.error, done.outcome.reused) == (task, None, False)
    assert told == [(KEY, 1), (KEY, 2), (KEY, 3)]
    assert store.find(KEY).read_bytes() == b"result"


@pytest.mark.parametrize("kind", [InputError, StoppedError, PoisonError])
def test_an_error_that_a_person_is_told_comes_back_with_its_task(kind, store, task, monkeypatch):
    def fail(*_):
        raise kind("why")

    monkeypatch.setattr(fake_tasks, "keep_a_line", fail)
    with InlinePool(store) as pool:
        pool.submit(task)
        done = pool.wait(lambda *_: None)

        assert (done.outcome, type(done.error), str(done.error), pool.room) == (None, kind, "why", 1)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ZeroDivisionError])
def test_our_own_mistakes_and_ctrl_c_pass_through(kind, store, task, monkeypatch):
    def fail(*_):
        raise kind

    monkeypatch.setattr(fake_tasks, "keep_a_line", fail)
    with InlinePool(store) as pool:
        pool.submit(task)
        with pytest.raises(kind):
            pool.wait(lambda *_: None)


def test_a_gpu_that_is_not_there_is_told(store, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    assert InlinePool(store).device("auto") == InlinePool(store).device("cpu") == "cpu"
    with pytest.raises(ParameterError, match="no GPU"):
        InlinePool(store).device("cuda")
