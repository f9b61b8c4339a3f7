"""Runtimes give the same pictures; the table that chooses among them."""

import json

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.filters import runtime_table
from mutoscope.filters.card import Card, parse_card
from mutoscope.filters.files import Filter
from mutoscope.filters.network import PROFILES, FilterNetwork, fold_sides
from mutoscope.filters.onnx_graph import build_model, save_model
from mutoscope.filters.runtime import make_runner, play_foreign
from mutoscope.filters.runtime_table import RUNTIMES, Choice, choose, store, stored


def tiny_filter(seed: int = 0) -> Filter:
    network, chance = FilterNetwork(PROFILES["tiny"]), torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.15, generator=chance)
    style = {k: v + 0.3 * torch.randn(v.shape, generator=chance) for k, v in network.new_style(chance).items()}
    card = Card(name="dusk", kind="network", profile="tiny")
    return Filter(card, network.eval().requires_grad_(False), style)


def frames(num: int, height: int, width: int) -> torch.Tensor:
    return torch.rand(num, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def on_processor(monkeypatch, *features: str) -> None:
    monkeypatch.setattr(runtime_table, "cpu_features", lambda: features)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino", "torch"])
@pytest.mark.parametrize("size", [(37, 51), (64, 48), (5, 7)])
def test_every_runtime_paints_what_the_network_says(runtime, size):
    filter_, x = tiny_filter(), frames(2, *size)

    painted = make_runner(filter_, Choice(runtime, "float32"), threads=2)(x)

    wanted = filter_.network(fold_sides(x), filter_.style)[:, :, : size[0], : size[1]]
    assert wanted.std() > 0.05
    torch.testing.assert_close(painted, wanted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_bfloat16_is_near(runtime):
    filter_, x = tiny_filter(), frames(1, 37, 51)

    painted = make_runner(filter_, Choice(runtime, "bfloat16"), threads=2)(x)

    exact = make_runner(filter_, Choice("torch", "float32"))(x)
    assert painted.dtype == torch.float32
    assert (painted - exact).abs().mean() < 0.01


@pytest.mark.parametrize("choice", RUNTIMES, ids="-".join)
def test_a_runner_can_take_frames_of_another_size(choice):
    run = make_runner(tiny_filter(), choice, threads=2)

    first = run(frames(1, 37, 51))
    kept = first.clone()
    other, again = run(frames(1, 20, 29)), run(frames(1, 37, 51))

    assert other.shape == (1, 3, 20, 29)
    assert torch.equal(first, kept)
    assert torch.equal(again, first)


@pytest.mark.parametrize("choice", RUNTIMES, ids="-".join)
def test_runners_leave_their_input_alone(choice):
    x = frames(1, 16, 24)

    make_runner(tiny_filter(), choice)(x)

    assert torch.equal(x, frames(1, 16, 24))


def test_what_a_runtime_cannot_do_is_told():
    with pytest.raises(ParameterError, match=r"^onnxruntime computes in float32 only; [^\n]*$"):
        make_runner(tiny_filter(), Choice("onnxruntime", "bfloat16"))
    with pytest.raises(ParameterError, match=r"^runtime openvino plays on the processor only; [^\n]*$"):
        make_runner(tiny_filter(), Choice("openvino", "float32"), device="cuda")


def test_the_model_is_valid_and_carries_its_card(tmp_path):
    filter_ = tiny_filter()

    save_model(filter_, tmp_path / "dusk.onnx")

    model = onnx.load(tmp_path / "dusk.onnx")
    onnx.checker.check_model(model, full_check=True)
    sides = [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["n", 3, "h", "w"]
    assert parse_card({p.key: p.value for p in model.metadata_props}["card"], "model") == filter_.card


def test_the_same_filter_gives_the_same_bytes():
    first, again, other = (build_model(tiny_filter(seed)).SerializeToString() for seed in (0, 0, 1))

    assert first == again
    assert first != other


def foreign(path, sides, gain):
    """A model that takes a picture and gives it back, times a gain."""
    shape = [1, 3, *sides]
    node = helper.make_node("Mul", ["x", "gain"], ["y"])
    spec = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    constant = helper.make_tensor("gain", TensorProto.FLOAT, [], [gain])
    graph = helper.make_graph([node], "foreign", spec[:1], spec[1:], [constant])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize(("pixel_range", "gain"), [("0..1", 0.5), ("0..255", 0.5), ("0..1", 3.0)])
def test_a_foreign_model_plays_in_its_own_range(tmp_path, pixel_range, gain):
    x = frames(2, 17, 23)

    painted = play_foreign(foreign(tmp_path / "f.onnx", ["h", "w"], gain), pixel_range, 1)(x)

    torch.testing.assert_close(painted, (x * gain).clamp(0, 1), atol=1e-5, rtol=0)


def test_a_foreign_model_of_one_size_plays_any(tmp_path):
    run = play_foreign(foreign(tmp_path / "f.onnx", [16, 24], 1.0), "0..1", 1)

    painted = run(torch.full((1, 3, 37, 51), 0.25))

    torch.testing.assert_close(painted, torch.full((1, 3, 37, 51), 0.25), atol=1e-4, rtol=0)


def test_a_file_that_is_no_model_is_told_in_one_line(tmp_path):
    (tmp_path / "f.onnx").write_bytes(b"hello\nhello")

    with pytest.raises(WeightsError, match=r"f\.onnx cannot be played: [^\n]*$"):
        play_foreign(tmp_path / "f.onnx", "0..1", 1)


@pytest.mark.parametrize(
    ("features", "precision"),
    [
        ((), "float32"),
        (("avx2", "avx512f", "avx512_vnni"), "float32"),
        (("avx2", "avx512f", "avx512_bf16"), "bfloat16"),
        (("avx2", "amx_bf16"), "bfloat16"),
    ],
)
def test_features_decide_where_nothing_was_measured(cache, monkeypatch, features, precision):
    on_processor(monkeypatch, *features)

    assert choose() == Choice("openvino", precision)


def test_what_was_measured_goes_before_features(cache, monkeypatch):
    on_processor(monkeypatch, "amx_bf16")
    assert stored() is None

    path = store(Choice("onnxruntime", "float32"), {"onnxruntime float32": 12.5})

    assert path.parent == cache
    assert stored() == choose() == Choice("onnxruntime", "float32")
    assert choose("cuda") == Choice("torch", "bfloat16")


def test_machines_may_share_a_cache(cache, monkeypatch):
    on_processor(monkeypatch, "avx2")
    store(Choice("torch", "float32"), {})
    on_processor(monkeypatch, "amx_bf16")
    assert stored() is None
    path = store(Choice("torch", "bfloat16"), {})

    on_processor(monkeypatch, "avx2")

    assert stored() == Choice("torch", "float32")
    assert len(json.loads(path.read_text())) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\x00",
        '{"KEY": 5}',
        '{"KEY": {"runtime": "torch"}}',
        "[]",
        "5",
        "null",
    ],
)
def test_a_broken_table_is_as_none_and_is_replaced(cache, text):
    cache.mkdir()
    (cache / "runtimes.json").write_text(text.replace("KEY", runtime_table._key()))

    assert stored() is None
    store(Choice("torch", "float32"), {})
    assert stored() == Choice("torch", "float32")


@pytest.mark.parametrize(("runtime", "precision"), [("tensorrt", "float32"), ("torch", "int8"), ("torch", None)])
def test_a_choice_of_another_version_is_as_none(cache, runtime, precision):
    cache.mkdir()
    row = {"runtime": runtime, "precision": precision}
    (cache / "runtimes.json").write_text(json.dumps({runtime_table._key(): row}))

    assert stored() is None
