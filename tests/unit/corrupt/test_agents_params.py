"""Layers as a person writes them: what is understood, and what is told of the rest."""

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.layer_params import LayerParams
from mutoscope.corrupt.manipulation_text import MANIPULATIONS, default_manipulations, parse_manipulations
from mutoscope.corrupt.moment import Place, parse_moment
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.presets import PRESETS
from mutoscope.effects.params import make_params
from mutoscope.effects.sound_curve import Envelope

# Size, iterations, agents, preserve, repeat: the four tables of results of the source of this effect.
TABLES = {
    "srinivas-1": [
        ((20, 10), 10_000, 200, False, True),
        ((40, 20), 100_000, 800, True, False),
        ((200, 100), 10_000, 20_000, True, False),
    ],
    "srinivas-2": [((200, 100), 10_000, 10_000, False, False)],
    "srinivas-3": [
        ((200, 100), 10_000, 20_000, False, False),
        ((40, 20), 100_000, 800, True, False),
        ((200, 100), 10_000, 20_000, True, False),
    ],
    "srinivas-4": [((40, 20), 100_000, 800, False, False), ((200, 100), 10_000, 22_730, False, False)],
}


@pytest.mark.parametrize("name", TABLES)
def test_presets_are_the_tables_of_the_source(name):
    layers = make_params(AgentsParams, {"preset": name}).layers

    told = [(one.size, one.iterations, one.agents, one.preserve, one.repeat) for one in layers]

    assert told == TABLES[name]
    assert all(one.lifespan == 20 and one.solver == "srinivas" for one in layers)
    assert all(one.start == (None if one.repeat else "-20f") for one in layers)


@pytest.mark.parametrize(
    "text",
    [
        "[{size=[40,20],iterations=100000,agents=800,preserve=true}]",
        '[{"size": [40, 20], "iterations": 100000, "agents": 800, "preserve": true}]',
        ' [ {size="40x20", iterations=100_000, agents="800", preserve="true"} ] ',
        '{"size": "40, 20", "iterations": 100000, "agents": 800, "preserve": true}',
    ],
)
def test_layers_are_read_from_toml_and_json(text):
    (only,) = make_params(AgentsParams, {"layers": text}).layers

    assert only == LayerParams(size=(40, 20), iterations=100_000, agents=800, preserve=True)


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_survive_json(name):
    params = make_params(AgentsParams, {"preset": name, "start": "3f", "classes": "owl"})

    for again in (
        AgentsParams.model_validate_json(params.model_dump_json()),
        AgentsParams.model_validate(params.model_dump(mode="json", exclude_defaults=True)),
        make_params(AgentsParams, params.model_dump()),
    ):
        assert again == params


def test_curves_within_layers_survive_json_and_move():
    params = make_params(AgentsParams, {"layers": [{"agents": "0s:10, 2s:30", "strength": "0s:0, 1s:1"}]})

    again = AgentsParams.model_validate_json(params.model_dump_json())

    assert params.is_animated
    assert again == params
    assert again.layers[0].at(1.0).agents == 20
    assert again.layers[0].at(0.25).strength == 0.25


@pytest.mark.parametrize(
    "field", ["agents", "threshold", "strength", "play_epsilon", "quality", "colours", "steps_per_frame"]
)
def test_numbers_of_painting_move(field):
    value = {"agents": 3, "quality": 5, "colours": 4, "steps_per_frame": 2}.get(field, 0.5)

    assert make_params(LayerParams, {field: f"0s:{value}, 1s:{value}"}).moves(field)


@pytest.mark.parametrize("field", ["alpha", "gamma", "iterations", "lifespan", "respawn", "fade"])
def test_numbers_of_learning_and_of_memory_stand_still(field):
    with pytest.raises(ParameterError, match=field):
        make_params(LayerParams, {field: "0s:1, 1s:1"})


BAD = [
    ({"agents": 0}, "layer 1: agents=0 is not allowed"),
    ({"iterations": 0}, "layer 1: iterations=0 is not allowed"),
    ({"epsilon": 2}, "layer 1: epsilon=2 is not allowed"),
    ({"play_epsilon": 2}, "layer 1: play_epsilon=2 is not allowed"),
    ({"threshold": float("nan")}, "layer 1: threshold=nan is not allowed"),
    ({"gamma": float("inf")}, "layer 1: gamma=inf is not allowed"),
    ({"size": [0, 5]}, "layer 1: size"),
    ({"size": [5]}, "layer 1: size"),
    ({"size": "many"}, "layer 1: size"),
    ({"manipulations": "melt"}, "layer 1: there is no manipulation 'melt'"),
    ({"manipulations": "desatrate"}, "did you mean 'desaturate'"),
    ({"manipulations": ""}, "layer 1: manipulations '': '' was not understood"),
    ({"manipulations": "invert, invert"}, "twice"),
    ({"manipulations": "invert:nan"}, "layer 1: manipulations 'invert:nan'"),
    ({"manipulations": {"invert": float("nan")}}, "layer 1: manipulations 'invert:nan'"),
    ({"manipulations": "invert:0/-1"}, "a sigma within 0..100"),
    ({"start": "2s", "end": "1s"}, "start=2s is not before end=1s"),
    ({"start": "20f", "end": "20f"}, "start=20f is not before end=20f"),
    ({"start": "-2s", "end": "-3s"}, "start=-2s is not before end=-3s"),
    ({"start": "soon"}, "layer 1: 'soon' is no moment"),
    ({"agnets": 3}, "layer 1: there is no parameter 'agnets'; did you mean 'agents'?"),
]


