"""Few colours: the pattern, the palette, and the colours that a picture is made of."""

import pytest
import torch

from mutoscope.ops.limit import bayer_matrix, frequent_colours, limit_colours
from mutoscope.ops.oklab import to_oklab

PALETTE = torch.tensor([[0.1, 0.1, 0.15], [0.8, 0.2, 0.1], [0.2, 0.5, 0.7], [0.9, 0.9, 0.8]])


def picture(height: int = 17, width: int = 23) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0))


def flag(colours: list[list[float]], widths: list[int], height: int = 18) -> torch.Tensor:
    columns = [torch.tensor(c).view(1, 3, 1, 1).expand(1, 3, height, w) for c, w in zip(colours, widths, strict=True)]
    return torch.cat(columns, 3)


def which(x: torch.Tensor, palette: torch.Tensor) -> torch.Tensor:
    """The number of each pixel's colour, found bit by bit."""
    same = (x[:, None] == palette[None, :, :, None, None]).all(2)
    assert same.any(1).all()
    return same.int().argmax(1)


def test_bayer_of_order_one_is_that_of_the_paper():
    """Bayer (1973): 0 2 / 3 1, in quarters."""
    assert torch.equal((bayer_matrix(1) + 0.5) * 4 - 0.5, torch.tensor([[0.0, 2], [3, 1]]))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_thresholds_are_distinct_even_and_balanced(order):
    matrix = bayer_matrix(order)

    assert matrix.shape == (2**order, 2**order)
    steps = matrix.flatten().sort().values.diff()
    torch.testing.assert_close(steps, torch.full_like(steps, 1 / 4**order))
    assert matrix.mean().abs() < 1e-6
    assert matrix.abs().max() < 0.5


@pytest.mark.parametrize("dither", [0, 0.5, 1, 2])
def test_only_colours_of_the_palette_are_left(dither):
    x = picture()

    limited = limit_colours(x, PALETTE, dither)

    assert limited.shape == x.shape
    assert which(limited, PALETTE).unique().numel() == len(PALETTE)


def test_without_dither_each_pixel_takes_the_nearest_colour():
    x = picture()

    limited = limit_colours(x, PALETTE, 0)

    wanted = to_oklab(PALETTE.view(-1, 3, 1, 1)).view(1, -1, 3, 1, 1)
    nearest = (to_oklab(x)[:, None] - wanted).norm(dim=2).argmin(1)
    assert torch.equal(which(limited, PALETTE), nearest)


def test_one_colour_makes_one_area():
    limited = limit_colours(picture(), PALETTE[:1])

    assert torch.equal(limited, PALETTE[:1].view(1, 3, 1, 1).expand(2, 3, 17, 23))


def grey(lightness: torch.Tensor) -> torch.Tensor:
    """SRGB of greys of OKLab lightness, which is the cube root of the light."""
    return (lightness**3) ** (1 / 2.4) * 1.055 - 0.055


@pytest.mark.parametrize(("dark", "light"), [(0.0, 1.0), (0.4, 0.6)])
def test_dither_mixes_in_proportion_to_lightness(dark, light):
    palette = grey(torch.tensor([[dark], [light]])).clamp_min(0).expand(2, 3)
    wanted = torch.tensor([0.25, 0.5, 0.75])
    greys = grey(dark + (light - dark) * wanted).view(3, 1, 1, 1).expand(3, 3, 16, 24)

    share = which(limit_colours(greys, palette), palette).float().mean((1, 2))

    torch.testing.assert_close(share, wanted, atol=0.02, rtol=0)
    assert which(limit_colours(greys, palette, 0), palette).float().mean((1, 2)).tolist()[::2] == [0, 1]


def test_the_pattern_stands_still_where_the_film_moves():
    palette, flat = torch.tensor([[0.0, 0, 0], [1, 1, 1]]), torch.full((1, 3, 24, 32), 0.4)

    wide = limit_colours(flat, palette)

    assert torch.equal(limit_colours(flat[:, :, :17, :23], palette), wide[:, :, :17, :23])
    assert torch.equal(wide[..., 8:], wide[..., :-8])


@pytest.mark.parametrize("num", [1, 2, 3])
def test_the_colours_of_a_flag_are_found_most_frequent_first(num):
    colours = [[0.9, 0.1, 0.1], [1.0, 0.8, 0.0], [0.05, 0.05, 0.05]][:num]
    widths = [9, 20, 14][:num]
    order = sorted(range(num), key=lambda i: -widths[i])

    found = frequent_colours(flag(colours, widths), num)

    torch.testing.assert_close(found, torch.tensor([colours[i] for i in order]), atol=1e-3, rtol=0)


def test_more_colours_than_there_are_give_no_others():
    colours = [[0.9, 0.1, 0.1], [0.05, 0.05, 0.05]]

    found = frequent_colours(flag(colours, [20, 14]), 5)

    assert found.shape == (5, 3)
    gaps = torch.cdist(found, torch.tensor(colours)).amin(1)
    assert gaps[:2].max() < 1e-3


def test_found_colours_are_always_the_same_and_in_range():
    x = picture()[:1]

    found = frequent_colours(x, 6)

    assert torch.equal(found, frequent_colours(x, 6))
    assert found.min() >= 0
    assert found.max() <= 1


def test_two_near_colours_and_a_far_one_are_all_found():
    colours = [[0.0, 0.0, 0.0], [0.02, 0.02, 0.02], [1.0, 1.0, 1.0]]

    found = frequent_colours(flag(colours, [12, 11, 10]), 3)

    torch.testing.assert_close(found, torch.tensor(colours), atol=5e-3, rtol=0)


def test_colours_of_a_wide_picture_are_not_taken_from_a_few_columns():
    x = flag([[0.9, 0.1, 0.1], [0.1, 0.2, 0.7]], [1, 63], 256).repeat(1, 1, 1, 16)

    found = frequent_colours(x, 2)

    torch.testing.assert_close(found[0], torch.tensor([0.1, 0.2, 0.7]), atol=0.01, rtol=0)
