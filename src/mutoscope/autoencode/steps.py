"""What one step of each phase teaches, and to whom."""

import torch
from torch import Tensor

from mutoscope.autoencode.adversary import (
    Augmentation,
    adaptive_weight,
    diff_augment,
    draw_augmentation,
    features_distance,
    hinge_loss,
)
from mutoscope.autoencode.feed import Batch
from mutoscope.autoencode.larsen import balance_of, gamma_of, gradients_of, larsen_losses
from mutoscope.autoencode.objective import film_losses
from mutoscope.autoencode.phases import Moment
from mutoscope.autoencode.training import Training

__all__ = ["Numbers", "finish_step", "larsen_step", "variational_step"]

Numbers = dict[str, Tensor]
"""Losses of a step by name, not yet read from the device."""

_CRITIC_EVERY = 6
"""In the first phase the discriminator learns each so many steps: it must know the film when it is asked."""
_SIMILARITY = 0.5
_ADVERSARY = 1.0
"""How long the gradients of both may be, beside that of the reconstruction, where nothing is scaled."""


def variational_step(training: Training, batch: Batch, moment: Moment) -> Numbers:
    """Teach encoder and decoder to give the frames back; now and then show the discriminator what they make."""
    params, x_N3HW = training.params, batch.x_N3HW
    with training.fabric.autocast():
        mean_NL, log_variance_NL = training.encoder(x_N3HW)
        z_NL = _drawn(training, mean_NL, log_variance_NL)
        y_N3HW = training.decoder(z_NL)
    losses = film_losses(x_N3HW, y_N3HW, mean_NL, log_variance_NL, batch.num_pairs, params)
    networks = [training.encoder, training.decoder]
    gradients = torch.autograd.grad(losses.total, [p for n in networks for p in n.parameters()])
    num = len(list(training.encoder.parameters()))
    training.apply("encoder", gradients[:num], moment.rate)
    training.apply("decoder", gradients[num:], moment.rate)
    numbers = losses.numbers()
    if training.step % _CRITIC_EVERY == 0:
        numbers["critic"] = _critic_step(training, x_N3HW, y_N3HW.detach(), 1.0)
    return numbers


def finish_step(training: Training, batch: Batch, moment: Moment, push: float) -> Numbers:
    """Let the discriminator push the decoder; the encoder is frozen, so latents and walks stay what they are.

    Args:
        training: networks and optimisers.
        batch: frames.
        moment: rate and ramp.
        push: how hard it may push now, 0..1; the watch lowers it when the frames suffer.

    """
    params, x_N3HW, num = training.params, batch.x_N3HW, len(batch.x_N3HW)
    with torch.no_grad(), training.fabric.autocast():
        mean_NL, log_variance_NL = training.encoder(x_N3HW)
        z_NL = _drawn(training, mean_NL, log_variance_NL)
    push *= moment.push
    with training.fabric.autocast():
        y_M3HW = training.decoder(torch.cat([z_NL, _between(training, z_NL)]))
    losses = film_losses(x_N3HW, y_M3HW[:num], mean_NL, log_variance_NL, batch.num_pairs, params)
    exact_M3HW = torch.autograd.grad(losses.total, y_M3HW, retain_graph=True)[0]
    numbers = losses.numbers()
    gradient_M3HW = exact_M3HW
    if push > 0:
        pushed, told = _push(training, x_N3HW, y_M3HW, exact_M3HW)
        gradient_M3HW = exact_M3HW + push * pushed
        numbers |= told
    gradients = torch.autograd.grad(y_M3HW, list(training.decoder.parameters()), gradient_M3HW)
    training.apply("decoder", gradients, moment.rate)
    numbers["critic"] = _critic_step(training, x_N3HW, y_M3HW.detach(), 1.0)
    return numbers


