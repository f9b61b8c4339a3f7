"""Filters in files: there and back, and one clear line for each thing that can be wrong with a file."""

import pickle
from pathlib import Path

import pytest
import torch

from mutoscope.core.errors import WeightsError
from mutoscope.filters import files
from mutoscope.filters.card import Card, StyleSource, TrainingRecord, parse_card
from mutoscope.filters.files import load_filter, network_digest, save_filter
from mutoscope.filters.network import PROFILES, FilterNetwork, Profile
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import load_tensors, save_tensors

CARD = Card(
    name="dusk",
    kind="network",
    profile="tiny",
    palette=("#102030", "#f0e0c0"),
    style=StyleSource(title="Dämmerung", artist="made by code", licence="CC0-1.0"),
    training=TrainingRecord(steps=30, seed=4, losses={"style": 0.5}),
)


def network(seed: int = 0, profile: Profile = PROFILES["tiny"]) -> FilterNetwork:
    made, chance = FilterNetwork(profile), torch.Generator().manual_seed(seed)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, 0, 0.15, generator=chance)
    return made.eval().requires_grad_(False)


def style(seed: int = 1, profile: Profile = PROFILES["tiny"]) -> dict[str, torch.Tensor]:
    return network(0, profile).new_style(torch.Generator().manual_seed(seed))


@pytest.fixture
def saved(tmp_path) -> Path:
    path = tmp_path / "own" / "dusk.safetensors"
    save_filter(path, CARD, style(), network())
    return path


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> FilterNetwork:
    """A package whose shared network is of the tiny profile."""
    net = network(7)
    save_tensors(net.state_dict(), tmp_path / files.NETWORK_FILE, {"profile": "tiny"})
    monkeypatch.setattr(files, "shipped_folder", lambda: tmp_path)
    files.shipped_network.cache_clear()
    yield net
    files.shipped_network.cache_clear()


def change(path: Path, **changed: torch.Tensor) -> None:
    """Write other tensors under the same card; underscores stand for the slash."""
    tensors = load_tensors(path) | {name.replace("_", "/", 1): value for name, value in changed.items()}
    save_tensors(tensors, path, read_metadata(path))


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_filter(path)
    told = str(caught.value)
    assert "\n" not in told
    assert path.name in told
    return told


def test_a_filter_comes_back_with_its_network_in_half_precision(saved):
    loaded = load_filter(saved)

    assert loaded.card == CARD
    assert loaded.style.keys() == style().keys()
    assert all(torch.equal(loaded.style[key], value) for key, value in style().items())
    for name, value in network().state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], value.half().float())
    assert not loaded.network.training
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())
    halved = {name.partition("/")[0] for name, value in load_tensors(saved).items() if value.dtype == torch.float16}
    assert halved == {"network"}


def test_a_loaded_filter_paints_as_before(saved):
    loaded, x = load_filter(saved), torch.rand(1, 3, 24, 36, generator=torch.Generator().manual_seed(2))

    torch.testing.assert_close(loaded.network(x, loaded.style), network()(x, style()), atol=5e-3, rtol=0)


def test_the_same_filter_makes_the_same_bytes(saved, tmp_path):
    save_filter(tmp_path / "again.safetensors", CARD, style(), network())

    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()


def test_a_style_finds_the_shipped_network(shipped, tmp_path):
    card = Card(name="dawn", profile="tiny", network=network_digest(shipped))
    save_filter(tmp_path / "dawn.safetensors", card, style())

    first, second = load_filter(tmp_path / "dawn.safetensors"), load_filter(tmp_path / "dawn.safetensors")

    assert first.network is second.network
    assert all(torch.equal(value, shipped.state_dict()[name]) for name, value in first.network.state_dict().items())


def test_a_style_of_an_unknown_network_is_told_with_its_version(shipped, tmp_path):
    card = Card(name="dawn", profile="tiny", network="0" * 64, training=TrainingRecord(version="0.9.1"))
    save_filter(tmp_path / "dawn.safetensors", card, style())

    assert "belongs to a network that this version does not have" in (told := refused(tmp_path / "dawn.safetensors"))
    assert "(0.9.1)" in told


