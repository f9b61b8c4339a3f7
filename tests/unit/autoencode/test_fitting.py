"""Frames of any shape go into the model's and come back."""

import pytest
import torch

from mutoscope.autoencode.fitting import Fitting, Rectangle, scaled
from mutoscope.core.random import generator

MODEL = (18, 32)
SOURCES = [(18, 32), (17, 23), (90, 51), (1, 1), (36, 64), (5, 300), (300, 5), (7, 13)]
FITS = ["crop", "letterbox", "stretch"]


def picture(height: int, width: int) -> torch.Tensor:
    y, x = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)[None]
    return torch.stack([y.expand(height, width), x.expand(height, width), (y + x) / 2])[None]


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_the_models_and_then_the_frames_own(source, fit):
    fitting = Fitting(source, MODEL, fit)
    x = torch.rand(2, 3, *source, generator=generator(0, 0))

    inside = fitting.into(x)
    back = fitting.back(inside)

    assert inside.shape == (2, 3, *MODEL)
    assert back.shape == x.shape
    for y in (inside, back):
        assert 0 <= y.min() <= y.max() <= 1


@pytest.mark.parametrize("fit", FITS)
def test_frame_of_the_models_size_is_kept_bit_by_bit(fit):
    x = torch.rand(1, 3, *MODEL, generator=generator(0, 1))
    fitting = Fitting(MODEL, MODEL, fit)

    assert torch.equal(fitting.back(fitting.into(x)), x)


def test_smooth_picture_survives_the_way_there_and_back():
    x = picture(45, 80)
    for fit in FITS:
        fitting = Fitting((45, 80), MODEL, fit)
        assert (fitting.back(fitting.into(x)) - x)[:, :, 3:-3, 3:-3].abs().max() < 0.01, fit


def test_vertical_film_is_seen_whole_in_a_letterbox_and_comes_back_whole():
    x = picture(128, 72)
    fitting = Fitting((128, 72), MODEL, "letterbox")

    inside = fitting.into(x)

    assert fitting.inside == Rectangle(0, 11, 18, 10)
    assert inside[:, :, :, :11].abs().max() == 0
    assert inside[:, :, :, 21:].abs().max() == 0
    assert (fitting.back(inside) - x)[:, :, 8:-8, 8:-8].abs().max() < 0.02


def test_crop_takes_the_largest_part_of_the_models_shape_from_the_middle():
    assert Fitting((48, 64), MODEL, "crop").seen == Rectangle(6, 0, 36, 64)
    assert Fitting((18, 64), MODEL, "crop").seen == Rectangle(0, 16, 18, 32)


def test_beside_a_crop_the_picture_goes_on_without_an_edge_and_darkens():
    fitting = Fitting((48, 64), MODEL, "crop")
    y = torch.full((1, 3, *MODEL), 0.8)

    whole = fitting.back(y)

    torch.testing.assert_close(whole[:, :, 6:42], torch.full((1, 3, 36, 64), 0.8))
    above = whole[0, 0, :6, 10]
    assert (above.diff() > 0).all()
    assert 0.5 < above[0] < above[-1] < 0.8
    assert above[-1] > 0.76
    torch.testing.assert_close(whole[0, 0, :6], whole[0, 0, 42:].flip(0))


def test_beside_a_crop_no_source_shines_through():
    fitting = Fitting((48, 64), MODEL, "crop")
    a, b = torch.zeros(1, 3, 48, 64), torch.zeros(1, 3, 48, 64)
    b[:, :, :6] = 1

    assert torch.equal(fitting.back(fitting.into(a)), fitting.back(fitting.into(b)))


@pytest.mark.parametrize(("old", "new"), [(7, 3), (10, 4), (5, 1), (9, 8)])
def test_shrunken_pixel_is_the_mean_of_the_area_that_it_covers(old, new):
    x = torch.rand(1, 1, old, old, generator=generator(0, old))

    # Each old pixel split into new × new small ones, whose plain means are the areas'.
    fine = x.repeat_interleave(new, 2).repeat_interleave(new, 3)
    exact = fine.unflatten(3, (new, old)).unflatten(2, (new, old)).mean((3, 5))

    torch.testing.assert_close(scaled(x, new, new), exact)


def test_enlarged_edge_stays_in_range():
    x = torch.zeros(1, 3, 6, 6)
    x[..., 3:] = 1

    y = scaled(x, 25, 31)

    assert y.min() == 0
    assert y.max() == 1


def test_frames_do_not_depend_on_their_neighbours():
    fitting = Fitting((50, 71), MODEL, "crop")
    x = torch.rand(3, 3, 50, 71, generator=generator(0, 5))

    together = fitting.back(fitting.into(x))

    assert torch.equal(together, torch.cat([fitting.back(fitting.into(frame)) for frame in x.split(1)]))
