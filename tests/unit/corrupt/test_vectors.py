"""Motion vectors that lead astray: what each number does to a pan whose motion is known."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.corrupt.vectors import Vectors, bend
from mutoscope.corrupt.vectors_params import VectorsParams
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.testing.motion import smooth_noise

RATE = Fraction(1, 25)
BARE = {"residual": 0, "heal": 0}


def panning(num=7, step=2, seed=3, first=0):
    big = smooth_noise(67, 153, seed).mean(0, keepdim=True).expand(3, -1, -1)
    frames = torch.stack([big[:, :, step * i : step * i + 93] for i in range(num)])
    return Clip(frames, tuple(range(first, first + num)), RATE)


def play(clip, shots=None, seed=0, **params):
    ctx = Context(seed=seed, side={} if shots is None else {"shots": shots})
    return Clip.join(list(Vectors(make_params(VectorsParams, params))(clip.frames(), ctx))).pixels_TCHW


def gap(a, b):
    return float((a - b)[..., 16:-16, 20:50].abs().mean())


@pytest.mark.parametrize("codec", ["mpeg4", "h264"])
def test_the_vectors_as_they_are_give_the_film_again(codec):
    clip = panning()

    done = play(clip, scale=1, mosh_codec=codec, **BARE)

    assert gap(done[6], clip.pixels_TCHW[6]) < 0.02 < gap(clip.pixels_TCHW[0], clip.pixels_TCHW[6])


def test_scale_makes_motion_go_further_and_backwards():
    clip, far, back = panning(6), panning(6, step=4), panning(6, step=2).pixels_TCHW[0].roll(10, -1)

    assert gap(play(clip, scale=2, **BARE)[5], far.pixels_TCHW[5]) < 0.03
    assert gap(play(clip, scale=-1, **BARE)[5], back) < 0.03
    assert gap(play(clip, scale=0, **BARE)[5], clip.pixels_TCHW[0]) == 0


def test_all_of_the_residual_gives_the_film_again_whatever_the_blocks_missed():
    clip = panning()

    assert (play(clip, scale=1, residual=1, heal=0) - clip.pixels_TCHW).abs().max() < 1e-4


def test_drift_goes_right_and_down():
    still = panning(1).pixels_TCHW.expand(5, -1, -1, -1)
    clip = Clip(still.contiguous(), tuple(range(5)), RATE)

    done = play(clip, drift_x=2, drift_y=1, **BARE)

    assert gap(done[4], still[0].roll((4, 8), (-2, -1))) < 0.01


def test_rotation_turns_motion_anticlockwise():
    field = torch.zeros(2, 4, 4)
    field[0] = -3  # came from the left: goes right

    turned = bend(field, VectorsParams(scale=1, rotate=90), torch.Generator())

    assert torch.allclose(turned[1], torch.full((4, 4), 3.0), atol=1e-5)  # came from below: goes up
    assert turned[0].abs().max() < 1e-5


def test_frozen_motion_goes_on_where_the_film_stands_still():
    moving, pan = panning(3), panning(8)
    frames = torch.cat([moving.pixels_TCHW, moving.pixels_TCHW[-1:].expand(5, -1, -1, -1)])
    clip = Clip(frames, tuple(range(8)), RATE)

    done = play(clip, scale=1, freeze=1, **BARE)

    assert gap(done[7], pan.pixels_TCHW[7]) < 0.03 < gap(done[7], frames[7])


def test_jitter_is_seeded():
    clip = panning(4)

    a, again, b = (play(clip, seed=seed, jitter=3) for seed in (1, 1, 2))

    assert torch.equal(a, again)
    assert not torch.equal(a, b)


def test_healing_brings_the_film_back():
    clip = panning()

    away = [gap(play(clip, scale=-2, residual=0, heal=heal)[6], clip.pixels_TCHW[6]) for heal in (0, 0.2, 0.6, 1)]

    assert away == sorted(away, reverse=True)
    assert away[0] > 0.05
    assert away[3] < 1e-6


def test_a_cut_starts_anew_unless_it_is_gone_through():
    first, second = panning(4), panning(4, seed=9, first=4)
    clip, shots = Clip.join([first, second]), Shots((4,), RATE)

    anew, through = play(clip, shots, **BARE), play(clip, shots, through_cuts=True, **BARE)

    assert torch.equal(anew[4], clip.pixels_TCHW[4])
    assert gap(through[5], clip.pixels_TCHW[5]) > 2 * gap(anew[5], clip.pixels_TCHW[5])
    assert torch.equal(anew[4:], play(second, shots, **BARE))  # so a shot may be computed apart
    assert Vectors(VectorsParams()).memory == "shot"
    assert Vectors(VectorsParams(through_cuts=True)).memory == "film"
