import torch

from mutoscope.ops.local_colour import colours_from_around
from mutoscope.testing.motion import smooth_noise


def test_an_affine_change_of_colours_is_found_and_goes_on_where_nothing_is_painted():
    content = smooth_noise(51, 67)[None]
    turn = torch.tensor([[0.2, 0.5, 0.1], [0.4, 0.1, 0.2], [0.1, 0.1, 0.6]])
    painted = torch.einsum("ij,njhw->nihw", turn, content) + 0.1
    trust = torch.ones(1, 1, 51, 67)
    trust[..., 20:34, 24:40] = 0

    filled = colours_from_around(content, torch.where(trust > 0, painted, torch.zeros(())), trust)

    assert (filled - painted).abs().max() < 0.05
    assert (filled - content).abs().mean() > 0.1


def test_nearby_paint_counts_more_than_paint_far_away():
    content = smooth_noise(40, 160)[None] * 0.2 + 0.4
    painted = content.clone()
    painted[..., :80], painted[..., 80:] = painted[..., :80] * 0.5, painted[..., 80:] * 1.5
    trust = torch.ones(1, 1, 40, 160)
    trust[..., 10:20], trust[..., 140:150] = 0, 0

    filled = colours_from_around(content, painted, trust)

    assert filled[..., 10:20].mean() < 0.3
    assert filled[..., 140:150].mean() > 0.6


def test_without_any_trust_the_content_stays():
    content = smooth_noise(17, 23)[None]

    assert torch.equal(colours_from_around(content, torch.zeros_like(content), torch.zeros(1, 1, 17, 23)), content)


def test_a_frame_of_one_pixel_is_filled():
    dot = torch.full((1, 3, 1, 1), 0.5)

    assert colours_from_around(dot, dot, torch.ones(1, 1, 1, 1)).shape == dot.shape
