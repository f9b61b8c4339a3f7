"""The network of filters: shapes, styles side by side, mixing, and its gradient against finite differences."""

import pytest
import torch

from mutoscope.filters.network import PROFILES, FilterNetwork, fold_sides, mix_styles


def network(seed: int = 0, profile: str = "tiny") -> FilterNetwork:
    made, chance = FilterNetwork(PROFILES[profile]), torch.Generator().manual_seed(seed)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, 0, 0.15, generator=chance)
    return made.eval().requires_grad_(False)


def style(net: FilterNetwork, seed: int, scale: float = 0.3) -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    plain = net.new_style(chance)
    return {key: v + scale * torch.randn(v.shape, generator=chance) for key, v in plain.items()}


def frames(num: int, height: int = 24, width: int = 36) -> torch.Tensor:
    return torch.rand(num, 3, height, width, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_keeps_the_size_of_frames(profile):
    net = network(profile=profile)

    assert net(frames(2, 8, 12), style(net, 1)).shape == (2, 3, 8, 12)


def test_a_style_has_the_sizes_of_its_network():
    net = network()

    sizes = {key: tuple(value.shape) for key, value in net.new_style(torch.Generator()).items()}

    # Norms of the tiny profile: stem 8, two in its one block of 8, 4 * 4 before the first unfolding.
    assert sizes == {"norm.gain": (40,), "norm.offset": (40,), "out.weight": (12, 4, 3, 3), "out.bias": (12,)}


@pytest.mark.parametrize("scale", [0.3, 30.0])
def test_painted_frames_are_pictures(scale):
    net = network()

    painted = net(frames(1), style(net, 1, scale))

    assert painted.min() >= 0
    assert painted.max() <= 1
    assert painted.std() > 0.05


def test_another_style_paints_another_picture():
    net, x = network(), frames(1)

    assert (net(x, style(net, 1)) - net(x, style(net, 2))).abs().mean() > 0.02


def test_styles_side_by_side_are_as_if_apart():
    net, x = network(), frames(3)
    styles = [style(net, seed) for seed in (1, 2, 3)]

    together = net(x, {key: torch.stack([s[key] for s in styles]) for key in styles[0]})

    apart = torch.cat([net(x[i : i + 1], s) for i, s in enumerate(styles)])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


def test_frames_of_a_batch_do_not_see_each_other():
    net, x = network(), frames(2)

    torch.testing.assert_close(net(x, style(net, 1))[:1], net(x[:1], style(net, 1)), atol=1e-5, rtol=0)


def test_a_new_style_depends_on_its_generator_alone():
    net = network()
    first, again, other = (net.new_style(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))

    assert torch.equal(first["out.weight"], again["out.weight"])
    assert not torch.equal(first["out.weight"], other["out.weight"])


def test_norms_are_asked_in_order_and_told_their_number():
    net, x, seen = network(), frames(1), []

    def normalise(i: int, h: torch.Tensor) -> torch.Tensor:
        seen.append((i, h.shape[1]))
        return torch.nn.functional.instance_norm(h)

    painted = net(x, style(net, 1), normalise)

    assert seen == list(enumerate(net.norm_sizes))
    torch.testing.assert_close(painted, net(x, style(net, 1)), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("size", "wanted"), [((17, 23), (20, 24)), ((16, 21), (16, 24)), ((1, 1), (4, 4)), ((37, 52), (40, 52))]
)
def test_fold_sides_replicates_the_right_and_lower_edge(size, wanted):
    x = frames(2, *size)

    folded = fold_sides(x)

    assert folded.shape[2:] == wanted
    assert torch.equal(folded[:, :, : size[0], : size[1]], x)
    lower, right = folded[:, :, size[0] :, : size[1]], folded[:, :, : size[0], size[1] :]
    assert torch.equal(lower, x[:, :, -1:].expand_as(lower))
    assert torch.equal(right, x[..., -1:].expand_as(right))


def test_fold_sides_leaves_whole_blocks_alone():
    x = frames(1, 16, 24)

    assert fold_sides(x) is x


def test_a_mix_of_one_is_that_style():
    net = network()
    a = style(net, 1)

    mixed = mix_styles({"a": a}, {"a": 0.4})

    assert all(torch.equal(mixed[key], a[key]) for key in a)


def test_all_the_share_gives_that_style_among_others():
    net = network()
    a, b = style(net, 1), style(net, 2)

    mixed = mix_styles({"a": a, "b": b}, {"a": 0.0, "b": 1.0})

    assert all(torch.equal(mixed[key], b[key]) for key in b)


def test_mixing_is_linear_in_relation_to_the_sum():
    net = network()
    a, b = style(net, 1), style(net, 2)

    mixed = mix_styles({"a": a, "b": b}, {"b": 6.0, "a": 2.0})

    assert set(mixed) == set(a)
    for key, value in mixed.items():
        torch.testing.assert_close(value, 0.25 * a[key] + 0.75 * b[key], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("key", "place"), [("norm.gain", 5), ("norm.offset", 30), ("out.weight", 100), ("out.bias", 7)]
)
def test_the_gradient_of_a_style_agrees_with_finite_differences(key, place):
    net = network().double()
    numbers = {name: value.double() for name, value in style(net, 1).items()}
    x, pull = frames(1).double(), torch.randn(1, 3, 24, 36, generator=torch.Generator().manual_seed(6)).double()

    def value(moved: float) -> torch.Tensor:
        changed = numbers[key].clone()
        changed.view(-1)[place] += moved
        return (net(x, {**numbers, key: changed}) * pull).sum()

    leaf = numbers[key].clone().requires_grad_(True)
    (net(x, {**numbers, key: leaf}) * pull).sum().backward()

    slope = (value(1e-6) - value(-1e-6)) / 2e-6
    assert slope.abs() > 1e-3
    assert leaf.grad.view(-1)[place].item() == pytest.approx(slope.item(), rel=1e-5)
