"""Tiles against the same frame painted in one piece."""

import pytest
import torch

from mutoscope.filters import tiled
from mutoscope.filters.card import Card
from mutoscope.filters.files import Filter
from mutoscope.filters.network import PROFILES, FilterNetwork, Profile, fold_sides
from mutoscope.filters.tiled import paint_tiled
from mutoscope.testing.motion import smooth_noise


def own_filter(profile: Profile = PROFILES["tiny"]) -> Filter:
    network, chance = FilterNetwork(profile), torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.15, generator=chance)
    style = {k: v + 0.3 * torch.randn(v.shape, generator=chance) for k, v in network.new_style(chance).items()}
    card = Card(name="dusk", kind="network", profile="tiny")
    return Filter(card, network.eval().requires_grad_(False), style)


@pytest.mark.parametrize("profile", [PROFILES["tiny"], Profile(4, 3, 4)])
@pytest.mark.parametrize("size", [(150, 211), (64, 131), (129, 63), (37, 51)])
def test_tiles_leave_no_seam(size, profile):
    filter_, x = own_filter(profile), smooth_noise(*size)[None]

    painted = paint_tiled(filter_, x, tile=64)

    assert painted.shape == x.shape
    assert painted.std() > 0.05
    torch.testing.assert_close(painted, paint_tiled(filter_, x, tile=4096), atol=2e-5, rtol=0)


def test_the_margin_is_as_wide_as_the_network_sees_and_needed(monkeypatch):
    filter_, x = own_filter(), smooth_noise(150, 211)[None]
    whole = paint_tiled(filter_, x, tile=4096)
    reach = tiled._reach(filter_.network)

    monkeypatch.setattr(tiled, "_reach", lambda _network: reach - 8)

    # Two blocks less than it says, and the grid of tiles shows: the comparison above would see a seam.
    assert (paint_tiled(filter_, x, tile=64) - whole).abs().max() > 1e-4


@pytest.mark.parametrize("size", [(40, 56), (37, 51)])
def test_a_small_frame_is_painted_as_by_the_network_itself(size):
    filter_, x = own_filter(), smooth_noise(*size)[None]

    wanted = filter_.network(fold_sides(x), filter_.style)[:, :, : size[0], : size[1]]

    torch.testing.assert_close(paint_tiled(filter_, x, tile=64), wanted, atol=1e-5, rtol=0)


def test_crops_speak_for_a_frame_that_is_larger():
    filter_, x = own_filter(), smooth_noise(400, 620)[None]

    wanted = filter_.network(x, filter_.style)

    assert (paint_tiled(filter_, x, tile=256) - wanted).abs().mean() < 0.02


@pytest.mark.parametrize("size", [(400, 620), (4, 4000), (3000, 200), (256, 256), (1024, 300)])
def test_crops_lie_inside_on_whole_blocks_and_reach_both_ends(size):
    x = torch.zeros(1, 2, *size)
    x[0, 0] = torch.arange(size[0])[:, None]
    x[0, 1] = torch.arange(size[1])

    crops = list(tiled._crops(x))

    assert len({crop.shape for crop in crops}) == 1
    assert 1 <= len(crops) <= 32
    corners = torch.stack([crop[0, :, 0, 0] for crop in crops])
    assert (corners % 4 == 0).all()
    along = int(size[1] > size[0])
    assert corners[:, along].min() == 0
    assert max(crop[0, along].max() for crop in crops) >= max(size) - 4


def test_the_frame_is_left_alone_and_may_be_one_pixel():
    filter_, x = own_filter(), smooth_noise(37, 51)[None]
    before = x.clone()

    paint_tiled(filter_, x, tile=64)

    assert torch.equal(x, before)
    assert paint_tiled(filter_, x[:, :, :1, :1], tile=64).shape == (1, 3, 1, 1)
