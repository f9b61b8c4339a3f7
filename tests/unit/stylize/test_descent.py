"""Stylization against independent oracles: a plain Gatys loop, a formula, and the laws of the objective."""

from dataclasses import replace

import pytest
import torch

from mutoscope.effects.params import make_params
from mutoscope.models.backbones import load_backbone
from mutoscope.stylize.descent import constant, descend, falling
from mutoscope.stylize.objective import Memory, Objective, pad_shift
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style import measure_style
from mutoscope.stylize.units import measure_units


def params(**values: object) -> OptimiseParams:
    return make_params(OptimiseParams, {"style": "unused.png", "backbone": "tiny", **values})


def picture(seed: int, height: int = 17, width: int = 23) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def objective(p: OptimiseParams, memory: Memory | None = None) -> Objective:
    backbone = load_backbone("tiny")
    return Objective(backbone, p, picture(0), measure_style(backbone, picture(1), p), memory)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def plain_gatys(x: torch.Tensor, a: torch.Tensor, steps: int, beta: float, rate: float) -> torch.Tensor:
    """Gatys et al. (2016) written out, with nothing of ours but the network."""
    net, p = load_backbone("tiny"), x.clone()
    names = ("block0", "block1", "block2")
    wanted = {n: f.flatten(2) @ f.flatten(2).mT / f[0, 0].numel() for n, f in net.features(a, names).items()}
    content = net.features(p, ["block1"])["block1"]
    x = x.clone().requires_grad_(True)
    adam = torch.optim.Adam([x], lr=rate, betas=(0.9, 0.99))
    for _ in range(steps):
        features = net.features(x, names)
        style = sum(
            ((f.flatten(2) @ f.flatten(2).mT / f[0, 0].numel() - wanted[n]) ** 2).sum() / f.shape[1] ** 2
            for n, f in features.items()
        )
        loss = ((features["block1"] - content) ** 2).mean() + beta * style
        adam.zero_grad()
        loss.backward()
        adam.step()
        x.data.clamp_(0, 1)
    return x.detach()


def test_gram_statistics_without_extras_are_plain_gatys():
    p = params(statistics="gram", jitter=0, total_variation=0, alpha=1, beta=100)

    ours = descend(picture(0), objective(p), 15, constant(0.02), generator())

    assert torch.allclose(ours, plain_gatys(picture(0), picture(1), 15, 100.0, 0.02), atol=1e-4)


def test_ruder2016_preset_has_the_seeds_numbers():
    p = params(preset="ruder2016", backbone="vgg19")

    assert (p.alpha, p.beta, p.gamma) == (1.0, 1e4, 4e2)
    assert (p.backbone, p.flow, p.statistics) == ("vgg19", "farneback", "gram")


def test_a_preset_yields_to_what_is_given():
    assert params(preset="ruder2016", gamma=5).gamma == 5


def test_descent_lowers_the_loss_and_stays_in_range():
    p = params()
    loss = objective(p)

    x = descend(picture(0), loss, 40, constant(0.03), generator())

    assert loss(x, (0, 0)) < 0.7 * loss(picture(0), (0, 0))
    assert x.min() >= 0
    assert x.max() <= 1


def test_descent_leaves_its_start_alone():
    start = picture(3)
    before = start.clone()

    descend(start, objective(params()), 2, constant(0.03), generator())

    assert torch.equal(start, before)


def test_the_total_is_the_weighted_sum_of_its_terms():
    memory = Memory(picture(5), torch.ones(1, 1, 17, 23))
    x = picture(2)

    def total(**weights: float) -> float:
        p = params(**{"alpha": 0, "beta": 0, "gamma": 0, "total_variation": 0, "jitter": 0, **weights})
        return objective(p, memory)(x, (0, 0)).item()

    parts = total(alpha=2) + total(beta=3) + total(gamma=5) + total(total_variation=7)

    assert total(alpha=2, beta=3, gamma=5, total_variation=7) == pytest.approx(parts, rel=1e-4)


def test_the_objectives_gradient_agrees_with_finite_differences():
    loss = objective(params(jitter=0), Memory(picture(5), torch.ones(1, 1, 17, 23)))
    x = picture(2).requires_grad_(True)
    loss(x, (0, 0)).backward()
    direction = torch.randn(x.shape, generator=generator())
    step = 1e-3

    slope = (loss(x + step * direction, (0, 0)) - loss(x - step * direction, (0, 0))) / (2 * step)

    assert slope.item() == pytest.approx((x.grad * direction).sum().item(), rel=0.02)


def test_heavier_temporal_weight_keeps_nearer_to_the_past():
    memory = Memory(picture(5), torch.ones(1, 1, 17, 23))

    def distance(gamma: float) -> float:
        x = descend(picture(0), objective(params(gamma=gamma), memory), 30, constant(0.03), generator())
        return (x - memory.warped_omega_1CHW).square().mean().item()

    assert distance(1000) < distance(10) < distance(0)


