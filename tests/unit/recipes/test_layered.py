"""Layers of glitches become the steps of a recipe."""

import json

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.recipes.layered import layered, read_layers

SMALL = {"size": [4, 2], "agents": 3}


def effects(recipe) -> list[str]:
    return [step.effect for step in recipe.step]


def test_layers_of_agents_that_follow_each_other_are_one_step():
    recipe = layered([SMALL, {**SMALL, "preserve": True}], {})

    assert effects(recipe) == ["corrupt.agents"]
    assert len(recipe.step[0].params["layers"]) == 2


def test_another_effect_stands_between():
    recipe = layered([SMALL, {"effect": "corrupt.pixel_sort", "angle": 90, "seed": 5, "start": "1s"}, SMALL], {})

    assert effects(recipe) == ["corrupt.agents", "corrupt.pixel_sort", "corrupt.agents"]
    assert recipe.step[1].params == {"angle": 90}
    assert (recipe.step[1].seed, recipe.step[1].start) == (5, "1s")


def test_options_reach_all_agents_and_the_film():
    recipe = layered([SMALL, {"effect": "corrupt.channel_shift"}, SMALL], {"refine": 7, "seed": 3})

    assert [step.params.get("refine") for step in recipe.step] == [7, None, 7]
    assert recipe.film.seed == 3


def test_a_layer_with_a_mask_of_its_own_is_a_step():
    recipe = layered([SMALL, {**SMALL, "mask": "subject", "feather": 3}, SMALL], {})

    assert effects(recipe) == ["mask.subject", "corrupt.agents", "corrupt.agents", "corrupt.agents"]
    assert [step.mask for step in recipe.step] == [None, None, "step:mask 1", None]
    assert recipe.step[2].feather == 3
    assert [step.input for step in recipe.steps][1:] == ["source", recipe.steps[1].name, recipe.steps[2].name]


def test_the_mask_of_the_command_is_that_of_all_layers_that_name_none():
    layers = [SMALL, {"effect": "corrupt.feedback"}, {"effect": "corrupt.scan_lines", "mask": "subject"}]

    recipe = layered(layers, {"feather": 2, "invert_mask": True}, "background")

    assert effects(recipe)[:2] == ["mask.subject", "mask.subject"]
    places = [step.mask for step in recipe.step[2:]]
    assert places[0] == places[1] != places[2]
    assert [step.invert_mask for step in recipe.step[2:]] == [True, True, False]


def test_paths_in_a_file_are_relative_to_it(tmp_path, monkeypatch):
    folder = tmp_path / "layers"
    folder.mkdir()
    (folder / "m.png").write_bytes(b"")
    monkeypatch.chdir(tmp_path)

    recipe = layered([{"effect": "corrupt.feedback", "mask": "m.png"}], {}, folder=folder)

    assert recipe.step[0].mask == str(folder / "m.png")


@pytest.mark.parametrize("name", ["a.toml", "a.json"])
def test_files_are_read_as_toml_and_json(tmp_path, name):
    text = "[[layer]]\nsize = [4, 2]\nagents = 3\n" if name == "a.toml" else json.dumps([SMALL])
    (tmp_path / name).write_text(text)

    assert read_layers(tmp_path / name) == [SMALL]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no layer stands in it"),
        ("layer = []", "no layer stands in it"),
        ("layer = [3]", "no layer stands in it"),
        ("[[layers]]\nsize = [4, 2]", "'layers' is not known"),
        ("[[layer]\n", "line 1: this is no TOML"),
    ],
)
def test_files_without_layers_are_refused(tmp_path, text, problem):
    (tmp_path / "a.toml").write_text(text)

    with pytest.raises(ParameterError, match=problem):
        read_layers(tmp_path / "a.toml")


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_layers(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("layers", "options", "problem"),
    [
        ([{"effect": "corrupt.feedback"}], {"refine": 3}, "there are none; leave it out"),
        ([SMALL], {"feather": 3}, "belongs to a mask"),
        ([{"effect": "corrupt.fedback"}], {}, "did you mean 'corrupt.feedback'"),
        ([{"effect": "corrupt.feedback", "mask": 3}], {}, "is no text"),
        ([{"effect": "corrupt.feedback", "mask": "nothing.png"}], {}, "there is no file 'nothing.png'"),
    ],
)
def test_what_is_not_understood_is_told(layers, options, problem):
    with pytest.raises(ParameterError, match=problem):
        layered(layers, options)
