"""Class activation maps add up to the score of their class, and spread over what looks alike."""

import pytest
import torch

from mutoscope.models.backbones import load_backbone
from mutoscope.ops.cam import class_activation_maps, spread_over_likes


@pytest.mark.parametrize(
    ("name", "deep", "linear", "seed"),
    [("efficientnet_lite0", "head", "classifier", None), ("resnet18", "layer4.1", "fc", 3)],
)
def test_a_map_adds_up_to_the_score_that_the_network_gives(name, deep, linear, seed):
    network = load_backbone(name, random_seed=seed)
    picture = torch.rand(1, 3, 97, 161, generator=torch.Generator().manual_seed(0))
    layer = network.get_submodule(linear)
    classes = [0, 281, 999]

    maps_KHW = class_activation_maps(network.features(picture, [deep])[deep][0], layer.weight[classes])

    expected = network.logits(picture)[0, classes]
    torch.testing.assert_close(maps_KHW.mean((1, 2)) + layer.bias[classes], expected, rtol=1e-4, atol=1e-4)
    assert maps_KHW.shape == (3, 4, 6)
    assert maps_KHW.std() > 0.01


def test_each_place_speaks_by_its_own_features():
    features_FHW = torch.zeros(2, 1, 3)
    features_FHW[0, 0, 0], features_FHW[1, 0, 2] = 5, 7

    maps = class_activation_maps(features_FHW, torch.tensor([[1.0, 0.0], [2.0, -1.0]]))

    assert maps.tolist() == [[[5, 0, 0]], [[10, 0, -7]]]


def test_evidence_spreads_over_what_looks_alike_and_not_beyond():
    features_Fhw = torch.zeros(2, 3, 5)
    features_Fhw[0, :, :3] = 1  # one thing, three columns wide
    features_Fhw[1, :, 3:] = 1
    seen = torch.zeros(2, 3, 5)
    seen[0, 1, 0] = 9.0
    seen[1] = 2.0

    spread = spread_over_likes(seen, features_Fhw)

    torch.testing.assert_close(spread[0, :, :3], torch.ones(3, 3))  # 9, shared by nine places
    assert spread[0, :, 3:].max() < 1e-6
    torch.testing.assert_close(spread[1], torch.full((3, 5), 2.0))
