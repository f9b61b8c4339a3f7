"""Who learns from which loss (Larsen et al. 2015), and that the gradients are those of the equations."""

import math
from dataclasses import replace

import pytest
import torch

from mutoscope.autoencode.discriminator import new_discriminator
from mutoscope.autoencode.larsen import (
    EQUILIBRIUM,
    MARGIN,
    Losses,
    Networks,
    balance_of,
    gamma_of,
    gradients_of,
    larsen_losses,
)
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.random import generator

PROFILE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2, kernel=5, bottleneck=0)
NAMES = ("encoder", "decoder", "discriminator")


def networks() -> Networks:
    encoder, decoder = new_networks(PROFILE, generator(1, 0, "networks"))
    critic = new_discriminator(PROFILE, generator(1, 0, "critic"))
    # In evaluation the power iteration of the spectral norm stands still: the loss is one function of the weights.
    return Networks(encoder.eval(), decoder.eval(), critic.eval())


def losses_of(nets: Networks, noise: float = 1.0) -> Losses:
    chance = generator(2, 0, "batch")
    x = torch.rand((3, 3, 16, 32), generator=chance)
    epsilon, z_p = torch.randn((3, 8), generator=chance), torch.randn((3, 8), generator=chance)
    return larsen_losses(nets, x, epsilon, z_p, noise)


def lengths(nets: Networks, losses: Losses) -> dict[str, float]:
    gradients = gradients_of(nets, losses, gamma=0.5)
    return {name: math.sqrt(sum(float(g.square().sum()) for g in getattr(gradients, name))) for name in NAMES}


@pytest.mark.parametrize(
    ("loss", "reached"),
    [("prior", {"encoder"}), ("like", {"encoder", "decoder"}), ("gan", {"decoder", "discriminator"})],
)
def test_each_loss_reaches_the_networks_that_the_paper_says_and_none_other(loss, reached):
    nets = networks()
    whole = losses_of(nets)
    alone = replace(whole, **{name: 0 * getattr(whole, name) for name in ("prior", "like", "gan") if name != loss})

    found = lengths(nets, alone)

    assert {name for name in NAMES if found[name] > 1e-4} == reached
    assert all(found[name] == 0 for name in NAMES if name not in reached)


def test_each_loss_alone_would_reach_further():
    # What is not asked for is there: without the rule the encoder would hear the discriminator.
    nets = networks()
    losses = losses_of(nets)

    to_encoder = torch.autograd.grad(losses.gan, nets.encoder.project.weight, retain_graph=True)[0]
    to_critic = torch.autograd.grad(losses.like, nets.discriminator.layers[0].weight)[0]

    assert to_encoder.norm() > 1e-5
    assert to_critic.norm() > 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_those_of_the_equations(name):
    nets, gamma = networks(), 0.01
    gradients = getattr(gradients_of(nets, losses_of(nets), gamma), name)
    length = math.sqrt(sum(float(g.square().sum()) for g in gradients))
    goal = {
        "encoder": lambda loss: loss.prior + loss.like,
        "decoder": lambda loss: gamma * loss.like - loss.gan,
        "discriminator": lambda loss: loss.gan,
    }[name]
    step = min(1e-3, 0.01 / length)  # the kinks of the networks are near

    def at(distance: float) -> float:
        with torch.no_grad():
            for parameter, gradient in zip(getattr(nets, name).parameters(), gradients, strict=True):
                parameter.add_(gradient / length, alpha=distance)
            return float(goal(losses_of(nets)))

    ahead = at(step)
    behind = at(-2 * step)

    assert (ahead - behind) / (2 * step) == pytest.approx(length, rel=0.02)


def test_the_prior_is_the_divergence_from_the_normal_cloud():
    nets = networks()
    losses = losses_of(nets)
    chance = generator(2, 0, "batch")
    mean, log_variance = nets.encoder(torch.rand((3, 3, 16, 32), generator=chance))
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())

    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()

    assert losses.prior.item() == pytest.approx(expected.item(), rel=1e-5)


def test_without_noise_the_reconstruction_is_that_of_the_mean():
    nets = networks()
    x = torch.rand((3, 3, 16, 32), generator=generator(2, 0, "batch"))

    assert torch.equal(losses_of(nets, noise=0).y_N3HW, nets.decoder(torch.cat([nets.encoder(x)[0]] * 2))[:3])
    assert not torch.equal(losses_of(nets, noise=0).y_N3HW, losses_of(nets, noise=1).y_N3HW)


def test_gamma_is_that_of_the_authors_at_the_size_of_the_seed():
    # 320 features of 144 / 8 by 256 / 8: the third convolution of the network of 2016.
    zero = torch.zeros(())
    losses = Losses(zero, zero, zero, zero, zero, zero, 320 * 18 * 32)

    assert gamma_of(losses) == pytest.approx(5e-5, rel=0.1)


@pytest.mark.parametrize(
    ("real", "made", "decoder", "discriminator"),
    [
        (0.7, 0.7, True, True),
        (0.2, 0.7, True, False),
        (0.7, 0.2, True, False),
        (1.2, 0.7, False, True),
        (0.7, 1.2, False, True),
        (0.2, 1.2, True, True),
    ],
)
def test_who_wins_too_clearly_rests_and_never_both(real, made, decoder, discriminator):
    zero = torch.zeros(())
    losses = Losses(zero, zero, zero, torch.tensor(real), torch.tensor(made), zero, 1)

    balance = balance_of(losses)

    assert (balance.decoder, balance.discriminator) == (decoder, discriminator)
    assert pytest.approx(0.68, abs=0.01) == EQUILIBRIUM
    assert MARGIN == 0.35
