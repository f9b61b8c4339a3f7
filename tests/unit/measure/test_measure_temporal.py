"""E_warp and flicker: what they are of films whose motion is known."""

import math

import pytest
import torch

from mutoscope.measure.temporal import Motion, flicker, observe_motion, still_area, warping_error
from mutoscope.testing.motion import exact_clip, smooth_noise
from mutoscope.testing.motion import warping_error as true_warping_error

STEP = (2.0, -1.0)


def still_flow(one, other):
    return torch.zeros(2, *one.shape[1:])


def everywhere(height, width, flow=(0.0, 0.0)):
    return Motion(torch.tensor(flow).view(1, 2, 1, 1).expand(1, 2, height, width), torch.ones(1, 1, height, width))


def pan(num_frames=4):
    """Ground and disc move together, so that the flow back is the flow forth, turned round."""
    return exact_clip(
        smooth_noise(120, 150, 1), smooth_noise(120, 150, 2), 33, 47, num_frames, zoom=1.0, pan_px=STEP, figure_px=STEP
    )


def pan_flow(sign=1):
    """True flow from a frame to the one before it is -STEP; `flow(before, now)` is asked too and is +STEP."""
    calls = []

    def flow(one, other):
        calls.append(1)
        direction = -1.0 if len(calls) % 2 else 1.0
        return (sign * direction * torch.tensor(STEP)).view(2, 1, 1).expand(2, *one.shape[1:])

    return flow


def test_with_the_true_flow_it_is_the_error_of_the_exact_clip():
    truth, flow = pan(), pan_flow()
    frames = torch.rand(truth.frames_TCHW.shape, generator=torch.Generator().manual_seed(3))

    ours = [
        warping_error(frames[i], frames[i - 1], observe_motion(truth.frames_TCHW[i], truth.frames_TCHW[i - 1], flow))
        for i in range(1, 4)
    ]

    # Apart from a ring of one pixel around the disc, which the clip counts as covered.
    assert sum(ours) / 3 == pytest.approx(true_warping_error(frames, truth), rel=0.02)


def test_given_what_is_visible_it_is_the_error_of_the_exact_clip_to_the_last_digit():
    truth = exact_clip(smooth_noise(120, 150, 1), smooth_noise(120, 150, 2), 33, 47, 2)
    motion = Motion(truth.backward_T2HW[1:2], truth.visible_T1HW[1:2])

    found = warping_error(truth.frames_TCHW[1], truth.frames_TCHW[0], motion)

    assert found == pytest.approx(true_warping_error(truth.frames_TCHW, truth), rel=1e-5)


def test_a_film_that_follows_the_motion_has_next_to_no_error_and_one_that_does_not_has():
    truth = pan(2)
    before, now = truth.frames_TCHW

    followed = warping_error(now, before, observe_motion(now, before, pan_flow()))
    ignored = warping_error(now, before, observe_motion(now, before, still_flow))

    assert followed < 0.05 * ignored


def test_a_flat_film_has_no_error():
    flat = torch.full((3, 17, 23), 0.4)

    assert warping_error(flat, flat, everywhere(17, 23)) < 1e-12


def test_hidden_pixels_do_not_count():
    now, before = torch.zeros(3, 17, 23), torch.zeros(3, 17, 23)
    before[:, :, :9] = 1
    motion = everywhere(17, 23)
    motion.visible_11HW[..., :9] = 0

    assert warping_error(now, before, motion) == 0


def test_what_came_in_over_the_edge_is_not_visible():
    motion = observe_motion(torch.rand(3, 17, 23), torch.rand(3, 17, 23), pan_flow())

    # Content moves by 2 px to the right and 1 px up: it comes in at the left and from below.
    assert motion.visible_11HW[0, 0, :, :2].sum() == 0
    assert motion.visible_11HW[0, 0, -1].sum() == 0
    assert motion.visible_11HW[0, 0, :-1, 2:].all()


def test_where_next_to_nothing_is_visible_there_is_no_number():
    motion = Motion(torch.zeros(1, 2, 17, 23), torch.zeros(1, 1, 17, 23))

    assert math.isnan(warping_error(torch.zeros(3, 17, 23), torch.ones(3, 17, 23), motion))


def test_flicker_is_the_change_of_luma_where_the_source_stands_still():
    source, moved = torch.full((3, 17, 23), 0.5), torch.full((3, 17, 23), 0.5)
    moved[:, :, 11:] = 0.9
    before, now = torch.zeros(3, 17, 23), torch.full((3, 17, 23), 0.1)
    now[:, :, 11:] = 1.0

    still = still_area(moved, source, everywhere(17, 23))

    assert still[:, :11].all()
    assert not still[:, 11:].any()
    assert flicker(now, before, still) == pytest.approx(0.1)


def test_a_plain_wall_that_is_panned_over_does_not_stand_still():
    wall = torch.full((3, 17, 23), 0.5)

    still = still_area(wall, wall, everywhere(17, 23, (1.0, 0.0)))

    assert not still.any()
    assert math.isnan(flicker(wall, wall, still))
