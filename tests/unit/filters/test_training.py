"""The objective of filters and its steps, on the tiny profile and the tiny backbone."""

from contextlib import nullcontext

import pytest
import torch

from mutoscope.filters.content import ContentPictures
from mutoscope.filters.network import PROFILES, FilterNetwork
from mutoscope.filters.objective import Weights, filter_losses, lightness_order_loss
from mutoscope.filters.training import Settings, Training, learning_rate, mean_of
from mutoscope.models.backbones import load_backbone
from mutoscope.models.style_statistics import stack_targets, style_targets
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.testing.motion import smooth_noise

NAMES = ("dawn", "dusk", "noon")


def picture(seed: int, num: int = 2, side: int = 48) -> torch.Tensor:
    return torch.stack([smooth_noise(side, side, seed + i) for i in range(num)])


def training(num_styles: int = 2, **settings: object) -> Training:
    network, chance = FilterNetwork(PROFILES["tiny"]), torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.15, generator=chance)
    backbone, names = load_backbone("tiny"), NAMES[:num_styles]
    targets = {
        n: style_targets(backbone, picture(20 + i, 1) ** 3, "mean_covariance", rim=1) for i, n in enumerate(names)
    }
    content = ContentPictures([(smooth_noise(60, 90, seed) * 255).byte() for seed in range(3)])
    styles = {n: network.new_style(chance) for n in names}
    return Training(network, styles, targets, content, backbone, Settings(**{"size": 48, "batch": 2, **settings}))


def run(trained: Training, steps: int) -> list[float]:
    return [float(trained.advance(0.1, nullcontext()).total.detach()) for _ in range(steps)]


def numbers(trained: Training) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in trained.state().items()}


def test_lightness_in_order_costs_nothing_and_upside_down_two():
    p = picture(0)

    assert lightness_order_loss(p, p).item() == pytest.approx(0, abs=0.02)
    assert lightness_order_loss(1 - p, p).item() == pytest.approx(2, abs=0.02)


def test_a_flat_painting_has_no_order():
    p = picture(0)

    assert lightness_order_loss(torch.full_like(p, 0.7), p).item() == pytest.approx(1, abs=1e-3)
    assert lightness_order_loss(p, torch.full_like(p, 0.7)).item() == pytest.approx(1, abs=1e-3)


def test_lightness_leaves_contrast_tone_and_strokes_free():
    p = picture(0)
    strokes = 0.3 * torch.tensor([-1.0, 1.0]).repeat(24)

    assert lightness_order_loss(0.3 + 0.5 * p, p).item() < 0.05  # the floors take a little
    assert lightness_order_loss((p + strokes), p).item() == pytest.approx(lightness_order_loss(p, p).item(), abs=1e-3)


def losses(weights: Weights, emphasis: tuple[float, float] = (1.0, 1.0), *, is_steady: bool = False):
    backbone = load_backbone("tiny")
    targets = [style_targets(backbone, picture(20 + i, 1), "mean_covariance", rim=1) for i in range(2)]
    twins = (picture(8), picture(8 if is_steady else 9))
    painted, content_p = picture(2), picture(5)
    return filter_losses(backbone, weights, content_p, painted, twins, stack_targets(targets), torch.tensor(emphasis))


def test_the_total_is_the_sum_of_its_terms_and_each_scales_with_its_weight():
    plain, heavy = losses(Weights(1, 1, 1, 1, 1)), losses(Weights(2, 3, 5, 7, 11))

    assert plain.total.item() == pytest.approx(sum(plain.floats().values()), rel=1e-5)
    scales = {"content": 2, "style": 3, "lightness": 5, "consistency": 7, "total_variation": 11}
    assert heavy.floats() == pytest.approx({name: scales[name] * v for name, v in plain.floats().items()}, rel=1e-4)
    assert min(plain.floats().values()) > 0


def test_emphasis_weighs_the_style_of_each_frame():
    first, second, both = (losses(Weights(), e).style.item() for e in ((1, 0), (0, 1), (1, 2)))

    assert both == pytest.approx(first + 2 * second, rel=1e-4)
    assert losses(Weights(), (1, 0)).content == losses(Weights(), (0, 1)).content


def test_twins_that_agree_cost_nothing():
    assert losses(Weights(), is_steady=True).consistency == 0


def test_a_faithful_frame_has_no_content_loss():
    backbone, x = load_backbone("tiny"), picture(2)
    target = style_targets(backbone, x[:1], "mean_covariance", rim=1)

    judged = filter_losses(backbone, Weights(), x, x, (x, x), target, torch.ones(2))

    assert judged.content == 0


