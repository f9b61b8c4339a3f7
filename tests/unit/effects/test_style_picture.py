"""Plain borders of a style picture."""

import torch

from mutoscope.effects.style_picture import trim_plain_border


def painting(height: int = 61, width: int = 83) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1


def test_a_picture_without_border_is_left_whole():
    assert trim_plain_border(painting()).shape == (1, 3, 61, 83)


def test_black_bars_go_with_a_small_rim():
    x = painting()
    x[:, :, :6] = 0
    x[:, :, -4:] = 0

    trimmed = trim_plain_border(x)

    assert trimmed.shape == (1, 3, 61 - 6 - 4 - 2, 83)
    assert trimmed.mean(1).min() > 0.1


def test_white_margins_go():
    x = painting()
    x[:, :, :, :5] = 1

    assert trim_plain_border(x).shape == (1, 3, 61, 83 - 5 - 2)


def test_a_mostly_black_painting_is_left_whole():
    x = painting()
    x[:, :, :30] = 0

    assert trim_plain_border(x).shape == (1, 3, 61, 83)


def test_an_all_white_picture_is_left_whole():
    assert trim_plain_border(torch.ones(1, 3, 17, 23)).shape == (1, 3, 17, 23)
