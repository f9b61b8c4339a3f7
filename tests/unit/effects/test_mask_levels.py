"""Levels of a guide film: white between two levels, followed by time."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.effects.mask_levels import Levels, between
from mutoscope.effects.mask_levels_params import LevelsParams
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.testing.clips import gradient_clip


def grey(level: float, *pts: int, size=(17, 23)) -> Clip:
    return Clip(torch.full((len(pts), 3, *size), level), pts, Fraction(1, 240))


def masks(guide, **params) -> torch.Tensor:
    ctx = Context(inputs={"guide": lambda: iter(guide)})
    return Clip.join(list(Levels(LevelsParams(**params))(gradient_clip().frames(), ctx))).pixels_TCHW


def test_white_is_what_lies_between_the_levels():
    ramp = torch.linspace(0, 1, 11).view(1, 1, 1, 11)

    assert between(ramp, 0.3, 0.6, 0).flatten().tolist() == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]
    assert between(ramp, 0, 0.6, 0).flatten().tolist() == [1] * 7 + [0] * 4
    assert between(ramp, 0.3, 1, 0).flatten().tolist() == [0] * 3 + [1] * 8
    soft = between(ramp, 0.5, 1, 0.4).flatten()
    torch.testing.assert_close(soft[2:8], torch.tensor([0, 0, 0.25, 0.5, 0.75, 1]))


def test_the_guide_is_followed_by_time_and_scaled():
    done = masks([grey(0.2, 0, size=(34, 46)), grey(0.8, 38, size=(34, 46))], low=0.5)

    later = torch.tensor([pts >= 38 for pts in gradient_clip().pts_T])
    assert (done[later] == 1).all()
    assert (done[~later] == 0).all()


def test_inverted_is_the_rest():
    assert torch.equal(masks([grey(0.52, 0)], low=0.5, invert=True), 1 - masks([grey(0.52, 0)], low=0.5))


def test_levels_may_move():
    done = masks([grey(0.5, 0)], low="0s:0.4 hold, 0.1s:0.6")

    later = torch.tensor([pts >= 24 for pts in gradient_clip().pts_T])
    assert (done[later] == 0).all()
    assert (done[~later] == 1).all()


def test_what_is_wrong_is_told():
    with pytest.raises(InputError, match="a guide was expected"):
        list(Levels(LevelsParams())(gradient_clip().frames(), Context()))
    with pytest.raises(InputError, match="the guide is 46x17 and the frames are 23x17"):
        masks([grey(0.5, 0, size=(17, 46))])
    with pytest.raises(ParameterError, match=r"low=0\.6 is above high=0\.5"):
        make_params(LevelsParams, {"low": 0.6, "high": 0.5})