def larsen_step(training: Training, batch: Batch, moment: Moment) -> Numbers:
    """Teach all three networks as `larsen` says."""
    params, x_N3HW = training.params, batch.x_N3HW
    shape = (len(x_N3HW), params.latent)
    epsilon_NL, z_p_NL = training.noise(shape, "posterior"), training.noise(shape, "prior")
    with training.fabric.autocast():
        losses = larsen_losses(training.networks, x_N3HW, epsilon_NL, z_p_NL, params.noise)
    gradients = gradients_of(training.networks, losses, params.similarity * gamma_of(losses), params.kl)
    balance = balance_of(losses)
    training.apply("encoder", gradients.encoder, moment.rate)
    if balance.decoder:
        training.apply("decoder", gradients.decoder, moment.rate)
    if balance.discriminator:
        training.apply("discriminator", gradients.discriminator, moment.rate)
    told = {"prior": losses.prior, "like": losses.like, "real": losses.real, "made": losses.made}
    told["pixels"] = (losses.y_N3HW - x_N3HW).abs().mean()
    return {name: value.detach() for name, value in told.items()}


def _drawn(training: Training, mean_NL: Tensor, log_variance_NL: Tensor) -> Tensor:
    epsilon_NL = training.noise(tuple(mean_NL.shape), "posterior")
    return mean_NL + training.params.noise * (0.5 * log_variance_NL).exp() * epsilon_NL


def _between(training: Training, z_NL: Tensor) -> Tensor:
    """Give points on the lines between frames: where walks go, and no frame says what is there."""
    chance = training.chance("between")
    num = len(z_NL) // 3
    first_M, second_M = torch.randperm(len(z_NL), generator=chance)[: 2 * num].chunk(2)
    share_M1 = torch.rand((num, 1), generator=chance).to(z_NL)
    return z_NL[first_M] * (1 - share_M1) + z_NL[second_M] * share_M1


def _push(training: Training, x_N3HW: Tensor, y_M3HW: Tensor, exact_M3HW: Tensor) -> tuple[Tensor, Numbers]:
    """Ask the discriminator in which direction the frames look more like the film."""
    num, critic = len(x_N3HW), training.networks.discriminator
    seen = _augmented(training, len(y_M3HW), x_N3HW, "push")
    with torch.no_grad(), training.fabric.autocast():
        _, real = critic(diff_augment(x_N3HW, seen.first(num)))
    with training.fabric.autocast():
        scores_M, made = critic(diff_augment(y_M3HW, seen))
    adversary = -scores_M.mean()
    likeness = features_distance([f[:num] for f in made], real)
    last = next(p for p in reversed(list(training.decoder.last.parameters())) if p.ndim > 1)
    terms = ((adversary, _ADVERSARY), (likeness, _SIMILARITY * training.params.similarity))
    at_exact = torch.autograd.grad(y_M3HW, last, exact_M3HW, retain_graph=True)[0]
    total = torch.zeros_like(y_M3HW)
    for loss, share in terms:
        if share == 0:
            continue
        gradient_M3HW = torch.autograd.grad(loss, y_M3HW, retain_graph=True)[0]
        at_last = torch.autograd.grad(y_M3HW, last, gradient_M3HW, retain_graph=True)[0]
        total += share * adaptive_weight(at_exact, at_last) * gradient_M3HW
    return total, {"adversary": adversary.detach(), "likeness": likeness.detach()}


def _critic_step(training: Training, x_N3HW: Tensor, y_M3HW: Tensor, rate: float) -> Tensor:
    """Teach the discriminator to tell frames of the film from made ones; nothing else learns."""
    critic = training.networks.discriminator
    num = len(x_N3HW)
    both = torch.cat([x_N3HW, y_M3HW])
    how = _augmented(training, len(both), x_N3HW, "critic")
    with training.fabric.autocast():
        scores, _ = critic(diff_augment(both, how))
    loss = hinge_loss(scores[:num], scores[num:])
    training.apply("discriminator", torch.autograd.grad(loss, list(critic.parameters())), rate)
    return loss.detach()


def _augmented(training: Training, num: int, like_N3HW: Tensor, purpose: str) -> Augmentation:
    height, width = like_N3HW.shape[2:]
    return draw_augmentation(num, height, width, training.chance(purpose))
