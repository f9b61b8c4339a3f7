"""Finished work appears whole, is found by everybody, and is made by one process at a time."""

import subprocess
import sys
import time

import pytest

from mutoscope.core.errors import OutputError
from mutoscope.engine.store import Store
from mutoscope.storage.lock import only_writer

KEY = "ab" * 32

HOLD = """
import sys, time
from pathlib import Path
from mutoscope.engine.store import Store
from mutoscope.storage.lock import only_writer
with {what}:
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "work")
    made.begin()
    return made


@pytest.fixture
def holder():
    """Another process that holds a lock till it is killed."""
    children = []

    def hold(what):
        child = subprocess.Popen([sys.executable, "-c", HOLD.format(what=what)], stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout.readline() == "held\n"
        return child

    yield hold
    for child in children:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_claim_holds_others_back_until_its_process_is_killed(store, holder):
    child = holder(f"Store(Path({str(store.root)!r})).claim({KEY!r})")
    waiter = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(what=f"Store(Path({str(store.root)!r})).claim({KEY!r})")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(0.2)
        assert waiter.poll() is None
        child.kill()
        child.wait()
        assert waiter.stdout.readline() == "held\n"
    finally:
        waiter.kill()
        waiter.wait()
        waiter.stdout.close()


def test_a_writer_that_fails_leaves_nothing(store):
    def fail(path):
        path.write_bytes(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.keep(KEY, fail, ".piece")

    assert store.find(KEY) is None
    assert list((store.root / "results").rglob("*.piece")) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_a_disk_that_refuses_is_told_in_one_line(error, store):
    def refuse(_path):
        raise error

    with pytest.raises(OutputError) as told:
        store.keep(KEY, refuse, ".piece")
    assert "\n" not in str(told.value)
    assert store.find(KEY) is None


def test_the_same_result_kept_twice_is_one_and_may_be_forgotten_twice(store):
    store.keep(KEY, lambda place: place.write_bytes(b"a"), ".piece")
    store.keep(KEY, lambda place: place.write_bytes(b"a"), ".piece")
    assert len(list((store.root / "results").rglob("*.piece"))) == 1

    store.forget(KEY)
    store.forget(KEY)
    assert store.find(KEY) is None


@pytest.mark.parametrize("harm", [b"", b"whol", b"whole and more"])
def test_a_result_of_another_length_is_not_found(harm, store):
    store.keep(KEY, lambda place: place.write_bytes(b"whole"), ".piece").write_bytes(harm)

    assert store.find(KEY) is None
    assert store.keep(KEY, lambda place: place.write_bytes(b"whole"), ".piece").read_bytes() == b"whole"


def test_a_damaged_result_is_not_found(store):
    path = store.keep(KEY, lambda place: place.write_bytes(b"whole"), ".piece")
    path.write_bytes(b"whale")

    assert store.find(KEY) is None


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")

    with pytest.raises(OutputError, match="--work") as told:
        Store(tmp_path / "file" / "work").begin()
    assert "\n" not in str(told.value)


def test_room_is_made_only_when_nobody_works(store, holder, monkeypatch):
    monkeypatch.setattr("mutoscope.engine.store._KEEP_BYTES", 0)
    holder(f"Store(Path({str(store.root)!r})).in_use()")
    with store.in_use():
        store.keep(KEY, lambda place: place.write_bytes(b"x"), ".piece")
    assert store.find(KEY) is not None


def test_room_is_made_by_the_last_one(store, monkeypatch):
    monkeypatch.setattr("mutoscope.engine.store._KEEP_BYTES", 0)
    with store.in_use():
        store.keep(KEY, lambda place: place.write_bytes(b"x"), ".piece")

    assert store.find(KEY) is None


@pytest.mark.parametrize("name", ["out.mp4", "f%05d.png", "späte Ärzte 映画.mp4", "x" * 250 + ".mp4"])
def test_a_result_has_one_writer(name, tmp_path, holder):
    final = tmp_path / name
    child = holder(f"only_writer(Path({str(final)!r}))")

    with pytest.raises(OutputError, match=f"process {child.pid}"), only_writer(final):
        pass
    child.kill()
    child.wait()
    with only_writer(final):
        pass
    assert list(tmp_path.iterdir()) == []
