"""The shelf: what is found under which name, and what a person is told."""

import pytest
import torch

from mutoscope.core.errors import OutputError, ParameterError, WeightsError
from mutoscope.filters import shelf as shelf_module
from mutoscope.filters.card import Card
from mutoscope.filters.files import save_filter, shipped_network
from mutoscope.filters.network import PROFILES, FilterNetwork
from mutoscope.filters.shelf import (
    NETWORK_FILE,
    check_name,
    find,
    open_file,
    own_folder,
    parse_mix,
    read_card,
    remove,
    shelf,
    shipped_folder,
)

NETWORK = FilterNetwork(PROFILES["tiny"])


def put(folder, name: str, *, artist: str = "") -> None:
    card = Card(name=name, kind="network", profile="tiny", style={"artist": artist})
    save_filter(folder / f"{name}.safetensors", card, NETWORK.new_style(torch.Generator().manual_seed(0)), NETWORK)


def put_foreign(folder, name: str, card_text: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"a model")
    text = Card(name=name, kind="onnx").model_dump_json() if card_text is None else card_text
    (folder / f"{name}.card.json").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "filters"


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A package with two filters and their network."""
    folder = tmp_path / "package"
    monkeypatch.setattr(shelf_module, "shipped_folder", lambda: folder)
    for name in ("starry-night", "mosaic", "network"):
        put(folder, name)
    return folder


def names() -> list[str]:
    return [item.name for item in shelf()]


def test_own_filters_lie_in_the_data_folder(own):
    assert own_folder() == own


def test_every_shipped_file_is_a_whole_filter_of_the_shipped_network():
    digest = shipped_network()[1]
    paths = {p.stem: p for p in shipped_folder().glob("*.safetensors") if p.name != NETWORK_FILE}

    assert names() == sorted(paths)
    for item in shelf():
        assert item.is_shipped
        assert (item.card.name, item.card.kind, item.card.network) == (item.name, "style", digest)
        assert item.path == paths[item.name]


def test_shipped_ones_come_first_and_each_group_by_name(shipped, own):
    for name in ("zebra", "alder"):
        put(own, name)
    put_foreign(own, "candy")

    assert names() == ["mosaic", "starry-night", "alder", "candy", "zebra"]
    assert [item.is_shipped for item in shelf()] == [True, True, False, False, False]


def test_an_own_filter_hides_a_shipped_one(shipped, own):
    put(own, "mosaic", artist="me")

    assert names() == ["starry-night", "mosaic"]
    assert find("mosaic").card.style.artist == "me"
    assert not find("mosaic").is_shipped


def test_what_is_no_filter_is_left_out(shipped, own):
    put(own, "good")
    put(own, "broken")
    (own / "broken.safetensors").write_bytes(b"hello")
    (own / "notes.txt").write_text("hello")
    (own / "good.safetensors").rename(own / "With Space.safetensors")
    put(own, "kept")

    assert names() == ["mosaic", "starry-night", "kept"]


def test_an_empty_place_has_only_the_shipped_ones(shipped):
    assert names() == ["mosaic", "starry-night"]


@pytest.mark.parametrize(
    ("wanted", "near"), [("mosiac", "mosaic"), ("starry-nigth", "starry-night"), ("Mosaic", "mosaic")]
)
def test_a_near_miss_is_told(shipped, wanted, near):
    with pytest.raises(ParameterError, match=rf"^there is no filter '{wanted}'; did you mean '{near}'\?$"):
        find(wanted)


@pytest.mark.parametrize("wanted", ["", "qqq", "network", "../own/x", "/etc/passwd", "a\nb"])
def test_what_is_like_nothing_gets_the_list_or_a_hint(shipped, wanted):
    with pytest.raises(ParameterError, match=r"^there is no filter [^\n]*(lists them\.|did you mean 'mosaic'\?)$"):
        find(wanted)


def test_names_do_not_lead_out_of_the_folder(shipped, own):
    put(own.parent, "outside")
    own.mkdir()

    for name in ("../outside", str(own.parent / "outside")):
        with pytest.raises(ParameterError, match="there is no filter"):
            find(name)
        with pytest.raises(ParameterError, match="of yours"):
            remove(name)
    assert (own.parent / "outside.safetensors").exists()


def test_a_broken_filter_that_is_named_is_told(shipped, own):
    put(own, "dusk")
    (own / "dusk.safetensors").write_bytes(b"hello")

    with pytest.raises(WeightsError, match=r"dusk\.safetensors is not a whole safetensors file"):
        find("dusk")


def test_a_card_that_changes_is_read_again(shipped, own):
    put(own, "dusk", artist="first")
    assert find("dusk").card.style.artist == "first"

    put(own, "dusk", artist="the second one")

    assert find("dusk").card.style.artist == "the second one"


def test_a_file_need_not_be_on_the_shelf(tmp_path):
    put(tmp_path, "dusk")

    item = open_file(tmp_path / "dusk.safetensors")

    assert (item.name, item.is_shipped, item.card.profile) == ("dusk", False, "tiny")
    with pytest.raises(WeightsError, match="does not exist; give the path of a filter's file"):
        open_file(tmp_path / "no.safetensors")


def test_a_foreign_model_wants_its_card(tmp_path):
    put_foreign(tmp_path, "candy")
    assert read_card(tmp_path / "candy.onnx").kind == "onnx"

    (tmp_path / "candy.card.json").unlink()

    with pytest.raises(WeightsError, match=r"is a foreign model; run: mutoscope filters import .*candy\.onnx$"):
        read_card(tmp_path / "candy.onnx")


def test_a_foreign_card_of_bytes_does_not_break_the_shelf(shipped, own):
    put_foreign(own, "candy")
    (own / "candy.card.json").write_bytes(b"\xff\xfe{")

    assert names() == ["mosaic", "starry-night"]


@pytest.mark.parametrize("name", ["dusk", "dusk-2", "9", "a" * 64])
def test_good_names_are_given_back(shipped, name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "Dusk", "-dusk", "dusk_2", "dusk 2", "../dusk", "düsk", "dusk\n", "a" * 65, "network"]
)
def test_bad_names_are_told(shipped, name):
    with pytest.raises(ParameterError, match=r"is no name for a filter; use small letters, digits and hyphens"):
        check_name(name)


def test_names_that_are_taken_are_told(shipped, own):
    put(own, "dusk")

    for name in ("dusk", "mosaic"):
        with pytest.raises(OutputError, match=rf"there is a filter '{name}' already; take another name"):
            check_name(name)


def test_the_name_of_a_filter_of_a_newer_version_is_taken(shipped, own):
    newer = Card(name="dusk", kind="network", profile="tiny", format="mutoscope.filter/2")
    save_filter(own / "dusk.safetensors", newer, NETWORK.new_style(torch.Generator()), NETWORK)

    with pytest.raises(OutputError, match="already"):
        check_name("dusk")


def test_own_filters_can_be_removed_with_their_cards(shipped, own):
    put(own, "dusk")
    put_foreign(own, "candy")

    assert remove("dusk") == own / "dusk.safetensors"
    assert remove("candy") == own / "candy.onnx"
    assert list(own.iterdir()) == []


def test_shipped_filters_cannot_be_removed(shipped, own):
    with pytest.raises(ParameterError, match="'mosaic' came with Mutoscope and cannot be removed"):
        remove("mosaic")
    with pytest.raises(ParameterError, match="there is no filter 'dusk' of yours"):
        remove("dusk")
    assert names() == ["mosaic", "starry-night"]


def test_removing_what_hides_a_shipped_filter_shows_it_again(shipped, own):
    put(own, "mosaic")

    remove("mosaic")

    assert find("mosaic").is_shipped


@pytest.mark.parametrize(
    ("text", "shares"),
    [("", {}), (" , ", {}), ("dusk:0.3", {"dusk": 0.3}), ("dusk:0.3, mosaic:.2,", {"dusk": 0.3, "mosaic": 0.2})],
)
def test_mixes_are_read(text, shares):
    assert parse_mix(text) == shares


@pytest.mark.parametrize("text", ["dusk", "dusk:", ":0.3", "dusk:0", "dusk:1", "dusk:-0.2", "dusk:nan", "a:0.2,a:0.1"])
def test_mixes_that_are_not_understood_are_told(text):
    with pytest.raises(ParameterError, match=rf"^mix='{text}' was not understood; write NAME:SHARE [^\n]*$"):
        parse_mix(text)


def test_a_mix_leaves_something_of_the_filter_itself():
    with pytest.raises(ParameterError, match=r"the shares are 1 or more together"):
        parse_mix("a:0.5, b:0.5")


def test_a_folder_of_somebody_else_stands_in_for_ones_own(shipped, own, tmp_path):
    put(own, "mine")
    theirs = tmp_path / "theirs"
    put(theirs, "dusk")
    assert [item.name for item in shelf(theirs)] == ["mosaic", "starry-night", "dusk"]
    assert find("dusk", theirs).path.parent == theirs
    with pytest.raises(ParameterError, match="there is no filter 'mine'"):
        find("mine", theirs)
    with pytest.raises(OutputError, match="there is a filter 'dusk' already"):
        check_name("dusk", theirs)
    assert check_name("dusk") == "dusk"
    remove("dusk", theirs)
    assert [item.name for item in shelf(theirs)] == ["mosaic", "starry-night"]
    assert find("mine").path.parent == own
