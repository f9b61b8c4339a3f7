"""Recipes: what a person writes comes through whole, and what is wrong is told with file, line and field."""

import json
import tomllib
from pathlib import Path

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.recipe import FORMAT, UPGRADES, Recipe, load_recipe, parse_recipe, single

DATA = Path(__file__).parents[2] / "data" / "recipes"
FOLDER = Path("/films")
GOOD = """mutoscope = 1
[film]
size = 46

[[step]]
name = "keep"
effect = "frame.identity"

[[step]]
effect = "stylize.optimise"
[step.params]
style = "wave.jpg"
strength = 0.5
"""


def parse(text, name="recipe.toml"):
    return parse_recipe(text, name=name, folder=FOLDER, is_json=name.endswith(".json"))


def told(text, name="recipe.toml"):
    with pytest.raises(ParameterError) as caught:
        parse(text, name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def steps(*tables):
    return "mutoscope = 1\n" + "".join(f'[[step]]\neffect = "frame.identity"\n{table}\n' for table in tables)


@pytest.mark.parametrize("version", range(1, FORMAT + 1))
def test_every_version_goes_on_loading_and_meaning_the_same(version):
    recipe = parse((DATA / f"v{version}.toml").read_text(encoding="utf-8"))
    plain = json.loads((DATA / f"v{version}.json").read_text(encoding="utf-8"))

    assert recipe.as_plain() == plain
    assert parse(json.dumps(plain), "recipe.json") == recipe


def test_there_is_an_upgrade_for_every_version_before_this_one():
    assert sorted(UPGRADES) == list(range(1, FORMAT))


def test_plain_values_round_trip():
    recipe = parse(GOOD)

    assert Recipe.from_plain(json.loads(json.dumps(recipe.as_plain())), Path("/elsewhere")) == recipe


def test_plain_values_hold_only_what_was_said():
    assert parse(steps("")).as_plain() == {"mutoscope": 1, "step": [{"effect": "frame.identity"}]}


def test_relative_paths_mean_the_recipes_folder():
    text = steps('mask = "../m.png"') + '[step.inputs]\nguide = "/far/guide.mp4"\n'
    step = parse(text).step[0]

    assert (step.mask, step.inputs) == ("/m.png", {"guide": "/far/guide.mp4"})
    assert parse(GOOD).step[1].params["style"] == "/films/wave.jpg"


def test_a_parameter_that_is_no_path_stays_as_it_is():
    params = parse(GOOD + 'backbone = "tiny"\nweights = "none"\n').step[1].params

    assert params == {"style": "/films/wave.jpg", "strength": 0.5, "backbone": "tiny", "weights": "none"}


def test_names_that_were_left_out_are_the_effects():
    recipe = parse(steps("", 'name = "frame.identity#2"', "", ""))

    assert [step.name for step in recipe.steps] == [
        "frame.identity",
        "frame.identity#2",
        "frame.identity#3",
        "frame.identity#4",
    ]
    assert [step.input for step in recipe.steps] == ["source", *(step.name for step in recipe.steps[:-1])]


def test_the_order_puts_inputs_before_users_wherever_they_stand():
    recipe = parse(
        steps(
            'name = "a"\ninput = "late"\nmask = "step:side"',
            'name = "side"\ninput = "source"',
            'name = "late"\ninput = "source"',
            'name = "end"\ninput = "a"\ninputs = { guide = "step:side" }',
        )
    )
    order = [step.name for step in recipe.order()]

    assert sorted(order) == ["a", "end", "late", "side"]
    for step in recipe.steps:
        assert all(order.index(name) < order.index(step.name) for name in recipe.needs(step) if name != "source")
    assert recipe.needs(recipe.steps[0]) == ("late", "side")
    assert recipe.needs(recipe.steps[1]) == ("source",)


def test_a_time_range_is_read_as_curves_read_times():
    step = parse(steps('start = "250ms"\nend = "00:04"')).step[0]

    assert step.span_s == (0.25, 4.0)
    assert parse(steps("")).step[0].span_s == (0.0, None)


@pytest.mark.parametrize(
    ("change", "label", "says"),
    [
        (("size = 46", "size = 3"), "line 3, film.size: ", "expected greater than or equal to 16"),
        (("size = 46", "sise = 46"), "line 3, film.sise: ", "did you mean 'size'?"),
        (("[film]", "[flim]"), "line 2, flim: ", "did you mean 'film'?"),
        (("strength = 0.5", "strength = 1.5"), "line 13, step 2 (stylize.optimise), params.strength: ", "1.5"),
        (("strength = 0.5", 'strength = "0s:0, 1s:9"'), "line 13, step 2 (stylize.optimise), params.strength: ", "9"),
        (("strength = 0.5", 'strength = "0s:x, 1"'), "line 13, step 2 (stylize.optimise), params.strength: ", "curve"),
        (('"wave.jpg"', "7"), "line 12, step 2 (stylize.optimise), params.style: ", "valid string"),
        (('style = "wave.jpg"', ""), "line 11, step 2 (stylize.optimise), params: ", "'style' is missing"),
        (("stylize.optimise", "stylise.optimise"), "line 10, step 2, effect: ", "did you mean"),
        (('name = "keep"', "feather = -1"), "line 6, step 1 (frame.identity), feather", "greater than or equal to 0"),
        (('name = "keep"', "fether = 1"), "line 6, step 1 (frame.identity), fether: ", "did you mean 'feather'?"),
        (('name = "keep"', 'start = "soon"'), "line 6, step 1 (frame.identity), start: ", "is no time"),
        (('name = "keep"', 'start = "4s"\nend = "4s"'), "line 6, step 1 (frame.identity), start", "is not before"),
        (('name = "keep"', 'end = "0s"'), "line 6, step 1 (frame.identity), end: ", "is not before"),
        (('name = "keep"', "start = 00:00:04"), "line 6, step 1, start: ", "put it in quotes"),
        (('name = "keep"', 'name = "source"'), "line 6, step 1 (frame.identity), name: ", "may not be named"),
        (('name = "keep"', 'name = "none"'), "line 6, step 1 (frame.identity), name: ", "may not be named"),
        (('name = "keep"', 'name = "a\\nb"'), "line 6, step 1 (frame.identity), name: ", "shorten"),
        (('name = "keep"', 'mask = "a\\u0000"'), "line 6, step 1, mask: ", "number 0"),
        (('name = "keep"', "params = 3"), "line 6, step 1 (frame.identity), params", "dictionary"),
        (('name = "keep"', 'params = { x = 1 }'), "line 6, step 1 (frame.identity), params.x: ", "no parameter 'x'"),
        (('name = "keep"', 'inputs = { guide = "step:a" }'), "line 6, step 1 (frame.identity), inputs.guide", "'a'"),
        (('name = "keep"', 'inputs = { mask = "m.png" }'), "line 6, step 1 (frame.identity), inputs.mask: ", "mask ="),
        (('name = "keep"', 'mask = "step:keeep"'), "line 6, step 1 (frame.identity), mask: ", "no step 'keeep'"),
        (('[step.params]', 'input = "kepe"\n[step.params]'), "line 11, step 2 (stylize.optimise), input: ", "'keep'?"),
        (('[step.params]', 'name = "keep"\n[step.params]'), "line 11, step 2 (stylize.optimise), name: ", "step 1"),
        (('[step.params]', 'input = "source"\n[step.params]'), "line 5, step 1 (frame.identity): ", "by no step"),
        (("mutoscope = 1", "mutoscope = 2"), "line 1: mutoscope = 2 is a newer format", "reads (1); install"),
        (("mutoscope = 1", "mutoscope = 0"), "line 1: mutoscope = 0 is no version", "mutoscope = 1"),
        (("mutoscope = 1", "mutoscope = true"), "line 1: mutoscope = True is no version", "mutoscope = 1"),
        (("mutoscope = 1", ""), "the version of the format is missing", "write mutoscope = 1 in the first line"),
        (("size = 46", "size 46"), "line 3: this is no TOML", "Expected '='"),
        (("size = 46", "size = [46"), "line 5: this is no TOML", "array"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_field(change, label, says):
    assert change[0] in GOOD
    message = told(GOOD.replace(*change, 1))

    assert message.startswith((f"recipe.toml, {label}", f"recipe.toml: {label}")), message
    assert says in message


def test_a_line_is_named_in_json_too():
    text = json.dumps(tomllib.loads(GOOD.replace("0.5", "1.5")), indent=1)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "strength" in row)

    assert told(text, "recipe.json").startswith(
        f"recipe.json, line {line}, step 2 (stylize.optimise), params.strength:"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1: this is no JSON"),
        ('{"mutoscope": 1,\n "step": [}', "line 2: this is no JSON"),
        ('{"mutoscope": 1, "mutoscope": 1}', "'mutoscope' stands twice"),
        ('{"mutoscope": NaN}', "NaN is no number"),
        ("[1]", "version of the format is missing"),
        ("[" * 100_000, "too deep"),
        ('{"mutoscope": 1, "step": []}', "there is no step"),
        ('{"mutoscope": 1, "step": {"effect": "frame.identity"}}', "[[step]]"),
        ('{"mutoscope": 1, "step": ["frame.identity"]}', "step 1: 'frame.identity' stands where a table"),
        ('{"mutoscope": 1, "film": 3, "step": [{"effect": "frame.identity"}]}', "film: 3 stands where a table"),
        ('{"mutoscope": 1, "step": [{"effect": 3}]}', "effect"),
        ('{"mutoscope": 1, "step": [{}]}', "'effect' is missing"),
    ],
)
def test_bad_json_is_one_line(text, says):
    assert says in told(text, "recipe.json")


def test_null_in_json_means_not_said_and_none_in_parameters():
    plain = tomllib.loads(GOOD)
    plain["film"]["crf"] = plain["step"][0]["mask"] = plain["step"][1]["params"]["coarsest"] = None
    recipe = parse(json.dumps(plain), "recipe.json")

    assert recipe.film.crf is None
    assert recipe.step[0].mask is None
    assert recipe.as_plain()["step"][1]["params"]["coarsest"] == "none"


def test_steps_in_a_circle():
    message = told(steps('name = "a"\ninput = "b"', 'name = "b"\ninput = "a"'))

    assert message.startswith("recipe.toml, line 5, step 1 (frame.identity), input: steps form a circle: ")
    assert "a -> b -> a" in message or "b -> a -> b" in message


def test_a_step_that_takes_its_own_result_is_a_circle():
    assert "a -> a" in told(steps('name = "a"\nmask = "step:a"'))


def test_a_thousand_steps_are_read_and_more_are_refused():
    assert len(parse(steps(*[""] * 1000)).order()) == 1000
    assert "1001 steps" in told(steps(*[""] * 1001))


def test_a_recipe_made_in_python_equals_one_that_was_read(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = single("stylize.optimise", {"style": Path("wave.jpg"), "coarsest": None}, FilmParams(size=46), mask=None)

    assert made.step[0].params == {"style": str(tmp_path / "wave.jpg"), "coarsest": "none"}
    assert made.as_plain()["film"] == {"size": 46}
    assert Recipe.from_plain(made.as_plain(), Path("/")) == made


def test_an_error_of_a_recipe_made_in_python_names_no_file():
    with pytest.raises(ParameterError, match=r"^strength=2 is not allowed"):
        single("stylize.optimise", {"style": "wave.jpg", "strength": 2}, FilmParams())


def test_loading_sees_that_files_are_there(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(GOOD, encoding="utf-8-sig")

    with pytest.raises(ParameterError, match=r"^recipe.toml, line 12, .*params.style: .*wave.jpg does not exist"):
        load_recipe(path)

    (tmp_path / "wave.jpg").touch()
    assert load_recipe(path).step[1].params["style"] == str(tmp_path / "wave.jpg")


@pytest.mark.parametrize(
    ("content", "says"), [(None, "does not exist"), (b"\xff\xfe\x00", "UTF-8"), (b"x" * (5 << 20), "is no recipe")]
)
def test_a_file_that_is_no_recipe(tmp_path, content, says):
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=says):
        load_recipe(path)


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(InputError, match="is no recipe"):
        load_recipe(tmp_path)
