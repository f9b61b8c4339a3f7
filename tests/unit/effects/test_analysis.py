"""Analysis passes: run once, then taken from the cache."""

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.effects.analysis import analyse
from mutoscope.storage.cache import Cache
from mutoscope.testing.clips import gradient_clip


def test_a_pass_runs_once_and_is_then_taken_from_the_cache(tmp_path):
    opened = []

    def begin():
        opened.append(1)
        yield from gradient_clip().frames()

    first = analyse(["shots"], begin, "a" * 64, Cache(tmp_path))
    second = analyse(["shots"], begin, "a" * 64, Cache(tmp_path))
    other = analyse(["shots"], begin, "b" * 64, Cache(tmp_path))

    assert first == second == other
    assert len(opened) == 2


def test_progress_is_told_in_frames(tmp_path):
    seen = []

    analyse(["shots"], lambda: gradient_clip().frames(), "a" * 64, Cache(tmp_path), seen.append, total=7)

    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (7, 7, "frames")


def test_an_unknown_pass_is_told(tmp_path):
    with pytest.raises(ParameterError, match="no analysis 'shotz'"):
        analyse(["shotz"], lambda: iter(()), "a" * 64, Cache(tmp_path))
