"""Styles by region: masked statistics."""

import math

import pytest
import torch
from pieces_of_style import STATISTICS, generator, params, picture, style_of

from mutoscope.models.backbones import load_backbone
from mutoscope.stylize.descent import constant, descend
from mutoscope.stylize.objective import Memory, Objective, Region


def objective(p, *regions: Region, memory: Memory | None = None) -> Objective:
    return Objective(load_backbone("tiny"), p, picture(0), style_of(1, p), memory, regions)


def left(width: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, 17, 23)
    mask[..., :width] = 1
    return mask


@pytest.mark.parametrize("statistics", STATISTICS)
def test_one_region_over_all_is_the_whole_picture(statistics):
    p = params(statistics=statistics)
    region = Region(torch.ones(1, 1, 17, 23), style_of(1, p))

    loss, gradient = objective(p, region).gradient(picture(2), (3, 5), 4)

    wanted, wanted_gradient = objective(p).gradient(picture(2), (3, 5), 4)
    assert loss == pytest.approx(wanted, rel=1e-3)
    torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-3, atol=2e-4 * wanted_gradient.abs().max().item())


@pytest.mark.parametrize("statistics", STATISTICS)
def test_an_empty_region_pulls_at_nothing(statistics):
    p = params(statistics=statistics, alpha=0, total_variation=0)
    full = Region(torch.ones(1, 1, 17, 23), style_of(1, p))
    empty = Region(torch.zeros(1, 1, 17, 23), style_of(2, p))

    loss, gradient = objective(p, full, empty).gradient(picture(2), (0, 0))
    alone, alone_gradient = objective(p, full).gradient(picture(2), (0, 0))

    assert loss == pytest.approx(alone)
    torch.testing.assert_close(gradient, alone_gradient)
    nothing, none = objective(p, empty).gradient(picture(2), (0, 0))
    assert nothing == 0
    assert not none.any()


@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_sliver_gives_no_nan(statistics, width):
    p = params(statistics=statistics, histogram=1)

    loss, gradient = objective(p, Region(left(width) * 0.3, style_of(1, p))).gradient(picture(2), (0, 0))

    assert math.isfinite(loss)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("statistics", STATISTICS)
def test_a_region_is_painted_and_far_from_it_nothing_is(statistics):
    p = params(statistics=statistics, alpha=0, total_variation=0, jitter=0)

    x = descend(picture(0), objective(p, Region(left(8), style_of(1, p))), 10, constant(0.03), generator())

    moved = (x - picture(0)).abs()
    assert moved[..., :8].mean() > 0.03
    assert not moved[..., 20:].any()  # beyond what the network sees from the mask's edge


def test_two_regions_get_each_its_own_colours():
    p = params(alpha=0, total_variation=0, beta=10)
    dark, bright = style_of(2, p), style_of(3, p)  # mean 1/3 and 1/2
    regions = (Region(left(11), dark), Region(1 - left(11), bright))

    x = descend(picture(0), objective(p, *regions), 80, constant(0.02), generator())

    assert x[..., 3:8].mean() < x[..., 14:20].mean() - 0.05


def test_areas_weigh_regions():
    p = params(alpha=0, total_variation=0, jitter=0)
    style = style_of(1, p)

    def loss(*masks: torch.Tensor) -> float:
        return objective(p, *(Region(m, style) for m in masks))(picture(2), (0, 0)).item()

    mask = left(14)
    assert loss(mask / 4) == pytest.approx(loss(mask) / 4, rel=1e-5)
    assert loss(mask, 1 - mask) == pytest.approx(loss(mask) + loss(1 - mask), rel=1e-5)


def test_content_and_past_hold_everywhere():
    p = params(beta=0)
    memory = Memory(picture(5), torch.ones(1, 1, 17, 23))
    region = Region(left(8), style_of(1, p))

    there, nowhere = objective(p, region, memory=memory), objective(p, memory=memory)

    assert there(picture(2), (0, 0)).item() == nowhere(picture(2), (0, 0)).item()
