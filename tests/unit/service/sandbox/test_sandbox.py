"""The sandbox: what a stranger's file does to its reader, the server survives and tells in one line."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mutoscope.service.problems import Problem
from mutoscope.service.sandbox import sandbox as sandbox_module
from mutoscope.service.sandbox.sandbox import Limits, Sandbox
from mutoscope.service.settings import Settings

TESTS = str(Path(__file__).parents[3])
LOOK = "mutoscope.service.sandbox.tasks.look:look"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", TESTS)
        patch.setattr(sandbox_module, "_PRELOAD", ())  # nothing here decodes anything
        one = Sandbox(Settings(data=tmp_path_factory.mktemp("service")))
        one.start()
        yield one
        one.stop()


def problem(sandbox, name, limits=None, **args):
    with pytest.raises(Problem) as caught:
        sandbox.run(f"sandbox_misdeeds:{name}", args, limits=limits or Limits())
    return caught.value


@pytest.mark.parametrize(
    ("name", "words"),
    [("abort", "made its reader crash"), ("segfault", "made its reader crash"), ("flood", "made its reader crash")],
)
def test_a_crash_is_a_refusal(sandbox, name, words):
    found = problem(sandbox, name)

    assert found.kind.name == "media-refused"
    assert words in found.detail


def test_too_much_memory_is_a_refusal_and_says_how_much(sandbox):
    found = problem(sandbox, "eat", Limits(memory_bytes=300 << 20))

    assert found.kind.name == "media-refused"
    assert found.detail == "the file wants more than 300 MB of memory to be read; it was refused."


def test_too_long_is_a_refusal_and_says_how_long(sandbox):
    start = time.monotonic()
    found = problem(sandbox, "loop", Limits(seconds=0.5))

    assert found.detail == "the file took longer than 0.5 s to be read; it was refused."
    assert time.monotonic() - start < 8


def test_our_own_mistake_is_no_refusal(sandbox, caplog):
    assert problem(sandbox, "wrong").kind.name == "internal"
    assert "KeyError" in caplog.text


def test_a_killed_reader_of_readers_is_not_noticed(sandbox):
    before = sandbox.pid
    os.kill(before, signal.SIGKILL)

    assert sandbox.run("sandbox_misdeeds:chatter", {"number": 1}) == {"last": 1}
    assert sandbox.pid != before


def test_one_that_dies_while_it_reads_is_asked_again(sandbox):
    done = []
    waiting = threading.Thread(
        target=lambda: done.append(problem(sandbox, "loop", Limits(seconds=2)).detail), daemon=True
    )
    waiting.start()
    time.sleep(0.3)
    os.kill(sandbox.pid, signal.SIGKILL)
    waiting.join(30)

    assert done == ["the file took longer than 2 s to be read; it was refused."]


def test_many_threads_may_ask_at_once(sandbox):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(sandbox.run("sandbox_misdeeds:chatter", {"number": 50})["last"]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [50] * 16


def test_a_link_is_not_followed_out(sandbox, tmp_path):
    (tmp_path / "film.mp4").symlink_to("/etc/passwd")

    with pytest.raises(Problem) as caught:
        sandbox.run(LOOK, {"path": str(tmp_path / "film.mp4"), "name": "film.mp4"}, reads=[tmp_path / "film.mp4"])

    assert caught.value.detail == "film.mp4 is a link to elsewhere; give the file itself."


def test_the_server_loads_no_decoder():
    code = """
import sys
import mutoscope.service.sandbox.sandbox
print(sorted({"torch", "av", "PIL", "numpy", "cv2", "c2pa", "matplotlib"} & set(sys.modules)))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"
