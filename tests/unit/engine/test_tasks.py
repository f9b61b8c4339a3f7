"""A task is done once, by whoever comes first, and again when its result is lost."""

import subprocess
import sys
from pathlib import Path

import fake_tasks
import pytest

from mutoscope.core.errors import InputError
from mutoscope.engine.tasks import Desk, Task, perform

KEY = "ef" * 32
FOLDER = Path(__file__).parent

OTHER = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Desk, Task, perform
import fake_tasks
print("ready", flush=True)
sys.stdin.readline()
task = Task({key!r}, "fake_tasks:keep_a_line", {{"log": {log!r}}}, size=3)
for _ in range(20):
    perform(task, Desk(Store(Path({root!r}))))
"""


@pytest.fixture
def task(tmp_path):
    return Task(KEY, "fake_tasks:keep_a_line", {"log": str(tmp_path / "log")}, size=3)


def lines(task):
    return Path(task.spec["log"]).read_text().count("done")


def test_what_is_there_is_not_done_again(store, task):
    first, second = perform(task, Desk(store)), perform(task, Desk(store))

    assert (first.reused, second.reused, lines(task)) == (False, True, 1)
    assert (second.seconds, second.cpu_seconds) == (0, 0)
    assert first.seconds > 0


@pytest.mark.parametrize(
    "harm", [Path.unlink, lambda path: path.write_bytes(b"rusalt"), lambda path: path.write_bytes(b"")]
)
def test_what_is_lost_or_damaged_is_done_again(harm, store, task):
    perform(task, Desk(store))
    harm(store.find(KEY))

    assert not perform(task, Desk(store)).reused
    assert store.find(KEY).read_bytes() == b"result"


def test_a_task_that_fails_leaves_the_claim_to_others(store, task, monkeypatch):
    def fail(*_):
        raise InputError("no")

    with monkeypatch.context() as patch:
        patch.setattr(fake_tasks, "keep_a_line", fail)
        with pytest.raises(InputError):
            perform(task, Desk(store))

    assert not perform(task, Desk(store)).reused
    assert list((store.root / "claims").iterdir()) == []


def test_processes_that_want_the_same_do_it_once(store, task):
    code = OTHER.format(folder=str(FOLDER), key=KEY, log=task.spec["log"], root=str(store.root))
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        assert [child.wait(60) for child in children] == [0] * 3
    finally:
        for child in children:
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()

    assert lines(task) == 1
