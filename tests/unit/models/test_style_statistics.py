"""Statistics of several styles at once, against each by itself."""

import pytest
import torch

from mutoscope.models.backbones import load_backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import (
    stack_targets,
    style_loss,
    style_losses,
    style_targets,
    sum_of,
    without_rim,
)

STYLE_LAYERS = LAYERS["tiny"].style


def picture(seed: int, num: int = 1, height: int = 33, width: int = 41) -> torch.Tensor:
    return torch.rand(num, 3, height, width, generator=torch.Generator().manual_seed(seed))


def features(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return load_backbone("tiny").features(x, STYLE_LAYERS)


def targets(seed: int, statistics: str = "mean_covariance"):
    return style_targets(load_backbone("tiny"), picture(seed, 1, 29, 37) ** (1 + seed), statistics)


def test_losses_of_a_batch_are_those_of_each_picture():
    x, goal = picture(0, 3), targets(1)

    together = style_losses(features(x), goal)

    apart = torch.cat([style_losses(features(x[i : i + 1]), goal) for i in range(3)])
    assert together.shape == (3,)
    assert together.unique().numel() == 3
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=0)


def test_each_picture_is_held_to_its_own_target():
    x, goals = picture(0, 3), [targets(seed) for seed in (1, 2, 3)]

    together = style_losses(features(x), stack_targets(goals))

    apart = torch.cat([style_losses(features(x[i : i + 1]), goal) for i, goal in enumerate(goals)])
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=0)


def test_the_loss_of_one_is_the_mean_of_the_losses():
    x, goal = picture(0, 3), targets(1)

    torch.testing.assert_close(style_loss(features(x), goal), style_losses(features(x), goal).mean())


def test_features_that_have_no_target_do_not_count():
    x, goal = picture(0), targets(1)
    one = {"block1": goal["block1"]}

    assert style_losses(features(x), one) == style_losses({"block1": features(x)["block1"]}, one)


def test_gram_targets_have_a_loss_of_their_own():
    goal = targets(1, "gram")

    loss = style_loss(features(picture(0)), goal)

    f = features(picture(0))
    wanted = sum(
        ((f[n].flatten(2) @ f[n].flatten(2).mT / f[n][0, 0].numel() - goal[n][0]) ** 2).sum() / f[n].shape[1] ** 2
        for n in STYLE_LAYERS
    )
    torch.testing.assert_close(loss, wanted)


def test_a_style_picture_is_at_its_own_target():
    a = picture(1)
    goal = style_targets(load_backbone("tiny"), a, "mean_covariance")

    assert style_losses(features(a), goal).item() == pytest.approx(0, abs=1e-6)
    assert style_losses(features(1 - a**3), goal).item() > 0.05


def test_statistics_do_not_know_where_things_are():
    x, goal = {"block0": torch.rand(2, 8, 9, 11)}, {"block0": targets(1)["block0"]}
    turned = {"block0": x["block0"].flip(2, 3)}

    torch.testing.assert_close(style_losses(turned, goal), style_losses(x, goal), rtol=1e-4, atol=0)


def test_stacked_targets_are_one_after_the_other():
    goals = [targets(1), targets(2), targets(1)]

    stacked = stack_targets(goals)

    assert set(stacked) == set(STYLE_LAYERS)
    for name, parts in stacked.items():
        assert [p.shape[0] for p in parts] == [3, 3]
        for part, each in zip(parts, zip(*(g[name] for g in goals), strict=True), strict=True):
            assert torch.equal(part[1:2], each[1])
            assert torch.equal(part[0], part[2])


def test_targets_carry_no_gradient():
    a = picture(1).requires_grad_(True)

    goal = style_targets(load_backbone("tiny"), a, "mean_covariance")

    assert not any(part.requires_grad for parts in goal.values() for part in parts)


def test_a_rim_is_cut_from_all_sides_where_there_is_room():
    f = {"large": torch.rand(2, 5, 17, 23), "small": torch.rand(2, 5, 8, 23)}

    cut = without_rim(f, 2)

    assert torch.equal(cut["large"], f["large"][:, :, 2:15, 2:21])
    assert cut["small"] is f["small"]


def test_no_rim_cuts_nothing():
    f = {"large": torch.rand(2, 5, 17, 23)}

    assert without_rim(f, 0)["large"] is f["large"]


def test_a_target_without_rim_does_not_see_the_padding():
    a = picture(1, 1, 64, 64)
    backbone = load_backbone("tiny")

    with_rim, cut = (style_targets(backbone, a, "mean_covariance", rim=rim) for rim in (0, 1))

    wanted = features(a)["block0"][:, :, 1:-1, 1:-1].mean((2, 3))
    torch.testing.assert_close(cut["block0"][0], wanted)
    assert not torch.allclose(cut["block0"][0], with_rim["block0"][0])


def test_sum_of_adds():
    assert sum_of([torch.tensor(1.5), torch.tensor(2.0)]).item() == 3.5
