import torch

from mutoscope.flow.background import background_flow
from mutoscope.flow.correspondence import correspond
from mutoscope.testing.ghosts import occluder_clip
from mutoscope.testing.motion import exact_clip, smooth_noise


def test_the_camera_is_told_from_what_moves_before_it():
    truth = exact_clip(smooth_noise(200, 300), smooth_noise(100, 100, 1), 72, 96, 3)
    flow = truth.backward_T2HW[2]

    camera = background_flow(flow)

    ground = (camera - flow).norm(dim=0) < 0.1
    assert ground.float().mean() > 0.75
    assert not ground[30:40, 44:52].any()


def test_a_still_camera_does_not_move_at_all():
    flow = torch.randn(2, 72, 96, generator=torch.Generator().manual_seed(0)) * 0.03
    flow[0, 20:40, 30:60] = 5

    assert (background_flow(flow) == 0).all()


def test_no_shared_motion_is_no_motion():
    flow = torch.rand(2, 72, 96, generator=torch.Generator().manual_seed(0)) * 40 - 20

    assert (background_flow(flow) == 0).all()


def test_the_ground_about_a_thin_fast_bar_is_trusted_and_what_the_bar_hid_is_not():
    clip = occluder_clip(
        smooth_noise(144, 256), smooth_noise(144, 256, 1) * torch.tensor([1, 0.3, 0.1])[:, None, None], 5
    )
    found = correspond(clip.frames_TCHW[3:4], clip.frames_TCHW[4:5])
    uncovered = clip.hidden_THW[3] & ~clip.hidden_THW[4]
    ground = ~clip.hidden_THW[2:].any(0)

    assert found.trust_11HW[0, 0][uncovered].mean() < 0.1
    assert found.trust_11HW[0, 0][ground].mean() > 0.9
    assert found.backward_12HW[0, :, ground].norm(dim=0).mean() < 0.2


def test_a_guide_that_changes_along_the_flow_takes_trust_away():
    frame = smooth_noise(72, 96)[None]
    near = torch.zeros(1, 1, 72, 96)
    near[..., 20:40, 30:60] = 1

    trusted = correspond(frame, frame, guides=(near, near)).trust_11HW
    doubted = correspond(frame, frame, guides=(near, torch.zeros_like(near))).trust_11HW

    assert (trusted == 1).all()
    assert (doubted[..., 22:38, 32:58] < 0.01).all()
    assert (doubted[..., :15, :] == 1).all()


def test_frames_of_a_few_pixels_correspond():
    dot = torch.full((1, 3, 1, 2), 0.5)

    assert correspond(dot, dot).trust_11HW.shape == (1, 1, 1, 2)