@pytest.mark.parametrize(("told", "said"), BAD, ids=lambda x: str(x) if isinstance(x, dict) else "")
def test_a_bad_layer_is_told_in_one_line_with_its_number_and_field(told, said):
    with pytest.raises(ParameterError) as caught:
        make_params(AgentsParams, {"layers": [told]})

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_number_of_the_bad_layer_is_told():
    with pytest.raises(ParameterError, match="layer 3: agents=0"):
        make_params(AgentsParams, {"layers": [{}, {}, {"agents": 0}]})


@pytest.mark.parametrize("layers", ["[]", [], "", "[1]", "no layers", '"text"', "[{size=[40,20]}", 7, "[{size=\n[}]"])
def test_layers_that_are_none_are_refused(layers):
    with pytest.raises(ParameterError, match="layer") as caught:
        make_params(AgentsParams, {"layers": layers})

    assert "\n" not in str(caught.value)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ParameterError, match="preset='srinivas-5'"):
        make_params(AgentsParams, {"preset": "srinivas-5"})


def test_one_start_holds_for_all_layers():
    params = make_params(AgentsParams, {"preset": "srinivas-1", "start": "2s"})

    assert [one.start for one in params.timed_layers()] == ["2s"] * 3
    with pytest.raises(ParameterError, match="layer 1: start=2s is not before end=1s"):
        make_params(AgentsParams, {"layers": [{"end": "1s"}], "start": "2s"})


def test_layers_with_one_start_still_follow_the_sound_that_was_measured():
    params = make_params(AgentsParams, {"layers": [{"strength": "bass:0.25..1"}], "start": "2f"})

    (only,) = params.with_sound({"bass": Envelope((0.0, 1.0), rate=1.0)}).timed_layers()

    assert params.sounds() == {"bass"}
    assert only.start == "2f"
    assert only.at(0).strength == 0.25
    assert only.at(1).strength == 1


def test_only_the_grid_of_the_preset_may_be_made_coarser():
    params = make_params(AgentsParams, {"layers": [{"size": [20, 10]}, {"size": [41, 20]}]})

    assert [params.may_shrink(number) for number in range(2)] == [True, False]


def test_manipulations_take_a_mean_and_a_sigma():
    told = parse_manipulations("pixelate, invert:-0.1, random:-.12/0.3")

    assert list(told) == ["pixelate", "invert", "random"]
    assert told["invert"].mean == -0.1
    assert told["random"] == (-0.12, 0.3)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"invert": -0.1, "random": [-0.1, 0.2]}, "invert:-0.1, random:-0.1/0.2"),
        ({"jpeg": {"mean": 0.5, "sigma": 0.2}}, "jpeg:0.5/0.2"),
        (["pixelate", "jpeg"], "pixelate, jpeg"),
    ],
)
def test_manipulations_are_read_from_mappings_and_lists(told, text):
    assert LayerParams(manipulations=told).manipulations == text


def test_large_blocks_lose_their_colour_and_small_ones_their_detail():
    large, small = (parse_manipulations(default_manipulations(share)) for share in (1 / 10, 1 / 100))

    assert list(large) == ["desaturate"]
    assert list(small) == ["pixelate", "invert", "random"]
    assert small["pixelate"].mean > small["invert"].mean
    assert set(large) | set(small) <= set(MANIPULATIONS)


def test_moments_count_frames_and_seconds_from_either_end():
    place = Place(frame=30, seconds=1.2, frames_left=20, seconds_left=0.8)
    texts = ["30f", "31f", "1.2s", "1200ms", "00:02", "-20f", "-19f", "-0.8s", "-0.7s"]

    reached = [parse_moment(text).is_reached(place, unless_known=True) for text in texts]

    assert reached == [True, False, True, True, False, True, False, True, False]


def test_an_unknown_end_is_decided_by_who_asks():
    place, moment = Place(frame=3, seconds=0.1), parse_moment("-20f")

    assert [moment.is_reached(place, unless_known=answer) for answer in (True, False)] == [True, False]