def test_the_rate_rises_then_falls_to_a_fiftieth():
    settings = Settings(rate=1e-3)

    rising = [learning_rate(settings, step, 0.0) for step in range(60)]
    falling = [learning_rate(settings, 1000, i / 20) for i in range(21)]

    assert rising[0] == pytest.approx(1e-3 / 40)
    assert rising[:40] == sorted(rising[:40])
    assert rising[39:] == pytest.approx([1e-3] * 21)
    assert falling == sorted(falling, reverse=True)
    assert falling[10] == pytest.approx(0.51e-3)
    assert falling[20] == learning_rate(settings, 1000, 1.7) == pytest.approx(1e-3 / 50)


def test_training_lowers_the_loss():
    trained = training(batch=2, rate=5e-3)

    totals = run(trained, 36)

    assert sum(totals[-6:]) < 0.8 * sum(totals[:6])
    assert trained.step == 36


def test_a_training_that_was_broken_off_goes_on_as_if_it_had_not_been(tmp_path):
    whole = training(3)
    wanted = run(whole, 6)

    first = training(3)
    run(first, 3)
    save_tensors(first.state(), tmp_path / "state.safetensors")
    second = training(3, trains_network=True)
    second.restore(load_tensors(tmp_path / "state.safetensors"))

    assert second.step == 3
    assert run(second, 3) == wanted[3:]
    assert numbers(second).keys() == numbers(whole).keys()
    assert all(torch.equal(value, numbers(whole)[name]) for name, value in numbers(second).items())


def test_the_state_of_another_training_is_refused():
    with pytest.raises(KeyError):
        training(3).restore(training(2).state())


def test_the_same_seed_trains_the_same_and_leaves_global_chance_alone():
    torch.manual_seed(1)
    first = run(training(), 2)
    left = torch.random.get_rng_state()
    torch.manual_seed(2)

    assert run(training(), 2) == first
    assert run(training(seed=1), 2) != first
    torch.manual_seed(1)
    trained = training()
    kept = torch.random.get_rng_state()
    run(trained, 2)
    assert torch.equal(torch.random.get_rng_state(), kept)
    assert torch.equal(left, kept)


def test_styles_that_are_not_drawn_stay_as_they_are():
    trained = training(3, batch=1, trains_network=False)
    before = numbers(trained)

    run(trained, 1)

    changed = {name for name, value in before.items() if not torch.equal(value, numbers(trained)[name])}
    drawn = {name.split("/")[1] for name in changed if name.startswith("style/")}
    assert len(drawn) == 1
    assert changed == {"step"} | {name for name in before if name.startswith(f"style/{drawn.copy().pop()}/")}


def test_each_round_draws_every_style_once():
    trained = training(3, batch=2)
    drawn = []
    for step in range(6):
        trained.step = step
        drawn += trained._drawn()

    rounds = [drawn[i : i + 3] for i in range(0, 12, 3)]
    assert all(sorted(each) == sorted(NAMES) for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1


def test_a_frozen_network_learns_nothing_and_its_styles_do():
    trained = training(1, trains_network=False)
    before = numbers(trained)

    run(trained, 2)

    after = numbers(trained)
    assert all(torch.equal(after[n], v) for n, v in before.items() if n.startswith("network/"))
    assert not any(torch.equal(after[n], v) for n, v in before.items() if n.startswith("style/"))


def test_given_styles_are_left_alone():
    network = FilterNetwork(PROFILES["tiny"])
    style = network.new_style(torch.Generator().manual_seed(0))
    kept = {key: value.clone() for key, value in style.items()}
    other = training(1)
    trained = Training(
        network, {"dawn": style}, other._targets, other._content, other._backbone, Settings(size=48, batch=1)
    )

    run(trained, 1)

    assert all(torch.equal(style[key], value) for key, value in kept.items())
    assert not any(value.requires_grad for value in style.values())


def test_twins_show_the_same_places():
    from mutoscope.filters.training import _same_places

    trained, x = training(), picture(0)

    for step in range(5):
        trained.step = step
        twin, moved = trained._twin(x)
        here, there = _same_places(x, twin, moved)
        assert here.shape == there.shape == (2, 3, 32, 32)
        assert (here - there).abs().mean() < 0.05


def test_means_are_by_term():
    assert mean_of([{"a": 1.0, "b": 4.0}, {"a": 2.0, "b": 0.0}]) == {"a": 1.5, "b": 2.0}
