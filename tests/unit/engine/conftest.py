"""What tests of the engine share: effects to follow by hand, a film of two shots, plans without a run."""

from pathlib import Path

import fake_effects
import numpy as np
import pytest

from mutoscope.core.progress import ignore
from mutoscope.effects import registry
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.store import Store
from mutoscope.recipes.recipe import Recipe, parse_recipe
from mutoscope.testing.media import make_clip

TRAIL = '[[step]]\neffect = "fake.trail"\n'
NOISE = '[[step]]\neffect = "fake.noise"\n'


def two_shots(index, height, width):
    """Two shots of twelve and eleven frames that a detector tells apart."""
    y, x = np.mgrid[:height, :width]
    tone = (x * 5 + index * 9) % 256 if index < 12 else (255 - y * 4 - index * 5) % 256
    return np.stack([tone, (tone // 2 + (200 if index < 12 else 20)) % 256, 255 - tone], 2).astype(np.uint8)


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    """Register the effects of `fake_effects`, as if a plugin were installed."""
    monkeypatch.setattr(registry, "_plugins", lambda: (fake_effects.ENTRIES, ()))


@pytest.fixture
def store(tmp_path) -> Store:
    made = Store(tmp_path / "work")
    made.begin()
    return made


@pytest.fixture(scope="session")
def two_shots_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    options = {"g": "6", "qp": "8", "bf": "2"}
    return make_clip(path, width=46, height=34, num_frames=23, pixels=two_shots, options=options)


@pytest.fixture
def film(two_shots_file, tmp_path) -> Path:
    """A film of this test's own, which it may change."""
    path = tmp_path / "film.mp4"
    path.write_bytes(two_shots_file.read_bytes())
    return path


@pytest.fixture
def recipe(tmp_path):
    """Make a recipe of the text of its steps and of lines for the film."""

    def make(steps: str, film: str = "") -> Recipe:
        return parse_recipe(f"mutoscope = 1\n[film]\n{film}\n{steps}", name="r", folder=tmp_path, is_json=False)

    return make


@pytest.fixture
def planned(film, store, recipe, tmp_path):
    """Plan a film without running it."""

    def plan(steps: str, lines: str = "", *, source=None, result="out.mp4", device="cpu") -> Plan:
        return plan_film(recipe(steps, lines), source or film, tmp_path / result, device, store, ignore)

    return plan
