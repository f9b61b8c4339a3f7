"""Primaries and transfer curves."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.ops.primaries import convert_primaries, linear_to_srgb, srgb_to_linear, to_709


def test_bt2020_to_bt709_is_the_matrix_of_the_standard():
    """ITU-R BT.2087-0, 2.2 (M2)."""
    wanted = torch.tensor([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    matrix = to_709("bt2020")
    assert matrix is not None
    torch.testing.assert_close(matrix, wanted, atol=2e-4, rtol=0)


def test_bt709_and_what_is_unknown_need_no_matrix():
    assert to_709("bt709") is None
    assert to_709("unspecified") is None


def test_white_stays_white_in_all():
    for name in ("bt2020", "smpte432", "smpte170m", "bt470bg"):
        matrix = to_709(name)
        assert matrix is not None
        white = torch.ones(1, 3, 17, 23)
        torch.testing.assert_close(convert_primaries(white, matrix), white, atol=1e-3, rtol=0)


@given(st.floats(0, 1))
def test_the_curve_and_its_inverse_cancel(value):
    x = torch.tensor([value])
    torch.testing.assert_close(linear_to_srgb(srgb_to_linear(x)), x, atol=1e-5, rtol=0)


def test_the_curve_is_that_of_the_standard():
    """IEC 61966-2-1: 0.5 is 0.21404 of the light."""
    torch.testing.assert_close(
        srgb_to_linear(torch.tensor([0.5, 0.02])), torch.tensor([0.214041, 0.001548]), atol=1e-5, rtol=0
    )
