"""What --mask takes: what exists is a file, everything else is a word of the grammar or told in one line."""

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.recipes.mask_spec import MaskSpec, mask_steps, parse_mask
from mutoscope.recipes.recipe import Recipe

FILES = {"mask.png", "a=b.png", "drawn.png", "sub@2s.png", "subject=x"}


def parse(text: str) -> MaskSpec:
    return parse_mask(text, FILES.__contains__)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("subject", MaskSpec("subject")),
        ("background", MaskSpec("background")),
        ("mask.png", MaskSpec("file", "mask.png")),
        ("m_%05d.png", MaskSpec("file", "m_%05d.png")),
        ("drawn.png@2s", MaskSpec("tracked", "drawn.png", "2s")),
        ("sub@2s.png", MaskSpec("file", "sub@2s.png")),
        ("sub@2s.png@00:04", MaskSpec("tracked", "sub@2s.png", "00:04")),
        ("guide:0.5..1", MaskSpec("guide", low=0.5, high=1)),
        ("guide:.25..", MaskSpec("guide", low=0.25, high=1)),
        ("guide:..0.4", MaskSpec("guide", low=0, high=0.4)),
        ("attention", MaskSpec("attention")),
        ("attention:top", MaskSpec("attention")),
        ("attention:dog", MaskSpec("attention", classes="dog")),
        ("attention: dog+cat ", MaskSpec("attention", classes="dog + cat")),
        ("attention:dog=wave.jpg", MaskSpec("attention", classes="dog", style="wave.jpg")),
        ("box:0.1,0.2,.5,1", MaskSpec("box", box=(0.1, 0.2, 0.5, 1))),
        ("ellipse: -0.5, 0, 2, 1", MaskSpec("ellipse", box=(-0.5, 0, 2, 1))),
        ("box:0,0,1,.5=wave.jpg", MaskSpec("box", box=(0, 0, 1, 0.5), style="wave.jpg")),
        ("a=b.png", MaskSpec("file", "a=b.png")),
        ("subject=x", MaskSpec("file", "subject=x")),
        ("subject=wave.jpg", MaskSpec("subject", style="wave.jpg")),
        ("a=b.png = wave.jpg", MaskSpec("file", "a=b.png", style="wave.jpg")),
        ("drawn.png@2s=0s: a, 3s: b:2 + c", MaskSpec("tracked", "drawn.png", "2s", style="0s: a, 3s: b:2 + c")),
    ],
)
def test_every_form_is_read(text, spec):
    assert parse(text) == spec


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("subjct", "there is no file 'subjct'; did you mean 'subject'?"),
        ("nope.png", "there is no file 'nope.png'; give a picture or film"),
        ("nope.png@2s=w", "there is no file 'nope.png'"),
        ("drawn.png@soon", "'soon' is no time"),
        ("subject=", "a style is missing"),
        ("subject=a:0", "all weights are zero"),
        ("guide:0.9..0.1", "0.9 is above 0.1"),
        ("guide:0..2", "'2' is no brightness"),
        ("guide:0.4", "was not understood"),
        ("attention:dgo", "there is no class 'dgo'; did you mean 'dog'"),
        ("attention:1000", "numbers go from 0 to 999"),
        ("atention", "did you mean 'attention'?"),
        ("box", "write box:0.25,0.25,0.5,0.5"),
        ("box:1,2,3", "left, top, width and height were expected"),
        ("box:0,0,0,1", "left, top, width and height were expected"),
        ("ellipse:0,0,nan,1", "write ellipse:0.25"),
        ("ellipse:a,b,c,d", "left, top, width and height were expected"),
        ("", "there is no file ''"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text, reason):
    with pytest.raises(ParameterError) as caught:
        parse(text)

    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_steps_make_a_recipe_and_masks_that_are_alike_share_one(tmp_path):
    shapes = ["attention:dog", "attention", "ellipse:0,0,1,1"]
    texts = ["subject", "mask.png", "drawn.png@2s", "guide:0.5..1", "subject=wave.jpg", "background", *shapes]

    steps, places = mask_steps([parse(text) for text in texts], "depth.mp4")

    rest = [f"step:mask {number}" for number in (4, 5, 6, 7)]
    assert places == ["step:mask 1", "mask.png", "step:mask 2", "step:mask 3", "step:mask 1", *rest]
    regions = {f"region{number}": place for number, place in enumerate(places, 1)}
    last = {"effect": "frame.identity", "input": "source", "inputs": regions}
    recipe = Recipe.from_plain({"mutoscope": 1, "step": [*steps, last]}, tmp_path)
    assert [step.effect for step in recipe.steps] == [
        "mask.subject",
        "mask.track",
        "mask.levels",
        "mask.subject",
        "mask.attention",
        "mask.attention",
        "mask.box",
        "frame.identity",
    ]
    assert recipe.steps[1].params == {"mask": str(tmp_path / "drawn.png"), "time": "2s"}
    assert [step.params for step in recipe.steps[4:7]] == [
        {"classes": "dog"},
        {},
        {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0, "shape": "ellipse"},
    ]
    assert recipe.steps[2].inputs == {"guide": str(tmp_path / "depth.mp4")}


def test_levels_of_a_guide_want_a_guide():
    with pytest.raises(ParameterError, match="give --guide FILE"):
        mask_steps([parse("guide:0.5..1")])
