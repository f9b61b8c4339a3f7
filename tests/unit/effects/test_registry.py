"""The registry: text, lazy, with plugins."""

import subprocess
import sys
from pathlib import Path

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.effects import registry
from mutoscope.testing.check_effect import check_effect

PLUGINS = Path(__file__).parents[2] / "plugin_package"


@pytest.fixture
def with_plugins(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGINS))
    registry._plugins.cache_clear()
    yield
    registry._plugins.cache_clear()


def test_an_unknown_effect_names_the_nearest():
    with pytest.raises(ParameterError, match=r"no effect 'stylise.optimize'; did you mean 'stylize.optimise'"):
        registry.get("stylise.optimize")


def test_every_built_in_entry_loads():
    for entry in registry.BUILT_IN:
        assert entry.load_params().__doc__
        assert callable(entry.load_effect())


def test_a_plugin_is_found_by_its_entry_point(with_plugins):
    entry = registry.get("fake.invert")

    check_effect(entry.load_effect(), entry.load_params()())
    assert entry in registry.entries()


def test_a_broken_plugin_is_a_notice_and_not_a_crash(with_plugins):
    notices = registry.notices()

    assert any("'broken' was left out: ModuleNotFoundError" in n for n in notices)
    assert any("'nonsense' was left out" in n for n in notices)


def test_a_plugin_whose_effect_cannot_be_imported_is_told_in_one_line():
    entry = registry.Entry("fake.gone", "fake_gone:Params", "fake_gone:Effect", "Its module is not there.")

    with pytest.raises(ParameterError, match=r"^effect 'fake.gone' could not be loaded \(ModuleNotFoundError: .*\)"):
        entry.load_effect()


def test_a_plugin_cannot_take_a_name_that_is_taken(with_plugins):
    assert any("'taken' was left out: an effect 'frame.identity' exists already" in n for n in registry.notices())
    assert registry.get("frame.identity") in registry.BUILT_IN


def test_listing_effects_loads_no_torch():
    code = "import sys; from mutoscope.effects import registry; registry.entries(); print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