def test_untrusted_pixels_do_not_feel_the_past():
    c = torch.ones(1, 1, 17, 23)
    c[..., 10:] = 0
    p = params(gamma=1e5, alpha=0, beta=0, total_variation=0)

    x = descend(picture(0), objective(p, Memory(picture(5), c)), 200, falling(0.05), generator())

    assert torch.equal(x[..., 10:], picture(0)[..., 10:])
    assert (x - picture(5))[..., :10].abs().max() < 0.02


@pytest.mark.parametrize("shift", [(0, 0), (3, 8), (8, 0)])
def test_pad_shift_holds_the_whole_picture(shift):
    x = picture(0, 40, 33)

    padded = pad_shift(x, shift, 8)

    assert padded.shape == (1, 3, 40 + 24, 33 + 24)
    top, left = shift[0] + 8, shift[1] + 8
    assert torch.equal(padded[:, :, top : top + 40, left : left + 33], x)


class _Bowl:
    """A loss whose lowest point is known: the square distance to a picture."""

    def __init__(self, goal: torch.Tensor, **values: object) -> None:
        self.goal, self.params = goal, params(**values)

    def gradient(self, x: torch.Tensor, shift_yx: tuple[int, int], seed: int = 0) -> tuple[float, torch.Tensor]:
        return (x - self.goal).square().sum().item(), 2 * (x - self.goal)


def test_a_high_picture_is_descended_like_a_low_one():
    goal = picture(1, 1030, 3)
    x = picture(0, 1030, 3).requires_grad_(True)
    adam = torch.optim.Adam([x], lr=0.03, betas=(0.9, 0.99))
    for _ in range(5):
        x.grad = 2 * (x.detach() - goal)
        adam.step()
        x.data.clamp_(0, 1)

    ours = descend(picture(0, 1030, 3), _Bowl(goal), 5, constant(0.03), generator())

    assert torch.equal(ours, x.detach())


def test_lbfgs_finds_the_bottom_of_a_bowl_also_at_the_edge_of_the_range():
    goal = picture(1) * 1.4 - 0.2
    steps = []

    x = descend(picture(0), _Bowl(goal, optimiser="lbfgs"), 25, constant(0.1), generator(), lambda: steps.append(1))

    assert torch.allclose(x, goal.clamp(0, 1), atol=1e-3)
    assert len(steps) == 25


def test_lbfgs_lowers_the_loss_as_far_as_adam_does():
    def left(optimiser: str) -> float:
        p = params(optimiser=optimiser, statistics="gram", beta=100, jitter=0)
        judge = objective(p)
        x = descend(picture(0), judge, 40, constant(0.03), generator())
        assert x.min() >= 0
        assert x.max() <= 1
        return judge(x, (0, 0)).item()

    assert left("lbfgs") < 1.1 * left("adam")


def test_the_mean_of_the_pictures_is_a_mean():
    goal = picture(1)
    seen = []

    class Watched(_Bowl):
        def gradient(self, x, shift_yx, seed=0):
            seen.append(x.clone())
            return super().gradient(x, shift_yx, seed)

    plain = descend(picture(0), Watched(goal), 3, constant(0.03), generator())
    averaged = descend(picture(0), _Bowl(goal, averaging=0.5), 3, constant(0.03), generator())

    torch.testing.assert_close(averaged, (seen[1] + 2 * seen[2] + 4 * plain) / 7)


def test_averaging_smooths_what_swings():
    class Swinging(_Bowl):
        def gradient(self, x, shift_yx, seed=0):
            noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
            loss, pull = super().gradient(x, shift_yx, seed)
            return loss, pull + noise

    def error(averaging: float) -> float:
        judge = Swinging(picture(1), averaging=averaging)
        x = descend(picture(0), judge, 200, constant(0.05), generator())
        return (x - judge.goal).square().mean().item()

    assert error(0.95) < 0.8 * error(0)


@pytest.mark.parametrize("size", [(17, 23), (51, 69)])
def test_normalised_terms_pull_by_their_weights_at_every_size(size):
    backbone, p = load_backbone("tiny"), params(normalise=True, statistics="gram", jitter=0)
    content, memory = picture(0, *size), Memory(picture(5, *size), torch.ones(1, 1, *size))
    judge = Objective(backbone, p, content, measure_style(backbone, picture(1), p), memory)

    judge = replace(judge, units=measure_units(judge, content, generator()))

    x = (content + 0.1 * torch.randn(content.shape, generator=generator())).clamp(0, 1).requires_grad_(True)
    pulls = {
        name: torch.autograd.grad(term, x, retain_graph=True)[0].abs().sum().item() * judge.weight(name)
        for name, term in judge.terms(x, (0, 0)).items()
    }
    wanted = {"style": 84 * p.beta, "content": 41 * p.alpha, "total_variation": 0.7, "temporal": 0.156 * p.gamma}
    assert pulls == pytest.approx(wanted, rel=0.01)


def test_a_first_frame_held_to_nothing_but_its_past_stays_as_it_is():
    judge = objective(params(alpha=0, beta=0, gamma=5, total_variation=0))

    assert torch.equal(descend(picture(0), judge, 3, constant(0.03), generator()), picture(0))
