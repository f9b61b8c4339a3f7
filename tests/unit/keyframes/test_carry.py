from itertools import pairwise

import pytest
import torch

from mutoscope.keyframes.carry import blend_carried, borrow_from_itself, time_shares
from mutoscope.testing.motion import smooth_noise


@pytest.mark.parametrize(("seconds", "first"), [(1.0, 1.0), (1.2, 1.0), (2.0, 0.5), (2.9, 0.0), (3.0, 0.0)])
def test_each_keyframe_is_alone_near_its_time(seconds, first):
    shares = time_shares(seconds, [1.0, 3.0])

    assert shares[0] == pytest.approx(first, abs=1e-6)
    assert sum(shares) == pytest.approx(1)


def test_shares_change_without_a_jump():
    shares = [time_shares(1 + i / 50, [1.0, 3.0])[0] for i in range(101)]

    assert max(abs(a - b) for a, b in pairwise(shares)) < 0.04


def test_a_blend_of_two_paintings_keeps_their_contrast():
    one, other = (torch.rand(1, 3, 65, 97, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    sure = torch.ones(1, 1, 65, 97)

    blended, trust = blend_carried([(one, sure), (other, sure)], [0.5, 0.5])

    assert blended.std() > 0.9 * one.std()
    assert (0.5 * (one + other)).std() < 0.75 * one.std()
    assert trust.min() == 1


def test_where_one_keyframe_shows_nothing_the_other_stands():
    one, other = (smooth_noise(16, 24, seed=seed)[None] for seed in (1, 2))
    sure = torch.ones(1, 1, 16, 24)

    shown, trust = blend_carried([(one, 0 * sure), (other, sure)], [1.0, 0.0])

    assert torch.allclose(shown, other, atol=1e-5)
    assert trust.min() == 1


def test_a_painting_borrowed_from_itself_has_its_colours_and_other_strokes():
    painted = smooth_noise(68, 96, seed=5)

    borrowed = borrow_from_itself(painted, painted)

    assert (borrowed - painted).abs().mean() > 0.02
    assert (borrowed.mean((1, 2)) - painted.mean((1, 2))).abs().max() < 0.08
