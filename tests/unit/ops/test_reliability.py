import torch

from mutoscope.ops.occlusion import temporal_weights
from mutoscope.ops.reliability import likeness, reliability, soft_boundary, soft_edged, soft_visibility


def flows(height=17, width=23, dx=0.0, dy=0.0):
    return torch.tensor([dx, dy]).view(1, 2, 1, 1).expand(1, 2, height, width).clone()


def test_flows_that_agree_are_trusted_wholly_where_they_stay_in_the_frame():
    seen = soft_visibility(flows(dx=2.0), flows(dx=-2.0))

    assert (seen[..., 2:] == 1).all()
    assert (seen[..., :2] == 0).all()


def test_trust_falls_smoothly_with_the_gap_and_ends_where_the_hard_test_begins():
    gaps = torch.linspace(0, 1.0, 21)
    soft = torch.stack([soft_visibility(flows(dx=float(gap)), flows())[0, 0, 8, 11] for gap in gaps])
    hard = torch.stack([temporal_weights(flows(dx=float(gap)), flows())[0, 0, 8, 11] for gap in gaps])

    assert (soft.diff() <= 0).all()
    assert ((soft > 0) & (soft < 1)).any()
    assert (soft[hard == 0] == 0).all()
    assert (soft[hard == 1] > 0).all()


def test_an_edge_of_motion_is_not_trusted():
    flow = flows()
    flow[:, 0, :, 12:] = 3

    sure = soft_boundary(flow)

    assert (sure[..., 11:13] == 0).all()
    assert (sure[..., :10] == 1).all()


def test_what_looks_different_is_not_trusted_however_well_the_flows_agree():
    before, now = torch.zeros(1, 3, 17, 23), torch.zeros(1, 3, 17, 23)
    now[..., 6:11, 9:14] = 0.5

    sure = reliability(flows(), flows(), before, now)

    assert (sure[..., 7:10, 10:13] < 1e-6).all()
    assert (sure[..., 1, :] == 1).all()


def test_likeness_is_a_third_at_the_tolerance():
    before = torch.full((1, 3, 17, 23), 0.4)

    assert torch.allclose(likeness(before, before + 0.06, flows(), 0.06), torch.tensor(0.36788), atol=1e-4)


def test_soft_edges_never_trust_more():
    weights = (torch.rand(1, 1, 17, 23, generator=torch.Generator().manual_seed(2)) > 0.1).float()

    assert (soft_edged(weights) <= weights).all()
