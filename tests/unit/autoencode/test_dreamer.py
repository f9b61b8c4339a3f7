"""What follows what: dreams that go on as the film does."""

import math
from fractions import Fraction

import pytest
import torch

from mutoscope.autoencode.dream_linear import fit_linear, linear_step
from mutoscope.autoencode.dream_network import DreamNetwork, mixture_nll
from mutoscope.autoencode.dream_space import fit_space, runs_of
from mutoscope.autoencode.dreamer import Dreamer, train_dreamer
from mutoscope.autoencode.latents import Latents
from mutoscope.core.errors import InputError, WeightsError
from mutoscope.core.random import generator


def latents_of(*runs, films=None):
    shots = tuple(number for number, run in enumerate(runs) for _ in run)
    film = films or (0,) * len(shots)
    return Latents(torch.cat(runs), tuple(range(len(shots))), Fraction(1, 25), shots, film)


def circle(num, latent=8, start=0.0, degrees=11.0, centre=0.0):
    """A point that goes round in a plane of its own."""
    turn = math.radians(degrees) * torch.arange(num, dtype=torch.float32) + start
    plane = torch.linalg.qr(torch.randn(latent, 2, generator=torch.Generator().manual_seed(2)))[0]
    return torch.stack([turn.cos(), turn.sin()], 1) @ plane.T + centre


@pytest.fixture(scope="module")
def two_shots():
    """A film of two shots far from each other, and what was learned from it."""
    latents = latents_of(circle(60, centre=4.0), circle(40, centre=-4.0, degrees=-17.0))
    return latents, train_dreamer(latents, 1, steps=30)


def test_a_density_of_the_mixture_sums_to_one():
    x_N1 = torch.linspace(-30, 30, 60_001, dtype=torch.float64)[:, None]
    logit, mean = torch.tensor([0.3, -1.0]).double(), torch.tensor([[-2.0], [3.0]]).double()
    log_sigma = torch.tensor([[-0.7], [0.9]]).double()
    nll = mixture_nll(
        logit.expand(len(x_N1), -1), mean.expand(len(x_N1), -1, -1), log_sigma.expand(len(x_N1), -1, -1), x_N1
    )
    assert float(torch.exp(-nll).sum() * 0.001) == pytest.approx(1.0, abs=1e-6)


def test_one_gaussian_is_as_likely_as_the_textbook_says():
    nll = mixture_nll(
        torch.zeros(1, 1), torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[0.0, 0.5]]]), torch.tensor([[2.0, 2.0]])
    )
    assert float(nll) == pytest.approx(math.log(2 * math.pi) + 0.5 + 0.5, rel=1e-6)


def test_gradients_of_the_likelihood_are_those_of_finite_differences():
    chance = torch.Generator().manual_seed(4)
    parts = [
        torch.randn(shape, generator=chance, dtype=torch.float64) for shape in ((3, 2), (3, 2, 4), (3, 2, 4), (3, 4))
    ]
    for part in parts:
        part.requires_grad_(True)
    assert torch.autograd.gradcheck(mixture_nll, parts)


def test_the_network_at_first_adds_little_to_the_linear_rule():
    network = DreamNetwork(5, generator(0, 0))
    (logit, mean, log_sigma), _ = network(torch.randn(2, 7, 11, generator=torch.Generator().manual_seed(0)))
    assert (logit.shape, mean.shape, log_sigma.shape) == ((2, 7, 5), (2, 7, 5, 5), (2, 7, 5, 5))
    assert mean.abs().max() < 0.1


def test_the_linear_rule_finds_a_rotation():
    run = circle(80, latent=4)
    space = fit_space([run])
    w = space.into(run)
    rule = fit_linear([w], space.scale_K)
    step = linear_step(rule, w[40:41].double(), (w[40:41] - w[39:40]).double())
    assert torch.allclose(w[40:41] + step.float(), w[41:42], atol=1e-3)


def test_where_nothing_can_be_foretold_the_rule_stays_where_it_is():
    noise = torch.randn(300, 6, generator=torch.Generator().manual_seed(1)).cumsum(0)
    rule = fit_linear([noise[:150], noise[150:]], torch.ones(6))
    step = linear_step(rule, noise[10:11].double(), (noise[10:11] - noise[9:10]).double())
    assert step.norm() < 0.5 * (noise[10] - noise[9]).norm()


def test_a_space_gives_back_what_it_was_made_of():
    run = circle(50) + 0.01 * torch.randn(50, 8, generator=torch.Generator().manual_seed(9))
    space = fit_space([run])
    back = torch.stack([space.back(w) for w in space.into(run)])
    assert (back - run).norm() < 0.02 * (run - run.mean(0)).norm()
    assert space.into(run).std(0) == pytest.approx(torch.ones(len(space.scale_K)), rel=0.1)


def test_runs_end_at_cuts_and_films():
    latents = latents_of(torch.zeros(3, 2), torch.ones(4, 2), films=(0,) * 5 + (1,) * 2)
    assert [len(run) for run in runs_of(latents)] == [3, 2, 2]


def test_a_rotation_goes_on():
    latents = latents_of(circle(60), circle(60, start=1.0))
    dreamer = Dreamer(train_dreamer(latents, 0, steps=20))
    truth = circle(90, start=2.0)
    foretold = dreamer.expected(truth[:60], 30)
    assert (foretold[9] - truth[69]).norm() < 0.05
    assert (foretold - truth[60:]).norm(dim=1).max() < 0.2
    straight = truth[59] + 10 * (truth[59] - truth[58])
    for worse in (truth[59], straight):
        assert (foretold[9] - truth[69]).norm() < 0.1 * (worse - truth[69]).norm()


