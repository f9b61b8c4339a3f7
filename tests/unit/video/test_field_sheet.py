"""Sheets of maps, arrows, paths and curves."""

import numpy as np

from mutoscope.video.field_sheet import Arrows, CurvePanel, FieldPanel, draw_fields
from mutoscope.video.read import read_picture

PICTURE = np.full((17, 23, 3), 0.5, np.float32)


def drawn(tmp_path, panel, name="a.png"):
    draw_fields([[panel]], tmp_path / name, title="a title")
    return read_picture(tmp_path / name).pixels_TCHW[0]


def test_numbers_lie_over_the_picture(tmp_path):
    heat = np.zeros((4, 6), np.float32)
    heat[:, 3:] = 1

    dark = drawn(tmp_path, FieldPanel("a", PICTURE), "plain.png")
    bright = drawn(tmp_path, FieldPanel("a", PICTURE, heat, 0.9), "heat.png")

    left, right = bright[:, 120:200, 60:150].mean(), bright[:, 120:200, 260:350].mean()
    assert right > left + 0.2
    assert not np.allclose(dark.numpy(), bright.numpy())


def test_arrows_and_paths_are_in_their_colours(tmp_path):
    arrows = Arrows("pixelate", np.array([[5.0, 5.0]]), np.array([[9.0, 0.0]]))
    path = np.array([[2.0, 12.0], [20.0, 12.0]])

    x_CHW = drawn(tmp_path, FieldPanel("a", PICTURE, arrows=[arrows], paths=[path]))

    yellow = (x_CHW[0] > 0.9) & (x_CHW[2] < 0.6) & (x_CHW[1] > 0.7)
    assert yellow.sum() > 60


def test_rows_may_be_of_different_lengths(tmp_path):
    curve = CurvePanel("returns", np.arange(50), np.linspace(-5, 1, 50), np.linspace(-5, 1, 50), "episode", "return")
    rows = [[FieldPanel("a", PICTURE), curve], [FieldPanel("b", PICTURE)]]

    draw_fields(rows, tmp_path / "a.png")

    height, width = read_picture(tmp_path / "a.png").size
    assert width > height


def test_the_same_panels_give_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        draw_fields([[FieldPanel("a", PICTURE, np.eye(3, dtype=np.float32))]], tmp_path / name)

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
