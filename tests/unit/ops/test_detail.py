import torch

from mutoscope.ops.detail import warp_keeping_detail
from mutoscope.ops.warp import warp
from mutoscope.testing.motion import smooth_noise


def test_a_picture_carried_forty_times_by_half_pixels_keeps_its_contrast_better():
    x = smooth_noise(48, 64)[None]
    kept, changed = x, x
    ones = torch.ones(1, 1, 48, 64)
    for i in range(40):
        flow = torch.full((1, 2, 48, 64), 0.5 if i % 2 else -0.5)
        kept, changed = warp_keeping_detail(kept, flow, ones), warp(changed, flow).clamp(0, 1)
    inner = (slice(None), slice(None), slice(4, -4), slice(4, -4))

    was = x[inner].std()

    assert abs(kept[inner].std() - was) < abs(changed[inner].std() - was) / 3


def test_no_motion_changes_nothing():
    x = smooth_noise(17, 23)[None]

    assert torch.allclose(warp_keeping_detail(x, torch.zeros(1, 2, 17, 23), torch.ones(1, 1, 17, 23)), x, atol=1e-5)


def test_where_nothing_is_trusted_nothing_is_sharpened():
    x, flow = smooth_noise(17, 23)[None], torch.full((1, 2, 17, 23), 0.5)

    carried = warp_keeping_detail(x, flow, torch.zeros(1, 1, 17, 23))

    assert torch.allclose(carried, warp(x, flow).clamp(0, 1), atol=1e-6)