def test_dreams_neither_drift_off_nor_freeze(two_shots):
    latents, state = two_shots
    moves = (latents.z_TL[1:60] - latents.z_TL[:59]).norm(dim=1).mean()
    for temperature in (0.5, 1.0):
        z = torch.stack(list(Dreamer(state).run(latents.z_TL[:20], 400, temperature, generator(0, 0), "never")))
        assert torch.cdist(z, latents.z_TL[:60]).min(1).values.max() < 1.0
        assert 0.3 < float((z[-100:][1:] - z[-100:][:-1]).norm(dim=1).mean() / moves) < 3


def test_a_movement_never_leads_across_a_cut(two_shots):
    latents, state = two_shots
    z = torch.stack(list(Dreamer(state).run(latents.z_TL[:60], 300, 1.0, generator(3, 0), "never")))
    assert torch.cdist(z, latents.z_TL[60:]).min() > 5


def test_cuts_come_as_often_as_in_the_film_and_lead_to_beginnings(two_shots):
    latents, state = two_shots
    steps = list(Dreamer(state).steps(latents.z_TL[:1], 1500, 0.8, generator(0, 0), "film"))
    places = [number for number, (_, is_cut) in enumerate(steps) if is_cut]
    assert len(places) == pytest.approx(1500 / 50, rel=0.25)
    begins = latents.z_TL[[0, 60]]
    assert all(any(torch.equal(steps[place][0], begin) for begin in begins) for place in places)


def test_a_dream_that_glides_has_no_jumps(two_shots):
    latents, state = two_shots
    steps = list(Dreamer(state).steps(latents.z_TL[:1], 400, 0.5, generator(0, 0), "glide"))
    z = torch.stack([one for one, _ in steps])
    jump = (latents.z_TL[60] - latents.z_TL[59]).norm()
    assert not any(is_cut for _, is_cut in steps)
    assert torch.cdist(z[-300:], latents.z_TL[60:]).min() < 1
    assert (z[1:] - z[:-1]).norm(dim=1).max() < 0.12 * jump


def test_a_dream_begins_where_the_film_is(two_shots):
    latents, state = two_shots
    first = next(Dreamer(state).run(latents.z_TL[:30], 1, 0.0, generator(0, 0)))
    assert (first - latents.z_TL[30]).norm() < 0.1


def test_same_seed_same_numbers_and_another_seed_another_dream(two_shots):
    latents, state = two_shots
    again = train_dreamer(latents, 1, steps=30)
    assert state.keys() == again.keys()
    assert all(torch.equal(state[name], again[name]) for name in state)
    dreams = [
        torch.stack(list(Dreamer(one).run(latents.z_TL[:9], 50, 0.8, generator(seed, 0))))
        for one, seed in ((state, 0), (again, 0), (state, 1))
    ]
    assert torch.equal(dreams[0], dreams[1])
    assert not torch.equal(dreams[0], dreams[2])


@pytest.mark.parametrize(
    "runs",
    [
        [torch.ones(1, 5)],
        [torch.zeros(2, 5)],
        [torch.ones(20, 5)],
        [torch.randn(1, 5, generator=torch.Generator().manual_seed(i)) for i in range(4)],
        [circle(20, latent=5)],
        [circle(13, latent=5), torch.ones(1, 5), circle(2, latent=5)],
    ],
    ids=["one frame", "two", "still", "shots of one frame", "short", "shots of all lengths"],
)
@pytest.mark.parametrize("cuts", ["film", "glide", "never"])
def test_tiny_films_dream(runs, cuts):
    latents = latents_of(*runs)
    dreamer = Dreamer(train_dreamer(latents, 0, steps=2))
    z = torch.stack(list(dreamer.run(latents.z_TL[:1], 60, 1.0, generator(0, 0), cuts)))
    assert z.shape == (60, 5)
    assert torch.cdist(z, latents.z_TL).min(1).values.max() < 6


def test_what_is_learned_of_a_long_film_is_small():
    chance = torch.Generator().manual_seed(0)
    runs = [torch.randn(3, 200, generator=chance).cumsum(0) for _ in range(900)]
    state = train_dreamer(latents_of(*runs), 0, steps=1)
    assert sum(value.numel() for value in state.values()) * 4 <= 4_500_000
    assert all(value.dtype == torch.float32 for value in state.values())


def test_it_learns_as_long_as_it_may():
    ticks = iter(range(1000))
    seen = []
    train_dreamer(latents_of(circle(30)), 0, seconds=5, clock=lambda: next(ticks), report=seen.append)
    assert 3 <= next(ticks) <= 8
    assert seen[-1].done == seen[-1].total


def test_nothing_to_learn_from_is_told():
    with pytest.raises(InputError, match="no latents"):
        train_dreamer(latents_of(torch.zeros(0, 3)), 0, steps=1)


@pytest.mark.parametrize("damage", ["gone", "short", "network"])
def test_damaged_numbers_are_told_in_one_line(two_shots, damage):
    state = dict(two_shots[1])
    if damage == "gone":
        del state["rule_FK"]
    elif damage == "short":
        state["starts_CL"] = state["starts_CL"][:, 1:]
    else:
        state["network.head.weight"] = state["network.head.weight"][1:]
    with pytest.raises(WeightsError, match="train it again") as caught:
        Dreamer(state)
    assert "\n" not in str(caught.value)