def test_a_package_without_its_network_is_told(tmp_path, shipped):
    save_filter(tmp_path / "dawn.safetensors", Card(name="dawn", network=network_digest(shipped)), style())
    (tmp_path / files.NETWORK_FILE).unlink()

    with pytest.raises(WeightsError, match=r"^the network of the shipped filters is missing; install Mutoscope again"):
        load_filter(tmp_path / "dawn.safetensors")


def test_a_digest_tells_networks_apart():
    assert network_digest(network(0)) == network_digest(network(0))
    assert network_digest(network(0)) != network_digest(network(1))


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_of_another_name_is_refused_and_not_run(saved, tmp_path, protocol):
    saved.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded"), protocol))

    assert "is not a whole safetensors file" in refused(saved)
    assert not (tmp_path / "exploded").exists()


def test_torch_files_of_another_name_are_refused(saved):
    torch.save(style(), saved)

    assert "is not a whole safetensors file" in refused(saved)


@pytest.mark.parametrize("kept", [0.0, 0.0005, 0.1, 0.5, 0.999])
def test_a_truncated_file_is_refused(saved, kept):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * kept)])

    assert "is not a whole safetensors file" in refused(saved)


def test_a_header_that_tells_wrong_sizes_is_refused(saved):
    content = saved.read_bytes()
    saved.write_bytes(content.replace(b'"shape":[40]', b'"shape":[41]'))

    assert "is not a whole safetensors file" in refused(saved)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["style/out.bias", "network/stem.bias"])
def test_numbers_that_are_not_finite_are_refused(saved, name, bad):
    value = load_tensors(saved)[name]
    value[3] = bad
    change(saved, **{name: value})

    assert f"numbers that are not finite in '{name}'" in refused(saved)


def test_numbers_that_are_not_finite_are_not_saved(tmp_path):
    broken, huge = {**style(), "out.bias": torch.full((12,), float("nan"))}, network()
    huge.stem.bias[0] = 1e6  # finite, but not with half the bits

    for numbers, net, name in ((broken, network(), "style/out.bias"), (style(), huge, "network/stem.bias")):
        with pytest.raises(WeightsError, match=f"not finite in '{name}'"):
            save_filter(tmp_path / "dusk.safetensors", CARD, numbers, net)
    assert list(tmp_path.iterdir()) == []


def test_another_format_is_told_with_both_versions(saved):
    card = CARD.model_copy(update={"format": "mutoscope.filter/2"})
    save_tensors(load_tensors(saved), saved, {"card": card.model_dump_json()})

    told = refused(saved)

    assert "'mutoscope.filter/2', this version reads 'mutoscope.filter/1'; update Mutoscope" in told


@pytest.mark.parametrize("key", ["norm.gain", "out.weight"])
def test_a_style_of_other_sizes_is_refused(saved, key):
    change(saved, **{f"style/{key}": load_tensors(saved)[f"style/{key}"][:-1]})

    assert "does not fit its network: other sizes than 'tiny' has" in refused(saved)


def test_a_style_that_lacks_a_part_is_refused(saved):
    tensors = load_tensors(saved)
    del tensors["style/out.bias"]
    save_tensors(tensors, saved, read_metadata(saved))

    assert "does not fit its network" in refused(saved)


def test_a_network_of_other_sizes_is_refused(saved):
    save_filter(saved, CARD, style(), network(0, Profile(12, 1, 4)))

    assert "holds a network of other sizes than 'tiny'" in refused(saved)


def test_a_safetensors_file_of_something_else_is_refused(saved):
    save_tensors(style(), saved, {"format": "pt"})

    assert "is a safetensors file, but not a filter" in refused(saved)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("hello", "JSON"),
        ("[]", "JSON"),
        ("{}", "name"),
        ('{"name": "../x"}', "name"),
        ('{"name":"a","kind":"x"}', "kind"),
    ],
)
def test_a_broken_card_is_told_with_its_field(text, field):
    with pytest.raises(
        WeightsError, match=rf"^w is not a filter: its card is broken at {field}; get the file again\.$"
    ):
        parse_card(text, "w")


def test_a_card_may_know_more_than_this_version():
    assert parse_card('{"name": "dusk", "mood": "blue"}', "w") == Card(name="dusk")


def test_what_is_missing_is_told(tmp_path):
    assert "does not exist" in refused(tmp_path / "no.safetensors")
