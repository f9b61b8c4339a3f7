"""Analysis passes: run once, then taken from the cache."""

from importlib import metadata
from importlib.metadata import EntryPoint
from typing import ClassVar

import numpy as np
import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.effects.analysis import analyse, names
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


class Means:
    """A pass as a plugin would write it: arrays by name."""

    title = "average"
    version = 1
    params: ClassVar = {"scale": 2}
    runs = 0

    def run(self, clips):
        Means.runs += 1
        means = np.array([c.pixels_TCHW.mean().item() for c in clips])
        return {"means": means, "scale": np.array(self.params["scale"])}

    def restore(self, plain):
        return plain["means"] * plain["scale"]


@pytest.fixture
def means(monkeypatch):
    def entry_points(*, group, name=None):
        entry = EntryPoint("means", f"{__name__}:Means", group)
        monkeypatch.setattr(EntryPoint, "load", lambda _: Means)
        return [entry] if name in (None, "means") else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    Means.runs = 0
    return Means


def frames():
    yield from gradient_clip().frames()


def test_a_plugin_pass_keeps_arrays_to_the_bit(tmp_path, means):
    first, second = (analyse(["means"], frames, "a" * 64, Cache(tmp_path))["means"] for _ in range(2))

    assert names() == ["attention", "means", "shots"]
    assert means.runs == 1
    assert first.dtype == second.dtype == np.float64
    assert first.tobytes() == second.tobytes()


def test_other_params_version_or_size_make_it_run_again(tmp_path, means, monkeypatch):
    cache = Cache(tmp_path)
    analyse(["means"], frames, "a" * 64, cache)
    analyse(["means"], frames, "a" * 64, cache, size=17)
    monkeypatch.setattr(means, "params", {"scale": 3})
    analyse(["means"], frames, "a" * 64, cache)
    monkeypatch.setattr(means, "version", 2)
    analyse(["means"], frames, "a" * 64, cache)

    assert means.runs == 4


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"{}"])
def test_a_damaged_value_is_made_anew(tmp_path, means, damage):
    first = analyse(["means"], frames, "a" * 64, Cache(tmp_path))["means"]
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        path.write_bytes(damage)
    second = analyse(["means"], frames, "a" * 64, Cache(tmp_path))["means"]

    assert means.runs == 2
    assert first.tobytes() == second.tobytes()


def test_a_cache_that_cannot_be_written_fails_nothing(tmp_path, means):
    (tmp_path / "file").touch()

    assert len(analyse(["means"], frames, "a" * 64, Cache(tmp_path / "file"))["means"]) == len(gradient_clip())


def test_a_pass_is_run_once_though_two_effects_want_it(tmp_path, means):
    assert list(analyse(["means", "means"], frames, "a" * 64, Cache(tmp_path))) == ["means"]
    assert means.runs == 1


def test_the_film_is_closed_though_the_pass_did_not_read_it_whole(tmp_path, means, monkeypatch):
    closed = []

    def begin():
        try:
            yield from frames()
        finally:
            closed.append(1)

    monkeypatch.setattr(means, "run", lambda _, clips: {"means": np.ones(len(next(iter(clips)))), "scale": np.ones(1)})
    analyse(["means"], begin, "a" * 64, Cache(tmp_path))

    assert closed == [1]


def test_a_broken_plugin_is_told_in_one_line(tmp_path, means, monkeypatch):
    def load(_):
        raise ImportError("no module\nnamed x")

    analyse(["means"], frames, "a" * 64, Cache(tmp_path))
    monkeypatch.setattr(metadata, "entry_points", lambda **_: [EntryPoint("means", "x:Y", "g")])
    monkeypatch.setattr(EntryPoint, "load", load)

    with pytest.raises(ParameterError, match=r"^the analysis 'means' \(x:Y\) does not work: [^\n]*; update it$"):
        analyse(["means"], frames, "b" * 64, Cache(tmp_path))


class Twice(Means):
    """A pass that wants another's value, and takes a parameter behind its name."""

    needs: ClassVar = ("means:2",)

    def __init__(self, text="1"):
        self.factor = int(text)

    def begin(self, side):
        self.means = side["means:2"]

    def run(self, clips):
        return {"means": self.means * self.factor, "scale": np.array(2)}


@pytest.fixture
def passes(monkeypatch):
    made = {"means": Scaled, "twice": Twice}

    def entry_points(*, group, name=None):
        return [EntryPoint(n, f"x:{n}", group) for n in made if name in (None, n)]

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    monkeypatch.setattr(EntryPoint, "load", lambda self: made[self.name])
    Means.runs = 0


class Scaled(Means):
    def __init__(self, text="1"):
        self.params = {"scale": int(text)}


def test_a_pass_takes_parameters_behind_its_name(tmp_path, passes):
    side = analyse(["means:2", "means:3"], frames, "a" * 64, Cache(tmp_path))

    np.testing.assert_allclose(side["means:3"], 1.5 * side["means:2"])


def test_a_pass_gets_the_values_that_it_needs_and_they_are_made_once(tmp_path, passes):
    cache = Cache(tmp_path)
    side = analyse(["twice:5", "means:2"], frames, "a" * 64, cache)

    assert list(side) == ["twice:5", "means:2"]
    np.testing.assert_allclose(side["twice:5"], 10 * side["means:2"])
    assert Means.runs == 1
    assert analyse(["twice:5"], lambda: iter(()), "a" * 64, cache)["twice:5"].tobytes() == side["twice:5"].tobytes()


def test_a_value_is_made_anew_where_one_that_it_needs_changes(tmp_path, passes, monkeypatch):
    cache = Cache(tmp_path)
    before = analyse(["twice"], frames, "a" * 64, cache)["twice"]
    monkeypatch.setattr(Scaled, "version", 2)
    monkeypatch.setattr(Scaled, "restore", lambda _, plain: plain["means"] * 7)

    assert not np.allclose(analyse(["twice"], frames, "a" * 64, cache)["twice"], before)
