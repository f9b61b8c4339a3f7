"""What effects are called in C2PA's and IPTC's words."""

import pytest

from mutoscope.effects.registry import BUILT_IN
from mutoscope.provenance.actions import actions_of, deed_of, is_mask, source_type_of
from mutoscope.provenance.record import History, Material, Step

TABLE = {
    "filter.play": ("c2pa.filtered", "compositeWithTrainedAlgorithmicMedia"),
    "stylize.optimise": ("c2pa.filtered", "compositeWithTrainedAlgorithmicMedia"),
    "keyframes.play": ("c2pa.filtered", "compositeWithTrainedAlgorithmicMedia"),
    "autoencode.play": ("c2pa.filtered", "compositeWithTrainedAlgorithmicMedia"),
    "autoencode.walk": ("c2pa.created", "trainedAlgorithmicMedia"),
    "autoencode.dream": ("c2pa.created", "trainedAlgorithmicMedia"),
    "filter.texture": ("c2pa.created", "trainedAlgorithmicMedia"),
    "corrupt.agents": ("c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
    "corrupt.datamosh": ("c2pa.edited", "algorithmicMedia"),
    "corrupt.pixel_sort": ("c2pa.edited", "algorithmicMedia"),
    "frame.keep": ("c2pa.edited", "algorithmicallyEnhanced"),
    "plugin.sharpen": ("c2pa.edited", "algorithmicallyEnhanced"),
}


@pytest.mark.parametrize(("effect", "deed"), TABLE.items())
def test_each_effect_has_its_words(effect, deed):
    assert deed_of(effect) == deed


def test_an_unknown_effect_with_weights_is_said_to_be_trained():
    assert deed_of("plugin.dream", has_weights=True).source_type == "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_every_effect_that_runs_a_trained_network_says_so(entry):
    family = entry.name.partition(".")[0]
    if family in ("filter", "stylize", "keyframes", "autoencode"):
        assert "rainedAlgorithmicMedia" in deed_of(entry.name).source_type
    assert is_mask(entry.name) == (family == "mask")


def test_a_film_is_called_by_what_says_most():
    assert source_type_of(["algorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]).startswith("compositeWith")
    assert source_type_of([]) == ""


def test_the_first_action_opens_or_creates():
    step = Step("autoencode.walk")
    assert [a["action"] for a in actions_of(History(steps=(step,)), parent=None)] == ["c2pa.created", "c2pa.transcoded"]
    opened = actions_of(History(steps=(step,)), parent="p")
    assert [one["action"] for one in opened] == ["c2pa.opened", "c2pa.edited", "c2pa.transcoded"]
    made = actions_of(History(source_type="algorithmicMedia"), parent=None)
    assert made[0]["digitalSourceType"].endswith("/algorithmicMedia")


def test_masks_are_no_actions_and_size_is_one():
    record = History(steps=(Step("mask.box"), Step("corrupt.datamosh")), figures={"resized": True})
    names = [one["action"] for one in actions_of(record, parent="p", others=["q"])]
    assert names == ["c2pa.opened", "c2pa.placed", "c2pa.edited", "c2pa.resized", "c2pa.transcoded"]


def test_an_action_names_effect_parameters_and_ingredients():
    wave = Material("filter", "wave")
    record = History(steps=(Step("filter.play", {"strength": 0.5}, ("wave",)),), materials=(wave,), version="1.2")
    action = actions_of(record, parent="p", labels={"wave": "material-0"})[1]
    assert action["softwareAgent"] == {"name": "Mutoscope", "version": "1.2"}
    assert action["parameters"] == {
        "org.mutoscope.effect": "filter.play",
        "org.mutoscope.params": {"strength": 0.5},
        "ingredientIds": ["material-0"],
    }
