"""Style weight, brush and strength of a film on one sheet."""

import json
from pathlib import Path

import pytest
import torch

from mutoscope.core.errors import InputError, MutoscopeError, OutputError, ParameterError
from mutoscope.engine.explore import explore
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.picture import save_picture
from mutoscope.video.read import read_picture

QUICK = {"backbone": "tiny", "iterations": 2, "coarsest": 16}


def drawn(result, number: int) -> torch.Tensor:
    left, top, width, height = result.tried[number].box
    return read_picture(result.path).pixels_TCHW[0][:, top : top + height, left : left + width]


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def film(tmp_path) -> Path:
    return make_clip(tmp_path / "clip.mp4", width=46, height=34, num_frames=12)


@pytest.fixture
def still(tmp_path) -> Path:
    return make_picture(tmp_path / "in.png")


@pytest.fixture(scope="module")
def explored(tmp_path_factory):
    """A film that was explored: 27 cells take a while."""
    folder = tmp_path_factory.mktemp("explored")
    film = make_clip(folder / "clip.mp4", width=46, height=34, num_frames=12)
    save_picture(gradient_clip(1, 29, 31, seed=5), folder / "style.png")
    seen = []
    result = explore(film, folder / "sheet.png", style=folder / "style.png", report=seen.append, **QUICK)
    return result, seen


@pytest.fixture
def result(explored):
    return explored[0]


def test_every_choice_is_tried_on_three_frames(result):
    assert len(result.tried) == 3 * 3 * 3 * 2
    assert len({one.box for one in result.tried}) == 54
    assert {one.beta for one in result.tried} == {2, 4, 8}
    assert {one.style_scale for one in result.tried} == {0.5, 1, 2}
    assert {one.strength for one in result.tried} == {0.5, 1}
    assert [round(one.seconds, 2) for one in result.tried[::18]] == [0.08, 0.24, 0.4]


def test_the_words_are_what_gives_the_picture(still, style, tmp_path):
    tried = [
        explore(still, tmp_path / f"{scale}.png", style=style, **QUICK, beta=beta, style_scale=scale)
        for beta, scale in ((4, 1), (2, 2))
    ]

    wanted = "-o beta=2 -o style_scale=2 --strength 1"
    a, b = (drawn(t, next(n for n, o in enumerate(t.tried) if o.words == wanted)) for t in tried)
    torch.testing.assert_close(a, b)


def test_half_the_strength_lies_between_source_and_painting(still, style, tmp_path):
    result, nothing = (
        explore(still, tmp_path / f"{n}.png", style=style, beta=0.0, alpha=0.0, strength=strength, **QUICK)
        for n, strength in enumerate((1.0, 1e-6))
    )
    full, half = (next(n for n, o in enumerate(result.tried) if o.strength == s) for s in (1, 0.5))

    source = drawn(nothing, 0)

    gap = (drawn(result, half) - (source + drawn(result, full)) / 2).abs()
    assert gap.mean() < 0.5 / 255
    assert gap.max() < 8 / 255  # pictures this small are drawn larger, which overshoots and is clamped
    assert (drawn(result, full) - source).abs().mean() > 0.002


def test_the_sidecar_tells_each_picture(result):
    plain = json.loads(result.sidecar.read_text(encoding="utf-8"))

    assert result.sidecar.name == "sheet.explore.json"
    assert [tuple(one["box"]) for one in plain["pictures"]] == [one.box for one in result.tried]
    assert plain["pictures"][0]["words"] == result.tried[0].words
    assert plain["command"].startswith("mutoscope stylize ")


