"""Effects by REST: the same names, schemas and meanings as in Python and on the command line."""

import json

import pytest
from typer.testing import CliRunner

from mutoscope.cli.main import app
from mutoscope.corrupt.params import AgentsParams
from mutoscope.effects import registry
from mutoscope.effects.params import make_params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.sort.params import SortParams
from mutoscope.stylize.params import OptimiseParams

NAMES = [entry.name for entry in registry.entries()]


def said(*words):
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rest_python_and_the_command_line_know_the_same_effects(api):
    told = api.get("/api/effects").json()["items"]
    listed = [line.split()[0] for line in said("effects", "list").splitlines()]
    assert [one["name"] for one in told] == NAMES == listed
    assert [one["summary"] for one in told] == [entry.summary for entry in registry.entries()]


@pytest.mark.parametrize("name", NAMES)
def test_rest_python_and_the_command_line_give_one_schema(api, name):
    told = api.get(f"/api/effects/{name}").json()
    schema = registry.get(name).load_params().model_json_schema()
    assert told["parameters"]["schema"] == schema == json.loads(said("effects", "show", name, "--json"))
    fields = list(registry.get(name).load_params().model_fields)
    assert sorted(told["parameters"]["basic"] + told["parameters"]["advanced"]) == sorted(fields)
    assert [row["name"] for row in told["parameters"]["rows"] if "[]" not in row["name"]] == fields
    assert set(told["needs"]) <= set(told["parameters"]["basic"])


def test_what_takes_keyframes_and_files_is_told(api):
    told = api.get("/api/effects/stylize.optimise").json()["parameters"]
    assert "strength" in told["keyframes"]
    assert "iterations" not in told["keyframes"]
    assert told["styles"] == ["style", "regions"]
    assert told["files"] == ["weights"]
    assert told["defaults"]["hold"] == 0.35
    assert "style" not in told["defaults"]


def test_an_etag_saves_the_body(api):
    first = api.get("/api/effects/filter.play")
    again = api.get("/api/effects/filter.play", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = api.get("/api/effects/frame.keep", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_a_name_that_is_nearly_right_is_told(api):
    answer = api.get("/api/effects/stylize.optimize")
    assert answer.status_code == 404
    assert "did you mean 'stylize.optimise'?" in answer.json()["detail"]


def test_the_parameters_of_films_are_those_of_the_class(api):
    assert api.get("/api/film-parameters").json()["schema"] == FilmParams.model_json_schema()


def test_each_preset_can_be_sent_as_it_is_told(api):
    told = api.get("/api/presets").json()
    for values in told["stylize"].values():
        make_params(OptimiseParams, {"style": "wave.jpg", **values})
    for name, values in told["corrupt"].items():
        assert make_params(AgentsParams, values).layers == make_params(AgentsParams, {"preset": name}).layers
    for values in told["sort"].values():
        make_params(SortParams, values)
    assert set(told["corrupt"]) >= {"drift", "srinivas-1", "srinivas-4"}


def test_without_a_token_nothing_is_told(api):
    answer = api.get("/api/effects", headers={"Authorization": ""})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
