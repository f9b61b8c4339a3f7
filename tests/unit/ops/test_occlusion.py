"""Sundaram's inequalities on flows whose truth is known by formula: a square that moves over a still ground."""

import torch

from mutoscope.ops.occlusion import disocclusion, motion_boundary, temporal_weights

H, W = 33, 41


def moving_square(dx: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Flows of a 9x9 square at rows 12..20 that moves from column 10 to column 10 + dx."""
    forward, backward = torch.zeros(1, 2, H, W), torch.zeros(1, 2, H, W)
    forward[:, 0, 12:21, 10:19] = dx
    backward[:, 0, 12:21, 10 + dx : 19 + dx] = -dx
    return forward, backward


def test_uncovered_ground_is_a_disocclusion():
    hidden = disocclusion(*moving_square())[0, 0]

    assert hidden[12:21, 10:16].all()
    assert not hidden[12:21, 17:24].any()
    assert not hidden[:, 30:].any()


def test_pixels_from_outside_the_frame_are_disoccluded():
    backward = torch.zeros(1, 2, H, W)
    backward[:, 0] = -5.0

    hidden = disocclusion(-backward, backward)[0, 0]

    assert hidden[:, :5].all()
    assert not hidden[:, 5:].any()


def test_the_edge_of_the_square_is_a_motion_boundary_and_its_middle_is_not():
    edge = motion_boundary(moving_square()[1])[0, 0]

    assert edge[16, 16]
    assert edge[16, 24]
    assert not edge[16, 20]
    assert not edge[2, 2]


def test_a_uniform_pan_has_full_weight_inside():
    flow = torch.zeros(1, 2, H, W)
    flow[:, 0] = 2.0

    weights = temporal_weights(flow, -flow)

    assert weights[0, 0, :, 2:].min() == 1
    assert weights[0, 0, :, :2].max() == 0


def test_frames_of_one_pixel_have_weights():
    flow = torch.zeros(1, 2, 1, 1)

    assert temporal_weights(flow, flow).item() == 1
