"""A box or an ellipse as a mask: where it was told, to the part of a pixel, moving."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.effects.mask_box import Box, draw_box
from mutoscope.effects.mask_box_params import BoxParams
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context


def drawn(size=(20, 40), **told: object) -> torch.Tensor:
    return draw_box(make_params(BoxParams, told), size)[0, 0]


def test_a_box_is_white_where_it_was_told_and_black_elsewhere():
    expected = torch.zeros(20, 40)
    expected[5:15, 4:24] = 1

    assert torch.equal(drawn(x=0.1, y=0.25, width=0.5, height=0.5), expected)
    assert torch.equal(drawn(x=0.1, y=0.25, width=0.5, height=0.5, invert=True), 1 - expected)


def test_part_of_a_pixel_is_grey():
    row = drawn(x=0.26, y=0, width=0.5, height=1)[10]

    torch.testing.assert_close(row[[9, 10, 11, 29, 30, 31]], torch.tensor([0, 0.6, 1, 1, 0.4, 0]))


@pytest.mark.parametrize("told", [{"width": 0}, {"height": 0, "shape": "ellipse"}, {"x": 1.5}, {"x": -1, "width": 0.5}])
def test_a_box_of_no_size_or_outside_is_black(told):
    assert drawn(**told).max() == 0


def test_an_ellipse_has_the_area_and_the_place_of_one():
    mask = drawn((170, 230), x=0.2, y=0.1, width=0.6, height=0.5, shape="ellipse")

    assert float(mask.sum()) == pytest.approx(torch.pi / 4 * 0.6 * 230 * 0.5 * 170, rel=0.01)
    assert float((mask.sum(0) * (torch.arange(230) + 0.5)).sum() / mask.sum()) == pytest.approx(115, abs=0.1)
    assert float((mask.sum(1) * (torch.arange(170) + 0.5)).sum() / mask.sum()) == pytest.approx(0.35 * 170, abs=0.1)


@pytest.mark.parametrize("shape", ["box", "ellipse"])
def test_softness_reaches_inwards_only(shape):
    told = {"x": 0.2, "y": 0.2, "width": 0.6, "height": 0.6, "shape": shape}
    hard, soft = drawn((101, 151), **told), drawn((101, 151), **told, softness=0.1)

    assert ((soft <= hard + 0.01) | (hard > 0.99)).all()
    assert soft[50, 75] == 1
    # From the left edge, 0.2 of 151 px, it rises over a tenth of 101 px.
    assert float(soft[50, 35]) == pytest.approx((35.5 - 30.2) / 10.1, abs=0.05)


def test_it_moves_along_its_curves():
    clip = Clip(torch.zeros(3, 3, 17, 23), (0, 1, 2), Fraction(1))
    params = make_params(BoxParams, {"x": "0s:0, 2s:1", "y": 0, "width": 0.5, "height": 1})

    masks = Clip.join(list(Box(params)(iter([clip]), Context()))).pixels_TCHW[:, 0]

    assert masks[0, :, :11].min() == 1
    assert masks[1, :, :11].max() == 0
    assert masks[1, :, 12:].min() == 1
    assert masks[2].max() == 0


@pytest.mark.parametrize("told", [{"width": -0.1}, {"x": 3}, {"shape": "circle"}, {"softness": 2}])
def test_numbers_out_of_bounds_are_told(told):
    with pytest.raises(ParameterError):
        make_params(BoxParams, told)
