"""What a result depends on besides the film is digested by its bytes, wherever it lies."""

import fake_effects
import pytest

from mutoscope.effects.params import make_params
from mutoscope.effects.registry import get
from mutoscope.engine.fingerprint import code_digest, params_print, versions, weights_of
from mutoscope.stylize.params import OptimiseParams


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on the path; its digest is taken anew each time."""
    (tmp_path / "plugged" / "inner").mkdir(parents=True)
    for name in ("__init__.py", "a.py", "inner/__init__.py", "inner/b.py"):
        (tmp_path / "plugged" / name).write_text(f"# {name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "plugged"


def digest(name="plugged"):
    return code_digest.__wrapped__(name)


def test_code_is_the_same_as_long_as_nobody_touches_it(package):
    first = digest()
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    (package / "notes.txt").write_text("not code")

    assert digest() == first != digest("mutoscope")


@pytest.mark.parametrize("name", ["a.py", "inner/b.py", "inner/new.py"])
def test_any_change_of_code_is_seen(name, package):
    first = digest()
    (package / name).write_text("changed = 1\n")

    assert digest() != first


def test_code_that_moves_to_another_file_is_other_code(package):
    first = digest()
    (package / "a.py").rename(package / "c.py")

    assert digest() != first


def test_a_package_may_be_one_file_or_unknown(tmp_path, monkeypatch):
    (tmp_path / "lonely.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    first = digest("lonely")
    (tmp_path / "lonely.py").write_text("x = 2\n")

    assert digest("lonely") != first
    assert digest("there_is_no_such_package") == "unknown"


def test_parameters_count_by_value_and_files_by_bytes(tmp_path):
    (tmp_path / "a.png").write_bytes(b"same")
    (tmp_path / "b.png").write_bytes(b"same")
    (tmp_path / "c.png").write_bytes(b"other")
    entry = get("fake.trail")

    def told(**values):
        return params_print(entry, make_params(fake_effects.TrailParams, values))

    a, b, c = (told(picture=str(tmp_path / name)) for name in ("a.png", "b.png", "c.png"))
    assert a == b != c
    assert told(share=0.5) == told() != told(share=0.25)
    assert told(share="0s:0.5, 1s:0.6") != told()


def test_a_plugin_counts_by_its_own_code_too():
    built_in, plugin = get("frame.identity"), get("fake.noise")

    assert (
        params_print(built_in, make_params(built_in.load_params(), {}))["code"]
        != (params_print(plugin, make_params(plugin.load_params(), {}))["code"])
    )


def test_files_are_those_that_are_given():
    assert fake_effects.TrailParams().used_files() == {}
    assert list(OptimiseParams(style="s.png").used_files()) == ["style"]
    assert list(OptimiseParams(style="s.png", weights="w.pth").used_files()) == ["style", "weights"]


def test_weights_are_those_of_the_table_unless_a_file_is_given():
    assert [used.name for used in weights_of(OptimiseParams(style="s.png"))] == ["efficientnet_lite0"]
    assert weights_of(OptimiseParams(style="s.png", backbone="vgg19", weights="w.pth")) == []
    assert weights_of(OptimiseParams(style="s.png", backbone="tiny")) == []


def test_all_versions_are_known():
    assert {"mutoscope", "python", "ffmpeg", "torch"} <= set(versions())
    assert all(versions().values())
