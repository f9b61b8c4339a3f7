"""Painted frames that are held steady: blended where the footage is the same, never where something was uncovered."""

import pytest
import torch

from mutoscope.flow.steady import carry_and_blend, keep_contrast, measure_motion, shrunken
from mutoscope.ops.resize import resize
from mutoscope.testing.motion import exact_clip, smooth_noise

HEIGHT, WIDTH = 95, 127
STEP_PX = (-9.0, 4.0)


def blend(shown_before, painted_before, shown, painted, share):
    motion = measure_motion(shown_before, shown)
    return carry_and_blend(painted_before, painted, motion, share)


def picture(seed: int) -> torch.Tensor:
    return smooth_noise(HEIGHT, WIDTH, seed)[None]


def moving_disc():
    """A disc that moves over a calm ground, two frames; and each painted: the disc white, the rest black."""
    ground, figure = smooth_noise(240, 320, 1), smooth_noise(240, 320, 2)
    clip = exact_clip(ground, figure, HEIGHT, WIDTH, 2, pan_px=(0.0, 0.0), zoom=1.0, figure_px=STEP_PX)
    y, x = torch.meshgrid(torch.arange(HEIGHT).float(), torch.arange(WIDTH).float(), indexing="ij")
    painted = []
    for sign in (-0.5, 0.5):
        centre_x, centre_y = (WIDTH - 1) / 2 + sign * STEP_PX[0], (HEIGHT - 1) / 2 + sign * STEP_PX[1]
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < (min(HEIGHT, WIDTH) * 0.22) ** 2
        painted.append(inside.float().expand(1, 3, HEIGHT, WIDTH).clone())
    return clip, painted[0], painted[1]


def test_no_share_gives_the_painted_frame_back_bit_by_bit():
    painted = picture(2)

    assert torch.equal(blend(picture(0), picture(1), picture(3), painted, 0.0), painted)


@pytest.mark.parametrize("share", [0.3, 0.75, 0.95])
def test_a_still_scene_is_blended_by_the_share(share):
    shown, first, second = picture(0), picture(1), picture(2)

    blended = blend(shown, first, shown, second, share)

    torch.testing.assert_close(blended, torch.lerp(second, first, share), atol=1e-5, rtol=0)


def test_a_scene_that_has_changed_is_not_blended():
    second = picture(2)

    blended = blend(picture(0), picture(1), 1 - picture(0), second, 0.9)

    assert (blended - second).abs().mean() < 0.02


def test_the_more_the_footage_has_changed_the_less_it_is_trusted():
    shown = 0.25 + 0.5 * picture(0)
    first, second = torch.zeros_like(shown), torch.ones_like(shown)

    kept = [(1 - blend(shown, first, shown + change, second, 1.0)).mean().item() for change in (0.0, 0.04, 0.08, 0.16)]

    # exp(-(change / 0.08)^2): 1, 0.78, 0.37, 0.02
    assert kept == pytest.approx([1, 0.779, 0.368, 0.018], abs=0.03)


def test_a_painting_is_carried_along_with_the_camera():
    big, strokes = smooth_noise(HEIGHT + 20, WIDTH + 20, 0)[None], smooth_noise(HEIGHT + 20, WIDTH + 20, 4)[None]
    shown, moved = big[:, :, 10:-10, 10:-10], big[:, :, 8:-12, 13:-7]
    before, wanted = strokes[:, :, 10:-10, 10:-10], strokes[:, :, 8:-12, 13:-7]

    blended = blend(shown, before, moved, torch.full_like(shown, 0.5), 1.0)

    middle = (..., slice(12, -12), slice(12, -12))
    assert (blended - wanted)[middle].abs().mean() < 0.03
    assert (before - wanted)[middle].abs().mean() > 0.08


def test_flow_of_a_small_frame_carries_a_large_painting():
    big, strokes = smooth_noise(2 * HEIGHT, 2 * WIDTH, 0)[None], smooth_noise(2 * HEIGHT, 2 * WIDTH, 4)[None]
    small = resize(big, HEIGHT, WIDTH)
    shown, moved = small[..., :-4], small[..., 4:]

    blended = blend(shown, strokes[..., :-8], moved, torch.full_like(strokes[..., 8:], 0.5), 1.0)

    middle = (..., slice(16, -16), slice(16, -24))
    assert blended.shape == (1, 3, 2 * HEIGHT, 2 * WIDTH - 8)
    assert (blended - strokes[..., 8:])[middle].abs().mean() < 0.04


@pytest.mark.parametrize("contrast", [1.0, 0.15])
def test_what_was_uncovered_has_no_ghost(contrast):
    clip, before, now = moving_disc()
    # Faint footage: its colours do not tell that something else is there, only its motion does.
    frames = 0.5 + contrast * (clip.frames_TCHW - 0.5)
    uncovered = (clip.visible_T1HW[1:] == 0).expand_as(now)
    assert uncovered.float().mean() > 0.02

    blended = blend(frames[:1], before, frames[1:], now, 0.9)

    assert before[uncovered].mean() > 0.8  # without looking, the disc would stand there still
    assert (blended - now)[uncovered].abs().mean() < 0.1


def test_what_moves_is_held_steady_too():
    clip, before, now = moving_disc()
    generator = torch.Generator().manual_seed(0)
    flicker = now * 0.6 + 0.4 * torch.rand(now.shape, generator=generator) * now

    blended = blend(clip.frames_TCHW[:1], before, clip.frames_TCHW[1:], flicker, 0.9)

    assert (blended - now)[now == 1].abs().mean() < 0.5 * (flicker - now)[now == 1].abs().mean()


def test_results_stay_in_range_and_inputs_as_they_were():
    given = [picture(0), picture(1).round(), picture(0).roll(2, 3), picture(2).round()]
    copies = [x.clone() for x in given]

    blended = blend(given[0], given[1], given[2], given[3], 0.9)

    assert blended.min() >= 0
    assert blended.max() <= 1
    assert all(torch.equal(x, copy) for x, copy in zip(given, copies, strict=True))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((95, 127), (95, 127)), ((135, 240), (135, 240)), ((135, 241), (67, 120)), ((3, 2000), (1, 222))],
)
def test_large_frames_are_shrunken_for_flow(size, wanted):
    assert shrunken(torch.rand(1, 3, *size)).shape == (1, 3, *wanted)


def test_small_frames_are_not_copied():
    x = picture(0)

    assert shrunken(x) is x


def test_contrast_is_kept_in_every_colour_and_never_more_than_a_little_is_added():
    painted = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(0)) * 0.6 + 0.2
    flatter = 0.5 + 0.9 * (painted - 0.5)

    kept = keep_contrast(flatter, painted)

    assert torch.allclose(kept.std((2, 3)), painted.std((2, 3)), rtol=2e-2)
    assert torch.allclose(kept.mean((2, 3)), flatter.mean((2, 3)), atol=3e-3)
    assert torch.allclose(keep_contrast(painted, painted), painted, atol=1e-6)
    flat = torch.full_like(painted, 0.5)
    assert torch.allclose(keep_contrast(flat, painted), flat)