def test_the_advice_can_be_typed(result):
    folder = result.path.parent
    typed = f"mutoscope stylize {folder / 'clip.mp4'} out.mp4 --style {folder / 'style.png'} -o backbone=tiny"
    assert typed in result.advice
    assert result.advice.endswith("-o beta=4 -o style_scale=1 --strength 1 --preview 2s")


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others(still, style, tmp_path):
    a, b, c = (
        explore(still, tmp_path / f"{n}.png", style=style, seed=seed, beta=0, style_scale=0.1, **QUICK)
        for n, seed in enumerate((0, 0, 1))
    )

    assert a.path.read_bytes() == b.path.read_bytes()
    assert not torch.equal(drawn(a, 0), drawn(c, 0))


def test_values_stay_within_their_bounds_and_none_comes_twice(still, style, tmp_path):
    options = {**QUICK, "style_scale": 4, "beta": 0, "strength": 0}

    tried = explore(still, tmp_path / "sheet.png", style=style, **options).tried

    assert {one.style_scale for one in tried} == {2, 4}
    assert {one.beta for one in tried} == {0}
    assert {one.strength for one in tried} == {0.5, 1}


def test_a_moving_value_is_tried_around_its_middle(film, style, tmp_path):
    few = {**QUICK, "iterations": 1, "coarsest": None}

    result = explore(film, tmp_path / "sheet.png", style=style, beta="0s:1, 480ms:3", **few)

    assert {one.beta for one in result.tried} == {1, 2, 4}
    assert any("beta" in notice for notice in result.notices)


def test_fewer_iterations_than_the_person_asked_for_are_said(still, style, tmp_path):
    few = {"backbone": "tiny", "iterations": 5000, "coarsest": 16, "beta": 0, "style_scale": 0.1}

    result = explore(still, tmp_path / "sheet.png", style=style, **few)

    assert "60 iterations (yours: 5000)" in result.notices[0]


def test_an_explore_that_is_stopped_leaves_nothing(film, style, tmp_path):
    def stop(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explore(film, tmp_path / "sheet.png", style=style, report=stop, **QUICK)

    assert left_in(tmp_path) == {"clip.mp4", "style.png"}


def test_a_picture_has_one_frame(style, tmp_path):
    result = explore(make_picture(tmp_path / "in.png", alpha=0), tmp_path / "sheet.jpg", style=style, **QUICK)

    assert len(result.tried) == 18
    assert "--preview" not in result.advice
    assert drawn(result, 0)[..., :4].min() > 0.95  # what is clear is shown on white


def test_progress_counts_cells(explored):
    _, seen = explored

    assert [one.done for one in seen] == list(range(28))
    assert {(one.total, one.unit) for one in seen} == {(27, "cells")}


@pytest.mark.parametrize(
    ("sheet", "options", "error", "told"),
    [
        ("sheet.mp4", {}, OutputError, "sheet.mp4"),
        ("nowhere/sheet.png", {}, OutputError, "does not exist"),
        ("style.png", {}, OutputError, "input itself"),
        ("sheet.png", {"betta": 3}, ParameterError, "beta"),
        ("sheet.png", {"beta": -1}, ParameterError, "beta"),
        ("sheet.png", {"style_scale": "nan"}, ParameterError, "style_scale"),
        ("sheet.png", {"device": "abacus"}, ParameterError, "device"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_painted(sheet, options, error, told, still, style, tmp_path):
    before = left_in(tmp_path)

    with pytest.raises(error, match=told) as caught:
        explore(still, tmp_path / sheet, style=style, **{**QUICK, **options}, report=lambda _: pytest.fail("painted"))

    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"no film at all" * 100])
def test_a_film_that_does_not_play_is_refused(content, style, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(content)

    with pytest.raises(InputError):
        explore(tmp_path / "clip.mp4", tmp_path / "sheet.png", style=style, **QUICK)

    assert left_in(tmp_path) == {"clip.mp4", "style.png"}


@pytest.mark.parametrize("missing", ["in.png", "style.png"])
def test_what_is_missing_is_named(missing, still, style, tmp_path):
    (tmp_path / missing).unlink()

    with pytest.raises(MutoscopeError, match=missing):
        explore(still, tmp_path / "sheet.png", style=style, **QUICK)
