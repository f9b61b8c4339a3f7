"""OKLab against Ottosson's own values."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.ops.oklab import from_oklab, to_oklab

UNIT = st.floats(0, 1, width=32)


def colour(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 3, 1, 1)


def picture(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 17, 23, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("srgb", "lab"),
    [
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((1, 0, 0), (0.6280, 0.2249, 0.1258)),
        ((0, 1, 0), (0.8664, -0.2339, 0.1795)),
        ((0, 0, 1), (0.4520, -0.0325, -0.3115)),
    ],
)
def test_known_colours(srgb, lab):
    """Bottosson.github.io/posts/oklab (2020); primaries as in CSS Color 4's oklab() of red, lime and blue."""
    torch.testing.assert_close(to_oklab(colour(*srgb)), colour(*lab), atol=2e-4, rtol=0)


@settings(max_examples=50, deadline=None)
@given(UNIT, UNIT, UNIT)
def test_there_and_back_is_nothing(r, g, b):
    x = colour(r, g, b)

    torch.testing.assert_close(from_oklab(to_oklab(x)), x, atol=1e-4, rtol=0)


@settings(max_examples=50, deadline=None)
@given(UNIT)
def test_greys_have_no_colour_and_keep_their_order(value):
    lab = to_oklab(colour(value, value, value))

    assert lab[:, 1:].abs().max() < 1e-4
    assert to_oklab(colour(*[min(1, value + 0.01)] * 3))[0, 0] >= lab[0, 0]


def test_every_pixel_is_its_own():
    x = picture(0)

    lab = to_oklab(x)

    assert lab.shape == x.shape
    torch.testing.assert_close(lab[1, :, 16, 22], to_oklab(x[1:, :, 16:, 22:])[0, :, 0, 0], atol=1e-6, rtol=0)


def test_what_no_screen_shows_is_clamped():
    out = from_oklab(torch.cat([colour(1.4, 0.3, 0.3), colour(0.5, -0.4, 0.4), colour(-0.2, 0, 0)]))

    assert out.min() == 0
    assert out.max().item() == pytest.approx(1)
    assert out.max() <= 1
    assert out.isfinite().all()
