"""Styles measured, blended, aimed at: with every statistic."""

import pytest
import torch
from pieces_of_style import STATISTICS, generator, params, picture, style_of

from mutoscope.core.errors import ParameterError
from mutoscope.models.backbones import load_backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.stylize.descent import constant, descend
from mutoscope.stylize.objective import Objective
from mutoscope.stylize.style import Style, measure_style, mix_styles
from mutoscope.stylize.terms import style_term
from mutoscope.stylize.tiles import whole

CHOICES = [{"statistics": s} for s in STATISTICS] + [{"histogram": 2}]


def features(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return load_backbone("tiny").features(x, LAYERS["tiny"].style)


def loss(x: torch.Tensor, style: Style, histogram: float = 0.0, seed: int = 0) -> float:
    return style_term(features(x), style, histogram, seed).item()


@pytest.mark.parametrize("choice", CHOICES)
def test_a_style_picture_is_at_its_own_target(choice):
    p = params(**choice)
    style = style_of(1, p)

    own, other = (loss(picture(seed, 29, 31), style, p.histogram) for seed in (1, 2))
    # Quantiles are as many for every picture: a thousand values out of nine hundred are interpolated.
    assert own < (1e-5 if p.histogram == 0 else 2e-3) * other
    assert other > 0.001


@pytest.mark.parametrize("choice", CHOICES)
def test_descent_comes_nearer_to_every_kind_of_target(choice):
    p = params(alpha=0, total_variation=0, jitter=0, **choice)
    objective = Objective(load_backbone("tiny"), p, picture(0), style_of(1, p))

    x = descend(picture(0), objective, 40, constant(0.03), generator())

    assert loss(x, objective.style, p.histogram) < 0.4 * loss(picture(0), objective.style, p.histogram)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_gradient_of_each_statistic_agrees_with_finite_differences(choice):
    p = params(alpha=0, total_variation=0, jitter=0, **choice)
    backbone = load_backbone("tiny").double()
    style = measure_style(backbone, picture(1, 29, 31).double(), p)
    objective = Objective(backbone, p, picture(0).double(), style)
    x = picture(2).double()
    direction = torch.randn(x.shape, generator=generator(), dtype=torch.float64)
    step = 1e-4

    _, gradient = objective.gradient(x, (0, 0), 5)

    slope = (objective(x + step * direction, (0, 0), 5) - objective(x - step * direction, (0, 0), 5)) / (2 * step)
    if p.histogram == 0:
        assert slope.item() == pytest.approx((gradient * direction).sum().item(), rel=0.01)
    else:  # the matched maps are constants to the gradient, which is then the slope of a part only
        assert (gradient * direction).sum().item() * slope.item() > 0


def test_a_mix_of_moments_is_linear():
    p = params()
    one, other = style_of(1, p), style_of(2, p)

    mixed = mix_styles([one, other], [1, 3])

    for name, parts in mixed.moments.items():
        for got, a, b in zip(parts, one.moments[name], other.moments[name], strict=True):
            torch.testing.assert_close(got, 0.25 * a + 0.75 * b)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_mix_with_itself_changes_nothing(choice):
    p = params(**choice)
    style = style_of(1, p)

    mixed = mix_styles([style, style], [2, 5])

    assert loss(picture(0), mixed, p.histogram) == pytest.approx(loss(picture(0), style, p.histogram), rel=1e-4)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_mix_lies_between(choice):
    p = params(**choice)
    one, other = style_of(1, p), style_of(2, p)
    mixed = mix_styles([one, other], [1, 1])

    own = loss(picture(1, 29, 31), mixed, p.histogram)

    assert 0 < own < loss(picture(1, 29, 31), other, p.histogram)


def test_a_style_of_weight_zero_is_not_there():
    p = params()
    one = style_of(1, p)

    assert mix_styles([one, style_of(2, p)], [0.5, 0]) is one


def test_mixes_of_mixes_share_out():
    p = params(statistics="sliced_wasserstein")
    a, b, c = (style_of(seed, p) for seed in (1, 2, 3))

    nested = mix_styles([mix_styles([a, b], [1, 1]), c], [1, 3])

    assert nested.shares == pytest.approx((0.125, 0.125, 0.75))
    flat = mix_styles([a, b, c], [1, 1, 6])
    assert loss(picture(0), nested) == pytest.approx(loss(picture(0), flat), rel=1e-5)


def test_other_directions_are_drawn_with_another_seed():
    style = style_of(1, params(statistics="sliced_wasserstein"))

    assert loss(picture(0), style, seed=1) == loss(picture(0), style, seed=1) != loss(picture(0), style, seed=2)


@pytest.mark.parametrize("statistics", ["mean_covariance", "gram"])
def test_a_style_measured_in_parts_is_that_of_the_whole(statistics):
    p, a = params(statistics=statistics), picture(1, 150, 170)
    backbone = load_backbone("tiny")

    parts = measure_style(backbone, a, p, whole(150, 170, 64))

    for name, wanted in measure_style(backbone, a, p).moments.items():
        for got, want in zip(parts.moments[name], wanted, strict=True):
            torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"alpha": 0, "beta": 0, "gamma": 0, "total_variation": 0}, "nothing to aim at"),
        ({"pooling": "average"}, "vgg19"),
        ({"optimiser": "lbfgs", "averaging": 0.5}, "averaging"),
        ({"tile": 300}, "multiple of 32"),
        ({"histogram": -1}, "histogram"),
    ],
)
def test_what_does_not_fit_together_is_told(values, told):
    with pytest.raises(ParameterError, match=told):
        params(**values)
