"""Colours apart, shifted lines, moved blocks and feedback do what they say."""

from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.corrupt.block_shuffle import BlockShuffle
from mutoscope.corrupt.block_shuffle_params import BlockShuffleParams
from mutoscope.corrupt.channel_shift import ChannelShift
from mutoscope.corrupt.channel_shift_params import ChannelShiftParams
from mutoscope.corrupt.feedback import Feedback
from mutoscope.corrupt.feedback_params import FeedbackParams
from mutoscope.corrupt.pixel_sort import PixelSort
from mutoscope.corrupt.pixel_sort_params import PixelSortParams
from mutoscope.corrupt.scan_lines import ScanLines
from mutoscope.corrupt.scan_lines_params import ScanLinesParams
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.testing.clips import gradient_clip

SEEDED = [
    (PixelSort, PixelSortParams(intervals="random")),
    (ChannelShift, ChannelShiftParams(jitter=0.3)),
    (ScanLines, ScanLinesParams(amount=0.5)),
    (BlockShuffle, BlockShuffleParams(block=0.1, distance=0.5)),
    (Feedback, FeedbackParams(wander=1)),
]


def done(effect, clip: Clip, seed: int = 0, **side) -> torch.Tensor:
    return Clip.join(list(effect([clip], Context(seed=seed, side=side)))).pixels_TCHW


def still(num_frames: int, rate: int = 24) -> Clip:
    """One picture of 34 x 46 pixels, again and again."""
    x_TCHW = gradient_clip(1, 34, 46).pixels_TCHW.expand(num_frames, -1, -1, -1).contiguous()
    return Clip(x_TCHW, tuple(range(num_frames)), Fraction(1, rate))


