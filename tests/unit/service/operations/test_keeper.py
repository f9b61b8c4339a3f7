"""The keeper goes round, survives whatever fails, and never holds up the end of the server."""

import logging
import threading
import time

import pytest

from mutoscope.service.operations import keeper as keeper_module
from mutoscope.service.operations.keeper import Keeper
from mutoscope.service.operations.retention import Item, Plan
from mutoscope.service.settings import Settings


@pytest.fixture
def calls(monkeypatch):
    """Stand in for those who remove; tell who was called."""
    made: list[str] = []
    old = Plan((Item("upload", "u_old", "clip.mp4", 7, 0.0),))

    def noted(name, answer):
        def call(*args):
            made.append(name)
            return answer

        return call

    monkeypatch.setattr(keeper_module.retention, "expired", noted("expired", old))
    monkeypatch.setattr(keeper_module.retention, "apply", noted("apply", old))
    monkeypatch.setattr(keeper_module.retention, "sweep", noted("sweep", Plan()))
    monkeypatch.setattr(keeper_module.idempotency, "purge", noted("purge", 0))
    return made


@pytest.fixture
def keeper(tmp_path):
    return Keeper(Settings(data=tmp_path), None, None)


def test_files_without_an_owner_are_looked_for_once_an_hour(keeper, calls):
    keeper.round()
    keeper.round()
    assert calls == ["expired", "apply", "purge", "sweep", "expired", "apply", "purge"]


def test_what_was_removed_is_logged(keeper, calls, caplog):
    with caplog.at_level(logging.INFO):
        keeper.round()
    assert "removed upload u_old, past its age: 7 bytes" in caplog.text


def test_a_step_that_fails_does_not_stop_the_others(keeper, calls, monkeypatch, caplog):
    def broken(*args):
        raise OSError("the disk is gone")

    monkeypatch.setattr(keeper_module.retention, "expired", broken)
    keeper.round()
    assert calls == ["purge", "sweep"]
    assert "the next round tries again" in caplog.text


def test_the_end_does_not_wait_for_a_long_round(keeper, calls, monkeypatch):
    begun, held = threading.Event(), threading.Event()

    def slow(*args):
        begun.set()
        held.wait(10)
        return Plan()

    monkeypatch.setattr(keeper_module.retention, "expired", slow)
    monkeypatch.setattr(keeper_module, "_PATIENCE_S", 0.05)
    keeper.start()
    assert begun.wait(5)
    began = time.monotonic()
    keeper.stop()
    assert time.monotonic() - began < 2
    held.set()
    keeper._thread.join(5)
    assert calls == []  # after the end was said, nothing more was begun


def test_it_can_be_stopped_before_it_was_started(keeper):
    keeper.stop()
