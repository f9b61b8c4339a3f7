"""One frame alone is that frame of the whole film."""

from pathlib import Path

import pytest
import torch

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.engine.one_frame import render_frame
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.recipe import Recipe
from mutoscope.testing.media import make_clip
from mutoscope.video.read import read_picture

FRAMES, RATE = 13, 25


def recipe(effect: str, piece_frames: int = 5, **params: object) -> Recipe:
    step = {"effect": effect, "params": params}
    film = {"piece_frames": piece_frames}
    return Recipe.from_plain({"mutoscope": 1, "step": [step], "film": film}, Path.cwd(), name="")


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return make_clip(tmp_path_factory.mktemp("one") / "clip.mp4", width=46, height=34, num_frames=FRAMES)


@pytest.fixture(scope="module", params=["mask.subject", "corrupt.channel_shift"])
def film(request, clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    run_recipe(recipe(request.param), clip, folder / "f%03d.png", work=folder / "work", manifest=False)
    return request.param, [read_picture(path).pixels_TCHW for path in sorted(folder.glob("f*.png"))]


@pytest.mark.parametrize("number", [0, 4, 5, 11, FRAMES - 1])
def test_a_frame_alone_is_the_films_frame(film, clip, tmp_path, number):
    effect, frames = film

    done = render_frame(recipe(effect), clip, f"{number / RATE}s", tmp_path / "a.png", work=tmp_path / "work")

    assert done.frames == 1
    assert torch.equal(read_picture(tmp_path / "a.png").pixels_TCHW, frames[number])


def test_pieces_that_a_run_has_left_are_taken(clip, tmp_path, monkeypatch):
    run_recipe(recipe("mask.subject"), clip, tmp_path / "a.mp4", work=tmp_path / "work", manifest=False)
    monkeypatch.setattr("mutoscope.engine.one_frame.perform", lambda *_: pytest.fail("a piece was computed again"))

    render_frame(recipe("mask.subject"), clip, "480ms", tmp_path / "a.png", work=tmp_path / "work")


@pytest.mark.parametrize(
    ("at", "result", "error", "problem"),
    [
        ("9s", "a.png", InputError, "no frame at 9 s; its last one is at 0.48 s"),
        ("soon", "a.png", ParameterError, "is no time"),
        ("0s", "a.mp4", OutputError, "goes into a png"),
        ("0s", "no/a.png", OutputError, "cannot be written"),
    ],
)
def test_what_cannot_be_is_told(clip, tmp_path, at, result, error, problem):
    with pytest.raises(error, match=problem):
        render_frame(recipe("frame.identity"), clip, at, tmp_path / result, work=tmp_path / "work")


def test_a_picture_has_no_times(clip, tmp_path):
    render_frame(recipe("frame.identity"), clip, "0s", tmp_path / "a.png", work=tmp_path / "work")

    with pytest.raises(ParameterError, match="is no film"):
        render_frame(recipe("frame.identity"), tmp_path / "a.png", "0s", tmp_path / "b.png", work=tmp_path / "work")