@pytest.mark.parametrize(("make", "params"), SEEDED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_seed_changes_everything_and_a_seeded_film_moves(make, params):
    clip = still(24)

    one, other = done(make(params), clip), done(make(params), clip, seed=1)

    assert not torch.equal(one, other)
    assert len({frame.numpy().tobytes() for frame in one}) >= 4
    assert torch.equal(one, done(make(params), clip))


@pytest.mark.parametrize(("make", "params"), SEEDED[:4], ids=lambda x: getattr(x, "__name__", ""))
def test_a_frame_rendered_alone_equals_that_frame_of_the_film(make, params):
    clip = gradient_clip()

    whole = done(make(params), clip)

    assert torch.equal(done(make(params), clip[3:4]), whole[3:4])


@pytest.mark.parametrize(("make", "params"), SEEDED[1:4], ids=lambda x: getattr(x, "__name__", ""))
def test_bursts_come_and_go(make, params):
    clip = still(120)

    result = done(make(params.model_copy(update={"chance": 0.5})), clip)

    changed = (result != clip.pixels_TCHW).flatten(1).any(1).float().mean()
    assert 0.15 < changed < 0.85


@pytest.mark.parametrize(("make", "params"), SEEDED, ids=lambda x: getattr(x, "__name__", ""))
def test_threads_change_no_bit(make, params):
    clip, before, results = gradient_clip(4, 61, 47), torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            results.append(done(make(params), clip))
    finally:
        torch.set_num_threads(before)

    assert torch.equal(*results)


@pytest.mark.parametrize(("make", "params"), SEEDED, ids=lambda x: getattr(x, "__name__", ""))
def test_alpha_is_kept(make, params):
    clip = gradient_clip(2, alpha=True)

    result = Clip.join(list(make(params)([clip], Context())))

    assert torch.equal(result.alpha_T1HW, clip.alpha_T1HW)


def test_colours_move_by_shares_of_the_longer_side():
    clip = still(1)  # 46 px wide

    result = done(ChannelShift(ChannelShiftParams(red=-0.1, blue=0.2, angle=90, jitter=0)), clip)

    x_CHW, y_CHW = clip.pixels_TCHW[0], result[0]
    assert torch.equal(y_CHW[0, :-5], x_CHW[0, 5:])  # red up by round(4.6)
    assert torch.equal(y_CHW[1], x_CHW[1])
    assert torch.equal(y_CHW[2, 9:], x_CHW[2, :-9])  # blue down by round(9.2)
    assert torch.equal(y_CHW[2, :9], x_CHW[2, :1].expand(9, -1))


def test_wrapped_colours_come_in_on_the_other_side():
    clip = still(1)

    result = done(ChannelShift(ChannelShiftParams(red=0.5, blue=0, jitter=0, edge="wrap")), clip)

    assert torch.equal(result[0, 0], clip.pixels_TCHW[0, 0].roll(23, 1))


def test_lines_keep_their_pixels_where_they_wrap():
    clip = still(1)

    result = done(ScanLines(ScanLinesParams(share=1, amount=0.5, colours=0, tremble=0)), clip)

    assert torch.equal(result.sort(dim=3).values, clip.pixels_TCHW.sort(dim=3).values)
    assert (result != clip.pixels_TCHW).any(dim=3).any(dim=1).float().mean() > 0.8


def test_no_band_is_shifted_at_share_0():
    clip = still(2)

    assert torch.equal(done(ScanLines(ScanLinesParams(share=0)), clip), clip.pixels_TCHW)


def test_every_other_line_is_dark():
    clip = still(1)

    result = done(ScanLines(ScanLinesParams(share=0, darken=0.5, line=0.06)), clip)  # lines of 2 px

    expected = clip.pixels_TCHW[0] * torch.tensor([1, 1, 0.5, 0.5]).repeat(9)[:34, None]
    assert torch.allclose(result[0], expected)


def test_the_share_of_blocks_that_move_is_near_what_was_asked_for():
    x_HW = torch.arange(200 * 300).reshape(200, 300) / 60000  # no two places are alike
    clip = Clip(x_HW.expand(1, 3, -1, -1).contiguous(), (0,), Fraction(1, 24))

    for share in (0.1, 0.5):
        result = done(BlockShuffle(BlockShuffleParams(block=0.02, share=share, distance=0.3)), clip)
        assert float((result != clip.pixels_TCHW).float().mean()) == pytest.approx(share, rel=0.25)


def test_blocks_come_from_no_further_than_the_distance():
    y_H1, x_1W = torch.meshgrid(torch.arange(200.0), torch.arange(200.0), indexing="ij")
    places = torch.stack([y_H1, x_1W, y_H1]) / 200
    clip = Clip(places[None].contiguous(), (0,), Fraction(1, 24))

    result = done(BlockShuffle(BlockShuffleParams(block=0.05, share=1, distance=0.2)), clip)

    moved = (result - clip.pixels_TCHW).abs() * 200
    assert 10 <= moved.amax() <= 40.01


def test_every_block_can_move_at_the_right_and_bottom_edge_too():
    clip = still(60)

    result = done(BlockShuffle(BlockShuffleParams(block=0.3, share=0.9, distance=0.9, rate=24)), clip)

    touched = (result != clip.pixels_TCHW).any(dim=1).any(dim=0)
    assert touched.all()


def test_feedback_leaves_the_first_frame_and_that_after_a_cut():
    clip = gradient_clip()
    shots = Shots((clip.pts_T[4],), clip.time_base)

    result = done(Feedback(FeedbackParams(lead_s=0)), clip, shots=shots)

    same = [torch.equal(a, b) for a, b in zip(result, clip.pixels_TCHW, strict=True)]
    assert same == [True, False, False, False, True, False, False]


def test_feedback_moves_by_time_and_not_by_frames():
    """A dot on black: after half a second it shows in the same place at 8 and at 32 frames a second."""
    params = FeedbackParams(zoom=1, turn=0, right=0.5, hue=0, wander=0, fade_s=100, edge="black", lead_s=0)
    ends = []
    for rate in (8, 32):
        x_TCHW = torch.zeros(rate // 2 + 1, 3, 33, 65)
        x_TCHW[0, :, 14:19, 14:19] = 1
        clip = Clip(x_TCHW, tuple(range(len(x_TCHW))), Fraction(1, rate))
        last_HW = done(Feedback(params), clip)[-1, 0]
        ends.append(float((last_HW * torch.arange(65)).sum() / last_HW.sum()))

    assert ends == pytest.approx([16 + 65 / 4] * 2, abs=0.6)


def test_feedback_fades_to_a_tenth_in_its_time():
    x_TCHW = torch.zeros(25, 3, 17, 23)
    x_TCHW[0] = 0.8
    clip = Clip(x_TCHW, tuple(range(25)), Fraction(1, 24))

    result = done(Feedback(FeedbackParams(hue=0, wander=0, fade_s=1, lead_s=0)), clip)

    assert float(result[-1].mean()) == pytest.approx(0.08, rel=1e-3)


def test_feedback_turns_clockwise():
    x_TCHW = torch.zeros(2, 3, 41, 41)
    x_TCHW[0, :, 20, 35] = 1  # right of the middle
    clip = Clip(x_TCHW, (0, 1), Fraction(1))

    params = FeedbackParams(zoom=1, turn=90, hue=0, wander=0, fade_s=100, edge="black", lead_s=0)
    result = done(Feedback(params), clip)[1, 0]

    assert divmod(int(result.argmax()), 41) == (35, 20)  # below it


def test_nothing_lies_beyond_a_black_edge():
    x_TCHW = torch.cat([torch.ones(1, 3, 41, 41), torch.zeros(1, 3, 41, 41)])
    clip = Clip(x_TCHW, (0, 1), Fraction(1))
    params = FeedbackParams(zoom=0.5, turn=0, hue=0, wander=0, fade_s=600, lead_s=0)

    seen = {
        edge: float(done(Feedback(params.model_copy(update={"edge": edge})), clip)[1].mean())
        for edge in ("black", "clamp", "mirror", "wrap")
    }

    assert seen["black"] == pytest.approx(0.25, abs=0.02)
    assert all(value > 0.99 for edge, value in seen.items() if edge != "black")


def test_a_grey_trail_stays_grey_while_colours_turn():
    clip = replace(gradient_clip(3), pixels_TCHW=gradient_clip(3).pixels_TCHW.mean(1, keepdim=True).repeat(1, 3, 1, 1))

    result = done(Feedback(FeedbackParams(hue=700)), clip)

    assert float((result.amax(1) - result.amin(1)).max()) < 1e-5


def test_a_picture_is_fed_back_to_itself():
    clip = gradient_clip(1)

    result = done(Feedback(FeedbackParams()), clip)

    assert (result >= clip.pixels_TCHW).all()
    assert (result - clip.pixels_TCHW).mean() > 0.03
