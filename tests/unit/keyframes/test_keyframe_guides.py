import torch

from mutoscope.keyframes.carry import carry_painting
from mutoscope.keyframes.fill import BORROWED
from mutoscope.keyframes.guides import carry_guides, whole_guide
from mutoscope.testing.motion import exact_clip, smooth_noise


def moving(num_frames: int = 5):
    return exact_clip(smooth_noise(240, 320), smooth_noise(90, 90, seed=1), 97, 137, num_frames)


def test_the_keyframe_is_carried_to_itself_unchanged():
    painted = smooth_noise(67, 93, seed=3)

    carried, trust = carry_painting(painted, whole_guide(67, 93))

    assert torch.allclose(carried[0], painted, atol=1e-6)
    assert trust.min() == 1


def test_what_the_keyframe_shows_is_found_again_frames_later():
    truth = moving()

    *_, last = carry_guides(truth.frames_TCHW)
    carried, trust = carry_painting(truth.frames_TCHW[0], last)

    certain = (trust > 0.9).float()
    assert 0.4 < certain.mean() < 0.95
    error = (certain * (carried - truth.frames_TCHW[-1:]).abs().mean(1, keepdim=True)).sum() / certain.sum()
    moved = (truth.frames_TCHW[0] - truth.frames_TCHW[-1]).abs().mean()
    assert error < 0.25 * moved


def test_time_may_run_backward():
    frames = moving().frames_TCHW.flip(0)

    *_, last = carry_guides(frames)
    carried, trust = carry_painting(frames[0], last)

    certain = trust > 0.9
    assert certain.float().mean() > 0.4
    assert ((carried - frames[-1:]).abs().mean(1, keepdim=True))[certain].mean() < 0.05


def test_what_was_never_shown_borrows_a_place_and_is_not_trusted_more():
    frames = torch.stack([smooth_noise(65, 97, seed=seed) for seed in (1, 2)])

    *_, last = carry_guides(frames)

    assert (last.trust_1HW < 0.9).float().mean() > 0.9
    assert (last.trust_1HW >= BORROWED - 1e-6).float().mean() > 0.9


def test_what_was_hidden_for_a_while_is_found_again():
    still = smooth_noise(67, 93)
    frames = []
    for number in range(24):
        frame = still.clone()
        if 2 <= number < 9:
            frame[:, :, 10 * number - 20 : 10 * number + 14] = 0.9 * smooth_noise(67, 93, seed=7)[:, :, :1]
        frames.append(frame)

    *_, last = carry_guides(frames)

    assert (last.trust_1HW > 0.9).float().mean() > 0.8
