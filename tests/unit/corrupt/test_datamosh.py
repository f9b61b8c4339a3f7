"""Modes of datamosh: what is seen, how many frames, the same film from the same seed."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.corrupt.datamosh import Datamosh
from mutoscope.corrupt.datamosh_params import DatamoshParams
from mutoscope.effects.masks import Masked
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.testing.motion import smooth_noise

SIZE = (51, 69)
RATE = Fraction(1, 25)
CODECS = ("mpeg4", "h264")


def panning(num, colour=(1.0, 1.0, 1.0), seed=3, step=2, size=SIZE, first=0):
    height, width = size
    grey = smooth_noise(height, width + 60, seed).mean(0, keepdim=True)
    big = grey * torch.tensor(colour)[:, None, None]
    frames = torch.stack([big[:, :, step * i : step * i + width] for i in range(num)])
    return Clip(frames.contiguous(), tuple(range(first, first + num)), RATE)


def two_shots(num=8):
    """A red shot, then a blue one."""
    red, blue = panning(num, (1, 0.1, 0.1)), panning(num, (0.1, 0.1, 1), seed=9, first=num)
    return Clip.join([red, blue]), Shots((num,), RATE)


def play(clip, shots=None, motion=None, seed=0, **params):
    inputs = {} if motion is None else {"motion": motion.frames}
    ctx = Context(seed=seed, side={} if shots is None else {"shots": shots}, inputs=inputs)
    return Clip.join(list(Datamosh(make_params(DatamoshParams, params))(clip.frames(), ctx)))


def redness(clip):
    return clip.pixels_TCHW[:, 0].mean((1, 2)) - clip.pixels_TCHW[:, 2].mean((1, 2))


def changed(done, clip):
    return (done.pixels_TCHW - clip.pixels_TCHW).abs().mean((1, 2, 3))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("mode", ["melt", "bloom", "transplant", "noise"])
def test_frames_are_neither_lost_nor_gained_and_one_seed_gives_one_film(mode, codec):
    clip, shots = two_shots(12)
    motion = panning(5, seed=4, step=3, size=(40, 90)) if mode == "transplant" else None

    done = play(clip, shots, motion, mode=mode, mosh_codec=codec)
    cut = list(
        Datamosh(make_params(DatamoshParams, {"mode": mode, "mosh_codec": codec}))(
            [clip[:5], clip[5:13], clip[13:]],
            Context(side={"shots": shots}, inputs={"motion": motion.frames} if motion else {}),
        )
    )

    assert done.pts_T == clip.pts_T
    assert done.size == clip.size
    assert torch.equal(Clip.join(cut).pixels_TCHW, done.pixels_TCHW)
    assert changed(done, clip).max() > 0.01


@pytest.mark.parametrize("codec", CODECS)
def test_melt_keeps_the_colours_of_the_old_shot(codec):
    clip, shots = two_shots()

    done = play(clip, shots, mode="melt", mosh_codec=codec)

    assert torch.equal(done.pixels_TCHW[:8], clip.pixels_TCHW[:8])
    assert (redness(clip)[8:] < -0.2).all()
    assert (redness(done)[8:] > 0.1).all()
    assert (done.pixels_TCHW[15] - done.pixels_TCHW[8]).abs().mean() > 0.01  # and yet it moves


def test_melt_heals_after_its_length():
    clip, shots = two_shots(10)

    done = play(clip, shots, mode="melt", length=0.16)

    assert [torch.equal(a, b) for a, b in zip(done.pixels_TCHW, clip.pixels_TCHW, strict=True)] == [
        *[True] * 10,
        *[False] * 4,
        *[True] * 6,
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_melt_within_a_shot_begins_at_its_time_and_ends_at_the_cut(codec):
    clip, shots = two_shots(16)
    clip = Clip(clip.pixels_TCHW.roll(1, 0), clip.pts_T, RATE)  # one frame of another shot: a jump that is no cut

    done = play(clip, shots, mode="melt", times="120ms", mosh_codec=codec)

    away = changed(done, clip)
    assert away[:3].max() == 0
    assert (away[5:16] > 0).all()
    assert away[16:].max() == 0


def test_melt_takes_a_time_near_a_cut_for_the_cut():
    clip, shots = two_shots(12)

    done = play(clip, shots, mode="melt", times="420ms")

    assert torch.equal(done.pixels_TCHW[:12], clip.pixels_TCHW[:12])
    assert (redness(done)[12:] > 0.1).all()


def test_melt_without_a_cut_says_what_to_do():
    clip = panning(4)

    with pytest.raises(ParameterError, match=r"no cut.*--at"):
        play(clip, Shots((), RATE), mode="melt")
    assert torch.equal(play(clip, mode="melt").pixels_TCHW, clip.pixels_TCHW)  # nobody knows of cuts


@pytest.mark.parametrize("codec", CODECS)
def test_melt_lets_a_second_film_move_the_first(codec):
    red, blue = panning(14, (1, 0.1, 0.1)), panning(9, (0.1, 0.1, 1), seed=9, step=3, size=(80, 40))

    done = play(red, None, blue, mode="melt", times="160ms", mosh_codec=codec)

    assert torch.equal(done.pixels_TCHW[:4], red.pixels_TCHW[:4])
    assert (redness(done)[4:] > 0.1).all()
    assert (changed(done, red)[6:] > 0.01).all()


@pytest.mark.parametrize("codec", CODECS)
def test_bloom_accumulates_motion(codec):
    clip = panning(16, step=1)

    done = play(clip, mode="bloom", times="120ms", repeat=8, mosh_codec=codec)
    twice = play(panning(16, step=3), mode="bloom", times="120ms", repeat=8, mosh_codec=codec)

    assert changed(done, clip)[:3].max() == 0
    jump = panning(16, step=3).pixels_TCHW[3:12]  # the motion of frame 2 to 3, again and again, is the pan itself
    assert (twice.pixels_TCHW[3:12, :, :, :40] - jump[:, :, :, :40]).abs().mean() < 0.05


def test_bloom_repeats_one_motion_where_the_film_stands_still():
    moving, still = panning(4, step=3), panning(4, step=3).pixels_TCHW[-1:].expand(12, -1, -1, -1)
    clip = Clip(torch.cat([moving.pixels_TCHW, still]).contiguous(), tuple(range(16)), RATE)

    done = play(clip, mode="bloom", times="120ms", repeat=6)

    away = changed(done, clip)[3:10]
    assert (away[1:] > away[:-1] - 1e-3).all()
    assert away[-1] > 4 * away[0]


def test_bloom_by_itself_finds_a_place_even_in_a_short_film():
    assert changed(play(panning(20), mode="bloom"), panning(20)).max() > 0


def test_pieces_between_cuts_are_the_film():
    clip, shots = two_shots(14)
    for params in ({"mode": "bloom", "every": 0.2, "repeat": 3}, {"mode": "noise", "gap": 0.1}, {"times": "600ms"}):
        whole = play(clip, shots, **params)

        apart = Clip.join([play(clip[:14], shots, **params), play(clip[14:], shots, **params)])

        assert torch.equal(whole.pixels_TCHW, apart.pixels_TCHW)


@pytest.mark.parametrize("codec", CODECS)
def test_transplant_moves_the_pictures_of_the_film_by_the_other(codec):
    still = panning(1).pixels_TCHW.expand(12, -1, -1, -1).contiguous()
    clip, motion = Clip(still, tuple(range(12)), RATE), panning(12, seed=8, step=2)

    done = play(clip, None, motion, mode="transplant", mosh_codec=codec)

    pan = panning(12).pixels_TCHW  # what a pan of the film itself would show
    right = (done.pixels_TCHW[6, :, 8:-8, 8:40] - pan[6, :, 8:-8, 8:40]).abs().mean()
    wrong = (done.pixels_TCHW[6, :, 8:-8, 8:40] - still[6, :, 8:-8, 8:40]).abs().mean()
    assert right < wrong


def test_transplant_takes_a_film_of_other_size_and_rate_and_begins_it_again():
    motion = panning(3, seed=8, size=(20, 33))
    slow = Clip(motion.pixels_TCHW, (0, 7, 19), Fraction(1, 90))

    done = play(panning(12), None, slow, mode="transplant")

    assert len(done) == 12


def test_transplant_without_motion_is_refused():
    with pytest.raises(ParameterError, match="second film"):
        play(panning(3), mode="transplant")
    with pytest.raises(InputError, match="nothing moves"):
        play(panning(3), None, panning(1), mode="transplant")


@pytest.mark.parametrize("codec", CODECS)
def test_noise_hangs_on_the_seed_and_on_nothing_else(codec):
    clip = panning(20)

    a, again, b = (play(clip, seed=seed, mode="noise", mosh_codec=codec) for seed in (1, 1, 2))

    assert torch.equal(a.pixels_TCHW, again.pixels_TCHW)
    assert not torch.equal(a.pixels_TCHW, b.pixels_TCHW)


def test_lost_packets_hold_the_picture():
    done = play(panning(8), mode="noise", drop=1, amount=0, gap=0)

    held = [torch.equal(a, b) for a, b in zip(done.pixels_TCHW[1:-1], done.pixels_TCHW[2:], strict=True)]
    assert all(held)


def test_noise_that_does_nothing_is_refused():
    with pytest.raises(ParameterError, match="amount=0"):
        play(panning(3), mode="noise", amount=0)


def test_outside_the_mask_nothing_changes():
    clip, shots = two_shots()
    mask = torch.zeros(1, 3, *SIZE)
    mask[..., :30] = 1
    inputs = {"mask": lambda: iter([Clip(mask, (0,), RATE)])}

    masked = Masked(Datamosh(DatamoshParams(mode="melt")))
    done = Clip.join(list(masked(clip.frames(), Context(side={"shots": shots}, inputs=inputs))))

    assert torch.equal(done.pixels_TCHW[..., 30:], clip.pixels_TCHW[..., 30:])
    assert (done.pixels_TCHW[10, ..., :30] - clip.pixels_TCHW[10, ..., :30]).abs().mean() > 0.05


def test_strength_moves_and_alpha_stays():
    clip, shots = two_shots()
    alpha = torch.rand(16, 1, *SIZE, generator=torch.Generator().manual_seed(0))
    clip = Clip(clip.pixels_TCHW, clip.pts_T, RATE, alpha)

    done = play(clip, shots, mode="melt", strength="320ms:0, 560ms:1")

    away = changed(done, clip)
    assert away[8] == 0 < away[10] < away[13]
    assert torch.equal(done.alpha_T1HW, alpha)


def test_memory_reaches_as_far_as_the_mode():
    reach = {mode: Datamosh(DatamoshParams(mode=mode)).memory for mode in ("melt", "bloom", "transplant", "noise")}

    assert reach == {"melt": "film", "bloom": "shot", "transplant": "film", "noise": "shot"}


@pytest.mark.parametrize("times", ["soon", "1s,,2s", "3"])
def test_a_time_that_is_none_is_refused(times):
    with pytest.raises(ParameterError, match="times="):
        make_params(DatamoshParams, {"times": times})


def test_times_are_put_in_order():
    assert DatamoshParams(times="4.5s, 250ms").times_s == (0.25, 4.5)
