"""One holder at a time, none left behind by the dead, and no lock that stays in a person's folder."""

import os
import random
import subprocess
import sys
import threading

import pytest

from mutoscope.core.errors import OutputError
from mutoscope.storage.lock import exclusive, lock, only_writer

HOLD = """
import sys
from pathlib import Path
from mutoscope.storage.lock import exclusive, only_writer
with {what}(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks there")


@pytest.fixture
def hold():
    """Another process that holds a lock till it is told to end, or killed."""
    children = []

    def start(what, path):
        code = [sys.executable, "-c", HOLD.format(what=what), str(path)]
        child = subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout.readline() == "held\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


class Crowd:
    """Counts who is inside at the same time."""

    def __init__(self):
        self.inside, self.most, self.entered = 0, 0, 0
        self._count = threading.Lock()

    def visit(self, chance):
        with self._count:
            self.inside += 1
            self.entered += 1
            self.most = max(self.most, self.inside)
        for _ in range(chance.randrange(20)):
            os.sched_yield()  # let others try to come in
        with self._count:
            self.inside -= 1


def together(work, num=8):
    threads = [threading.Thread(target=work, args=(random.Random(i),)) for i in range(num)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


NAMES = [
    "out.mp4",
    "f%05d.png",
    "späte Ärzte 映画.mp4",
    "x" * 250 + ".mp4",
    "映" * 83 + ".mp4",
    "-rf",
    " .mp4",
    "a\nb.mp4",
]


@pytest.mark.parametrize("name", NAMES, ids=[repr(name)[:12] for name in NAMES])
def test_any_name_has_one_writer_and_nothing_stays(name, tmp_path):
    final = tmp_path / name
    with only_writer(final):
        (held,) = tmp_path.iterdir()
        assert held.name.startswith(".")
        with pytest.raises(OutputError, match="process"), only_writer(final):
            pass

    assert list(tmp_path.iterdir()) == []


def test_names_that_are_alike_are_two(tmp_path):
    with only_writer(tmp_path / ("y" * 249 + "a.mp4")), only_writer(tmp_path / ("y" * 249 + "b.mp4")):
        assert len(list(tmp_path.iterdir())) == 2


def test_the_lock_goes_when_the_run_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), only_writer(tmp_path / "out.mp4"):
        raise KeyboardInterrupt

    assert list(tmp_path.iterdir()) == []


def test_the_other_run_is_named_in_one_line(tmp_path, hold):
    child = hold("only_writer", tmp_path / "out.mp4")

    with (
        pytest.raises(OutputError, match=f"process {child.pid} on .*out.mp4") as told,
        only_writer(tmp_path / "out.mp4"),
    ):
        pass
    assert "\n" not in str(told.value)


def test_the_dead_hold_nothing(tmp_path, hold):
    child = hold("only_writer", tmp_path / "out.mp4")
    child.kill()
    child.wait()
    assert len(list(tmp_path.iterdir())) == 1

    with only_writer(tmp_path / "out.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_a_dead_one_is_not_told_for_a_living_one(tmp_path, hold):
    (tmp_path / ".out.mp4.lock").write_text("process 1234567890123456789 on a machine with a very long name")
    child = hold("only_writer", tmp_path / "out.mp4")

    with pytest.raises(OutputError, match=rf"\(process {child.pid} on \S+\) is"), only_writer(tmp_path / "out.mp4"):
        pass


def test_a_link_and_its_file_are_one_result(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "there" / "real.mp4")

    with (
        only_writer(tmp_path / "link.mp4"),
        pytest.raises(OutputError, match="another run"),
        only_writer(tmp_path / "there" / "real.mp4"),
    ):
        pass


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(folder, tmp_path):
    (tmp_path / "file").write_text("x")

    with pytest.raises(OutputError, match="cannot be written") as told, only_writer(tmp_path / folder / "out.mp4"):
        pass
    assert "\n" not in str(told.value)


def test_of_a_crowd_one_writes_at_a_time(tmp_path):
    crowd = Crowd()

    def write(chance):
        for _ in range(60):
            try:
                with only_writer(tmp_path / "out.mp4"):
                    crowd.visit(chance)
            except OutputError:
                continue

    together(write)

    assert crowd.most == 1
    assert crowd.entered > 0


@pytest.mark.parametrize("removes", [False, True])
def test_of_a_crowd_one_holds_at_a_time_and_all_come_in(removes, tmp_path):
    crowd, path = Crowd(), tmp_path / "claim"

    def work(chance):
        for _ in range(40):
            with exclusive(path):
                crowd.visit(chance)
                if removes:
                    path.unlink(missing_ok=True)

    together(work)

    assert (crowd.most, crowd.entered) == (1, 320)


def test_who_waits_comes_in_when_the_holder_dies(tmp_path, hold):
    child, entered = hold("exclusive", tmp_path / "claim"), threading.Event()

    def wait():
        with exclusive(tmp_path / "claim"):
            entered.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not entered.wait(0.1)
    child.kill()
    thread.join(10)
    assert entered.is_set()


def test_many_may_share_and_nobody_is_alone_meanwhile(tmp_path):
    with (tmp_path / "x").open("a+b") as a, (tmp_path / "x").open("a+b") as b, (tmp_path / "x").open("a+b") as c:
        assert lock(a, wait=False, shared=True)
        assert lock(b, wait=False, shared=True)
        assert not lock(c, wait=False)
        a.close()
        assert not lock(c, wait=False)
        b.close()
        assert lock(c, wait=False)
