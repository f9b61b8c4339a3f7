"""Parameters of playing a filter."""

import pytest
import torch

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import make_params
from mutoscope.filters import runtime_table
from mutoscope.filters.card import Card
from mutoscope.filters.files import save_filter
from mutoscope.filters.network import PROFILES, FilterNetwork
from mutoscope.filters.params import PALETTES, FilterParams, parse_palette
from mutoscope.filters.runtime_table import RUNTIMES, Choice, store


def params(**values: object) -> FilterParams:
    return make_params(FilterParams, {"name": "dusk", **values})


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Two filters of one's own: dusk and dawn."""
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path))
    for name in ("dusk", "dawn"):
        network = FilterNetwork(PROFILES["tiny"])
        path = tmp_path / "filters" / f"{name}.safetensors"
        save_filter(
            path, Card(name=name, kind="network", profile="tiny"), network.new_style(torch.Generator()), network
        )
    return tmp_path / "filters"


@pytest.fixture
def processor(tmp_path, monkeypatch):
    """A processor of which nothing was measured."""
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))

    def has(*features: str) -> None:
        monkeypatch.setattr(runtime_table, "cpu_features", lambda: features)

    has()
    return has


@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": "dusk", "file": "a.safetensors"}, {"file": ""}])
def test_exactly_one_of_name_and_file_is_wanted(given):
    with pytest.raises(ParameterError, match=r"^one of name and file is wanted, not both: [^\n]*$"):
        make_params(FilterParams, given)


def test_a_filter_is_called_by_its_name_or_its_file():
    assert params().main == "dusk"
    assert make_params(FilterParams, {"file": "a/b.safetensors"}).main == "a/b.safetensors"


@pytest.mark.parametrize(
    "given", [{"strength": 1.1}, {"smooth": 0.96}, {"dither": -1}, {"tile": 63}, {"tile": 66}, {"runtime": "onnx"}]
)
def test_bounds_are_kept(given):
    with pytest.raises(ParameterError):
        params(**given)


def test_a_mix_cannot_name_the_filter_itself():
    with pytest.raises(ParameterError, match=r"mix='dawn:0.2, dusk:0.3' names 'dusk' itself"):
        params(mix="dawn:0.2, dusk:0.3")


def test_a_broken_mix_is_told_before_any_run():
    with pytest.raises(ParameterError, match="was not understood; write NAME:SHARE"):
        params(mix="dawn")


def test_shares_are_one_together_and_the_rest_is_the_filters_own():
    shares = params(mix="dawn:0.3, mosaic:0.2").shares()

    assert list(shares) == ["dusk", "dawn", "mosaic"]
    assert shares == pytest.approx({"dusk": 0.5, "dawn": 0.3, "mosaic": 0.2})


def test_the_filter_to_play_comes_first_among_those_named(own):
    items = params(mix="dawn:0.3").items()

    assert {name: item.path for name, item in items.items()} == {
        "dusk": own / "dusk.safetensors",
        "dawn": own / "dawn.safetensors",
    }
    assert list(items) == ["dusk", "dawn"]


def test_own_filters_are_files_and_shipped_ones_weights(own):
    p = params(mix="starry-night:0.3")

    assert p.used_files() == {"filter dusk": own / "dusk.safetensors"}
    assert [row.name for row in p.used_weights()] == ["filter starry-night"]


def test_a_file_is_a_file_once(own):
    p = make_params(FilterParams, {"file": str(own / "dusk.safetensors")})

    assert p.used_files() == {"file": own / "dusk.safetensors"}
    assert p.used_weights() == []


OWN = ("#000001", "#000002", "#000003")


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("", ()),
        ("  ", ()),
        ("2", OWN[:2]),
        ("16", OWN),
        ("sepia", PALETTES["sepia"]),
        ("#102030,#F0e0c0", ("#102030", "#F0e0c0")),
        (" #102030 , #f0e0c0 , #ffffff ", ("#102030", "#f0e0c0", "#ffffff")),
    ],
)
def test_palettes_are_read(text, colours):
    assert parse_palette(text, OWN) == colours


def test_a_number_gives_nothing_where_the_painting_has_no_colours():
    assert parse_palette("5", ()) == ()


@pytest.mark.parametrize(
    "text", ["1", "17", "-3", "2.5", "Sepia", "#102030", "#102030,", "#12345,#102030", "#1020300,#102030"]
)
def test_palettes_that_are_not_understood_are_told(text):
    with pytest.raises(ParameterError, match=r"was not understood; give a number from 2 to 16[^\n]* neon\.$"):
        params(palette=text)


@pytest.mark.parametrize("name", PALETTES)
def test_named_palettes_are_colours_and_in_the_docs_of_the_field(name):
    assert parse_palette(", ".join(PALETTES[name]), ()) == PALETTES[name]
    assert len(set(PALETTES[name])) == len(PALETTES[name]) >= 2
    assert name in FilterParams.model_fields["palette"].description


def shipped(**options):
    return make_params(FilterParams, {"name": "mosaic", **options})


DIGEST = make_params(FilterParams, {"name": "mosaic"}).files_digest()


def test_settling_names_the_bytes_of_the_filters(processor):
    alone, mixed = (shipped(**extra).settled("cpu").digest for extra in ({}, {"mix": "great-wave:0.2"}))

    assert alone == DIGEST != mixed


def test_settling_fills_what_is_left_open(processor):
    settled = shipped(strength=0.5).settled("cpu")

    assert settled == shipped(strength=0.5, runtime="openvino", precision="float32", digest=DIGEST)
    processor("amx_bf16")
    assert shipped().settled("cpu") == shipped(runtime="openvino", precision="bfloat16", digest=DIGEST)
    assert shipped().settled("cuda") == shipped(runtime="torch", precision="bfloat16", digest=DIGEST)


def test_settling_leaves_alone_what_is_given(processor):
    processor("amx_bf16")
    given = shipped(runtime="torch", precision="float32")

    assert given.settled("cpu") == shipped(runtime="torch", precision="float32", digest=DIGEST)
    assert shipped(precision="float32").settled("cpu") == shipped(
        runtime="openvino", precision="float32", digest=DIGEST
    )
    assert shipped(runtime="openvino").settled("cpu") == shipped(
        runtime="openvino", precision="bfloat16", digest=DIGEST
    )


def test_a_runtime_that_was_not_chosen_plays_in_float32(processor):
    processor("amx_bf16")

    for runtime in ("onnxruntime", "torch"):
        assert shipped(runtime=runtime).settled("cpu") == shipped(runtime=runtime, precision="float32", digest=DIGEST)


def test_settling_twice_is_settling_once(processor):
    once = shipped().settled("cpu")

    store(Choice("torch", "bfloat16"), {})

    assert once.settled("cpu") is once
    assert shipped().settled("cpu") == shipped(runtime="torch", precision="bfloat16", digest=DIGEST)


def test_an_open_runtime_is_one_that_has_the_precision(processor):
    store(Choice("onnxruntime", "float32"), {})

    settled = shipped(precision="bfloat16").settled("cpu")

    assert Choice(settled.runtime, settled.precision) in RUNTIMES


def test_curves_are_kept_when_settled(processor):
    moving = shipped(strength="0s:0, 2s:1").settled("cpu")

    assert moving.at(1).strength == pytest.approx(0.5)
    assert moving.at(1).runtime == "openvino"


def test_files_are_read_where_they_lie(own):
    item = make_params(FilterParams, {"file": str(own / "dawn.safetensors")}).items()

    assert next(iter(item.values())).card.name == "dawn"
