"""One set of effects and parameters: what the command line can do, REST can, with the same names and bounds."""

import importlib
import inspect

import pytest
import typer

from mutoscope.cli.main import app as command_line
from mutoscope.effects import registry
from mutoscope.effects.params import Params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.service.app import make_app
from mutoscope.service.jobs.kinds.bodies import BODIES
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.settings import Settings

ROUTES = {
    "filters list": "/api/filters",
    "filters show": "/api/filters/{name}",
    "filters remove": "/api/filters/{name}",
    "effects list": "/api/effects",
    "effects show": "/api/effects/{name}",
    "find": "/api/sort/{job}/find",
    "info": "/api/media/{media_id}",
    "verify": "/api/provenance/verify",
    "history": "/api/provenance/{media}",
    "diff": "/api/recipes/diff",
    "stores list": "/api/stores",
    "stores add": "/api/stores",
    "stores check": "/api/stores/{name}/check",
    "stores remove": "/api/stores/{name}",
    "doctor": "/health/ready",
}
"""Verbs that take no time: they are routes of their own."""

REASONS = {
    "serve": "it is the server",
    "submit": "it is a client of the server",
    "worker": "it lends this machine to a cluster; the owner starts it there",
    "demo": "it shows the command line; the page has a bundled clip of its own",
    "stores login": "a secret is typed by the person at the machine, and goes through no network",
}

SERVER_DECIDES = {"workers", "cluster", "work", "manifest", "report", "prices", "result", "max_cost", "sign", "out"}
"""Parameters of the engine that say where things lie and who does them; or that any job's body has."""

NOT_BY_REST = {
    "recipe": {"recipe", "source"},  # a field of the body; an input
    "explore": {"sheet"},  # the result
    "corrupt": {"at", "report_to"},  # `preview` with `at`; the option `report`
    "replay": {"manifest"},  # an input
    "estimate": {"recipe", "leave"},  # a field of the body; results stay here
    "frames": {"folder"},  # the frameset
    "film": {"folder"},  # an input
    "filter_frames": {"mask", "source"},  # frames by themselves have no film's mask; an input
    "filter_sheet": {"columns"},
    "sort": {"folder"},  # the input footage
    "measure": {"json", "plot"},  # always made
    "measure_sorter": {"path", "weights"},  # inputs: the classes, sorter
    "train_sorter": {"blur", "exposure"},  # inputs: the classes
    "train_autoencoder": {"clock"},
    "export_filter": {"path"},
    "import_filter": {"path"},
    "export_model": {"path", "folder"},
    "sign": {"path"},
    "publish": {"place"},  # the results; `send` brings them elsewhere
}


def _verbs(group, before=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _verbs(command, f"{before}{name} ")
            if group.commands[name].invoke_without_command and name != "effects":
                yield name
        else:
            yield f"{before}{name}"


VERBS = sorted(_verbs(typer.main.get_command(command_line)))


@pytest.fixture(scope="module")
def description():
    return make_app(Settings()).openapi()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_kind_or_a_route_or_a_reason(verb, description):
    kinds = [kind.name for kind in KINDS.values() if kind.verb == verb]
    assert kinds or ROUTES.get(verb) in description["paths"] or verb in REASONS, f"{verb} cannot be done by REST"


def test_every_kind_names_a_verb_that_exists():
    assert {kind.verb for kind in KINDS.values()} <= set(VERBS)
    assert set(ROUTES) | set(REASONS) <= set(VERBS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_offers_the_parameters_of_the_function_that_does_it(kind):
    module, _, name = kind.function.partition(":")
    function = getattr(importlib.import_module(module), name)
    if kind.needs_network:
        return  # a function of storage, with an address and a file
    taken = {one.name for one in inspect.signature(function).parameters.values() if one.kind is not one.VAR_KEYWORD}
    offered = {*kind.fields(), *(role.name for role in kind.inputs)}
    aliases = {"keyframes", "guide", "parents"}
    missing = taken - offered - SERVER_DECIDES - NOT_BY_REST.get(kind.name, set()) - aliases
    assert not missing, f"{kind.name} does not offer {sorted(missing)}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.effect], ids=lambda kind: kind.name)
def test_a_kind_of_one_effect_offers_all_of_its_parameters(kind):
    params = registry.get(kind.effect).load_params()
    assert params in kind.params
    fields = kind.fields()
    given_otherwise = {*kind.apart, *(role.name for role in kind.inputs)}
    assert {name for name in params.model_fields if name not in fields} <= given_otherwise


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.effect], ids=lambda kind: kind.name)
def test_a_film_is_written_with_the_film_parameters(kind):
    assert FilmParams in kind.params


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_description_tells_bounds_and_meanings_of_the_params_classes(kind):
    told = BODIES[kind.name].model_json_schema()
    properties = told["properties"]["parameters"]["properties"]
    assert set(properties) == set(kind.fields())
    schemas = {cls: cls.model_json_schema()["properties"] for cls in dict.fromkeys(kind.params)}
    for name, cls in kind.fields().items():
        own = schemas[cls][name]
        assert properties[name].get("description") == own.get("description"), name
        for word in ("minimum", "maximum", "exclusiveMinimum", "enum", "keyframes", "default"):
            assert properties[name].get(word) == own.get(word), (name, word)


def test_every_effect_can_be_a_step_of_a_recipe_job():
    assert KINDS["recipe"].takes_recipe
    assert all(issubclass(entry.load_params(), Params) for entry in registry.entries())
