"""Plots: they appear whole, the same numbers give the same bytes."""

import math

import numpy as np
import pytest
from PIL import Image

from mutoscope.core.errors import OutputError
from mutoscope.video.plot import Panel, plot_curves, plot_over_time

SECONDS = [i / 25 for i in range(60)]
PANELS = [
    Panel("error", {"film": [0.01 + i / 100 for i in range(60)], "source": [0.01] * 60}, ("source",), "log"),
    Panel("contrast", {"film": [math.nan] * 10 + [0.2] * 50}),
]


def dark(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L")) < 200


def test_a_png_has_a_panel_for_each_and_marks_cuts(tmp_path):
    plain = plot_over_time(PANELS, SECONDS, tmp_path / "plain.png", title="a film")
    cut = plot_over_time(PANELS, SECONDS, tmp_path / "cut.png", cuts_s=[1.2], title="a film")
    one = plot_over_time(PANELS[:1], SECONDS, tmp_path / "one.png", title="a film")

    assert dark(plain).shape[0] > 1.3 * dark(one).shape[0]
    # The line of the cut is a column that is darker in the second picture.
    assert (dark(cut).sum(0) - dark(plain).sum(0)).max() > 0.5 * dark(plain).shape[0]


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_the_same_numbers_give_the_same_bytes(tmp_path, suffix):
    first, second = (plot_over_time(PANELS, SECONDS, tmp_path / f"{i}{suffix}", cuts_s=[1.2]) for i in range(2))

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [math.nan, 0.5, math.nan], [0.5]])
def test_flat_films_and_single_frames_can_be_drawn(tmp_path, values):
    panel = Panel("error", {"film": values}, scale="log")

    out = plot_over_time([panel], SECONDS[: len(values)], tmp_path / "out.png")

    assert dark(out).any()


def test_a_folder_that_is_missing_is_told(tmp_path):
    with pytest.raises(OutputError):
        plot_over_time(PANELS, SECONDS, tmp_path / "nowhere" / "out.png")
    with pytest.raises(OutputError):
        plot_curves({"a": [(0, 1)]}, tmp_path / "nowhere" / "out.png")
