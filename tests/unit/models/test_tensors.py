"""What one piece leaves is what the next one gets, bit by bit."""

import pytest
import torch

from mutoscope.models.tensors import load_tensors, save_tensors


def same(a, b):
    bits = torch.uint8
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a.flatten().view(bits), b.flatten().view(bits))


@pytest.fixture
def back(tmp_path):
    def send(tensors):
        save_tensors(tensors, tmp_path / "x.safetensors")
        return load_tensors(tmp_path / "x.safetensors")

    return send


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8]
)
def test_every_kind_of_number_comes_back(dtype, back):
    x = (torch.rand(1, 3, 17, 23, generator=torch.Generator().manual_seed(1)) * 200).to(dtype)

    assert same(back({"x": x})["x"], x)


def test_bits_that_are_no_number_come_back(back):
    x = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])
    x.view(torch.int32)[0] += 77  # a NaN with a message

    assert same(back({"x": x})["x"], x)


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 0, 5)])
def test_odd_shapes_come_back(shape, back):
    assert same(back({"x": torch.ones(shape)})["x"], torch.ones(shape))


def test_nothing_comes_back_as_nothing(back):
    assert back({}) == {}


@pytest.mark.parametrize("name", ["a/b", "stylize.optimise#2/last", "späte 映画/x", "a b\n/c", "%05d"])
def test_any_name_comes_back(name, back):
    assert list(back({name: torch.zeros(1)})) == [name]


def test_views_come_back_as_what_they_show(back):
    x = torch.arange(24.0).reshape(4, 6)
    views = {"rows": x[1:3], "column": x[:, 2], "turned": x.T, "wide": torch.ones(1).expand(3, 5)}

    assert all(same(value, views[name].contiguous()) for name, value in back(views).items())


def test_two_names_may_share_their_memory(back):
    x = torch.arange(6.0)
    told = {"a": x, "b": x, "c": x[:3], "d": x.view(2, 3)}

    assert {name: value.tolist() for name, value in back(told).items()} == {n: v.tolist() for n, v in told.items()}


def test_gradients_stay_behind(back):
    x = torch.ones(3, requires_grad=True)

    assert not back({"x": x * 2})["x"].requires_grad
    assert same(back({"x": x * 2})["x"], torch.full((3,), 2.0))


def test_what_comes_back_may_be_changed_without_changing_the_file(tmp_path):
    save_tensors({"x": torch.zeros(5)}, tmp_path / "x")
    load_tensors(tmp_path / "x")["x"] += 1

    assert load_tensors(tmp_path / "x")["x"].sum() == 0


def test_the_order_of_names_does_not_change_the_file(tmp_path):
    a, b = torch.zeros(2), torch.ones(3)
    save_tensors({"a": a, "b": b}, tmp_path / "one")
    save_tensors({"b": b, "a": a}, tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
