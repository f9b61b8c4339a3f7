"""Paths within style lists are absolute while a program runs, short where a person keeps them, and seen to exist."""

from pathlib import Path

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.recipes.paths import absolute, move_paths, portable
from mutoscope.recipes.recipe import load_recipe

EFFECT = "stylize.optimise"


def moved(style, change, regions=None):
    params = {"style": style} if regions is None else {"style": style, "regions": regions}
    return move_paths({"step": [{"effect": EFFECT, "params": params}]}, change)["step"][0]["params"]


def test_every_path_of_a_list_is_moved(tmp_path):
    there = moved("0s: a.jpg, 3s: a.jpg:0.5 + b.jpg", lambda path: absolute(path, tmp_path), ["c.jpg + a.jpg", "b.jpg"])

    a, b, c = (tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg"))
    assert there == {"style": f"0s: {a}, 3s: {a}:0.5 + {b}", "regions": [f"{c} + {a}", str(b)]}
    back = moved(there["style"], lambda path: portable(path, tmp_path), there["regions"])
    assert back == {"style": "0s: a.jpg, 3s: a.jpg:0.5 + b.jpg", "regions": ["c.jpg + a.jpg", "b.jpg"]}


def test_a_file_that_looks_like_a_list_is_found_beside_its_recipe_and_stays_one(tmp_path):
    name = "a, 3s: b.jpg"
    (tmp_path / name).write_bytes(b"")

    there = moved(name, lambda path: absolute(path, tmp_path))["style"]

    (tmp_path / name).unlink()
    assert moved(there, lambda path: path)["style"] == there
    assert moved(there, lambda path: portable(path, tmp_path))["style"] == '"a, 3s: b.jpg"'


def test_what_cannot_be_read_stays_as_it_is():
    assert moved("a:0", lambda path: f"/x/{path}")["style"] == "a:0"
    assert moved(7, lambda path: f"/x/{path}")["style"] == 7


def test_a_picture_of_a_list_that_is_missing_is_told_with_its_line(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f'mutoscope = 1\n[[step]]\neffect = "{EFFECT}"\n[step.params]\nstyle = "a.jpg:2 + b.jpg"\n', encoding="utf-8"
    )

    with pytest.raises(ParameterError, match=r"line 5.*b\.jpg does not exist"):
        load_recipe(recipe)
    (tmp_path / "b.jpg").write_bytes(b"")
    assert Path(load_recipe(recipe).steps[0].params["style"].split(":")[0]) == tmp_path / "a.jpg"
