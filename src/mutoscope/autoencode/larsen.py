"""The model of the seed: a variational autoencoder that learns by a discriminator's eyes (Larsen et al. 2015).

With mu, sigma = Enc(x), z = mu + sigma eps, eps ~ N(0, I), x~ = Dec(z), z_p ~ N(0, I), x_p = Dec(z_p), and Dis_l(x)
the features of layer l of the discriminator (arXiv 1512.09300, equations 5, 7, 8 and algorithm 1):

    L_prior = KL(q(z|x) || p(z))        = 1/2 sum_j (mu_j^2 + sigma_j^2 - 1 - log sigma_j^2)
    L_like  = -E[log p(Dis_l(x) | z)]   = 1/2 sum_i (Dis_l(x)_i - Dis_l(x~)_i)^2        (unit variance, no constant)
    L_GAN   = log Dis(x) + log(1 - Dis(x~)) + log(1 - Dis(x_p))

    Enc goes down  L_prior + L_like
    Dec goes down  gamma L_like + L_GAN
    Dis goes up    L_GAN

The paper writes "gamma L_like - L_GAN" and "L_GAN" for what Dec and Dis go down: there L_GAN is the cross entropy, the
sum above with the other sign. `Losses.gan` is this cross entropy. L_GAN says nothing to Enc, though x~ is made of its
z, and L_like nothing to Dis, though it is made of its features; `gradients_of` asks for no other gradients.

Broad's code of 2016 differs from the paper by mistakes (the lists of the encoder's and the decoder's variables are
swapped), which are not copied. Differs from both: the features of each channel are divided by their standard deviation
over the frames of the batch, which batch norm did there; spectral norm alone leaves them so small that L_prior wins.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.autoencode.discriminator import Discriminator
from mutoscope.autoencode.networks import Decoder, Encoder

__all__ = ["Balance", "Gradients", "Losses", "Networks", "balance_of", "gamma_of", "gradients_of", "larsen_losses"]

EQUILIBRIUM = math.log(2) * 0.98
"""A discriminator that knows nothing has a cross entropy of log 2 a frame; theirs is 0.68."""
MARGIN = 0.35
LAYER = 2
"""Which features are compared: those of the third convolution, as in the authors' code (recon_depth 9)."""
_GAMMA_FEATURES = 10.0
"""gamma times the number of features: 5e-5 for the frames of the seed, what the authors' code has by default."""
_LEAST_DEVIATION = 0.1
_EPSILON = 1e-8


@dataclass(frozen=True)
class Networks:
    """The three networks.

    Attributes:
        encoder: Enc.
        decoder: Dec.
        discriminator: Dis.

    """

    encoder: Encoder
    decoder: Decoder
    discriminator: Discriminator


@dataclass(frozen=True)
class Losses:
    """What the three networks learn by, means over the batch.

    Attributes:
        prior: L_prior.
        like: L_like.
        gan: cross entropy of the discriminator, -L_GAN.
        real: its part of the film's frames, per frame.
        made: its part of the made frames, per frame.
        y_N3HW: the reconstruction, x~.
        num_features: how many are compared, per frame.

    """

    prior: Tensor
    like: Tensor
    gan: Tensor
    real: Tensor
    made: Tensor
    y_N3HW: Tensor
    num_features: int


@dataclass(frozen=True)
class Gradients:
    """One gradient for each parameter of each network, in the order of `parameters()`."""

    encoder: tuple[Tensor, ...]
    decoder: tuple[Tensor, ...]
    discriminator: tuple[Tensor, ...]


@dataclass(frozen=True)
class Balance:
    """Who learns in a step; the encoder always does."""

    decoder: bool
    discriminator: bool


def larsen_losses(networks: Networks, x_N3HW: Tensor, epsilon_NL: Tensor, z_p_ML: Tensor, noise: float = 1.0) -> Losses:
    """Compute all losses of a batch.

    Args:
        networks: the three.
        x_N3HW: frames, 0..1.
        epsilon_NL: standard normal noise of the posterior.
        z_p_ML: latents drawn from the prior.
        noise: factor of epsilon.

    """
    mean_NL, log_variance_NL = networks.encoder(x_N3HW)
    z_NL = mean_NL + noise * (0.5 * log_variance_NL).exp() * epsilon_NL
    made = networks.decoder(torch.cat([z_NL, z_p_ML]))
    num = len(x_N3HW)
    scores, features = networks.discriminator(torch.cat([x_N3HW, made]))
    compared = features[min(LAYER, len(features) - 1)].float()
    difference = ((compared[:num] - compared[num : 2 * num]) / _deviation(compared[:num])).flatten(1)
    prior = 0.5 * (mean_NL.square() + log_variance_NL.exp() - 1 - log_variance_NL).sum(1).mean()
    like = 0.5 * difference.square().sum(1).mean()
    real = nnf.softplus(-scores[:num]).mean()
    recon, drawn = nnf.softplus(scores[num : 2 * num]).mean(), nnf.softplus(scores[2 * num :]).mean()
    made_bce = 0.5 * (recon + drawn)
    return Losses(prior, like, real + recon + drawn, real, made_bce, made[:num], difference.shape[1])


def _deviation(features_NCHW: Tensor) -> Tensor:
    """Give each channel's standard deviation; those of channels that say next to nothing are not made larger."""
    deviation_C = features_NCHW.detach().var((0, 2, 3), keepdim=True, correction=0).sqrt()
    return deviation_C.clamp_min(_LEAST_DEVIATION * deviation_C.mean()) + _EPSILON


def gamma_of(losses: Losses) -> float:
    """Give the gamma that suits the size of the frames."""
    return _GAMMA_FEATURES / losses.num_features


def gradients_of(networks: Networks, losses: Losses, gamma: float, prior: float = 1.0) -> Gradients:
    """Give each network the gradient of its own losses, and of none other.

    Args:
        networks: the three.
        losses: of one batch.
        gamma: what being like the film counts against fooling the discriminator, in the decoder.
        prior: weight of L_prior; 1 in the paper.

    """
    encoder, decoder, discriminator = (
        list(network.parameters()) for network in (networks.encoder, networks.decoder, networks.discriminator)
    )
    return Gradients(
        _gradient(prior * losses.prior + losses.like, encoder),
        _gradient(gamma * losses.like - losses.gan, decoder),
        _gradient(losses.gan, discriminator),
    )


def _gradient(loss: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    # torch's stubs do not know that a network that has no part gives None.
    found: tuple[Tensor | None, ...] = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    return tuple(torch.zeros_like(p) if g is None else g for g, p in zip(found, parameters, strict=True))


def balance_of(losses: Losses) -> Balance:
    """Let rest who wins too clearly, as the authors' code does, so that neither runs away.

    The discriminator rests when it tells film or made frames too surely (either part below equilibrium - margin), the
    decoder when the discriminator is fooled too well (above equilibrium + margin); both learn when both would rest.
    """
    parts = (float(losses.real.detach()), float(losses.made.detach()))
    discriminator = min(parts) >= EQUILIBRIUM - MARGIN
    decoder = max(parts) <= EQUILIBRIUM + MARGIN
    if not discriminator and not decoder:
        return Balance(decoder=True, discriminator=True)
    return Balance(decoder, discriminator)
