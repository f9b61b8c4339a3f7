"""Progress on something that is no terminal: plain lines with a rate that is true."""

import re

import pytest

from mutoscope.cli import progress as module
from mutoscope.cli.progress import show_progress
from mutoscope.core.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_short_work_prints_nothing(clock, capsys):
    with show_progress() as report:
        report(Progress("frames", 1, 2))
        clock[0] += 1
        report(Progress("frames", 2, 2))

    assert capsys.readouterr().err == ""


def test_two_stages_in_turn_keep_their_own_rates(clock, capsys):
    with show_progress() as report:
        for i in range(1, 21):
            report(Progress("first frame", i, 20, "steps"))
            clock[0] += 0.1
            report(Progress("frames", i, 40))
            clock[0] += 0.9

    lines = capsys.readouterr().err.splitlines()
    rates = [float(m[1]) for line in lines if (m := re.search(r"frames: .* ([\d.]+) frames/s", line))]
    assert rates
    assert all(rate == pytest.approx(1, rel=0.01) for rate in rates)
    assert "s left" in lines[-1]


def test_quiet_is_quiet(clock, capsys):
    with show_progress(quiet=True) as report:
        clock[0] += 100
        report(Progress("frames", 50, 100))

    assert capsys.readouterr().err == ""
