"""What encoder and decoder learn together before the discriminator has a say.

With x the frames, y their reconstructions, q(z|x) = N(mean, exp(log_variance)), D numbers in a frame:

    total = pixels + structure + kl * prior + motion * movement
    pixels    = mean |x - y|
    structure = w_s (1 - MS-SSIM(x, y))                       of lightness, Wang et al. (2003)
    prior     = s / D sum_l max(lambda, mean_N KL_l)          free bits, Kingma et al. (2016)
    KL_l      = (mean_l^2 + exp(log_variance_l) - 1 - log_variance_l) / 2
    movement  = w_m mean_P sum_b max(0, <u,u>_b - <u,v>_b) / |u|_b / sum_b |u|_b
                over pairs of neighbours x, x' and windows b of 8x8 pixels, with u = x' - x, v = y' - y

`s` is the mean error that a trained network reaches: (pixels + prior) / s is, but for constants, the evidence lower
bound of a Laplace likelihood of that scale, so that a `kl` of 1 neither blurs the film nor lets the latents fall apart.
The movement term is the share of each movement that is lost: 1 - <u,v>/<u,u> is how much shorter the movement became
in its own direction, whatever else changes. Movements of one level count as much as those of twenty. Without it, a
third of all slow movement is lost, for it costs nearly nothing to show the mean of similar frames. (The error |u - v|
in its place makes this worse: where the network is unsure, it is smallest for no movement at all.)
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.autoencode.train_params import TrainAutoencoderParams

__all__ = ["Losses", "film_losses", "movement_loss", "prior_loss", "structure_loss"]

_STRUCTURE, _PRIOR, _MOVEMENT = 0.1, 0.02, 0.015
_FREE_NATS = 0.05
"""Nats of each latent that cost nothing, so that none is given up early."""

_LEVEL, _STILL = 1 / 255, 0.001
_WINDOW_PX, _STEP_PX = 8, 4
"""Windows of structure and movement; every fourth place is enough for a gradient, and twelve times as fast as all."""
_SCALES = 3
_K1, _K2 = 0.01, 0.03


@dataclass(frozen=True)
class Losses:
    """The terms of one batch, weighed."""

    pixels: Tensor
    structure: Tensor
    prior: Tensor
    movement: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.pixels + self.structure + self.prior + self.movement

    def numbers(self) -> dict[str, Tensor]:
        """Give each term, not yet read from the device."""
        return {name: value.detach() for name, value in vars(self).items()}

    def floats(self) -> dict[str, float]:
        """Give each term as a number."""
        return {name: float(value) for name, value in self.numbers().items()}


def film_losses(
    x_N3HW: Tensor,
    y_N3HW: Tensor,
    mean_NL: Tensor,
    log_variance_NL: Tensor,
    num_pairs: int,
    params: TrainAutoencoderParams,
) -> Losses:
    """Judge reconstructions.

    Args:
        x_N3HW: frames, 0..1.
        y_N3HW: what became of them.
        mean_NL: where the encoder saw them.
        log_variance_NL: how unsurely.
        num_pairs: so many frames at the beginning are followed by as many neighbours, in the same order.
        params: weights `kl` and `motion`.

    """
    movement = y_N3HW.new_zeros(())
    if num_pairs and params.motion > 0:
        first, second = slice(0, num_pairs), slice(num_pairs, 2 * num_pairs)
        movement = movement_loss(x_N3HW[second] - x_N3HW[first], y_N3HW[second] - y_N3HW[first])
    return Losses(
        pixels=(y_N3HW - x_N3HW).abs().mean(),
        structure=_STRUCTURE * structure_loss(x_N3HW, y_N3HW),
        prior=params.kl * _PRIOR * prior_loss(mean_NL, log_variance_NL) / x_N3HW[0].numel(),
        movement=params.motion * _MOVEMENT * movement,
    )


def structure_loss(x_N3HW: Tensor, y_N3HW: Tensor) -> Tensor:
    """One minus MS-SSIM of lightness over three scales (Wang et al. 2003); 0 for equal frames, at most 2.

    Differs from the paper: scales are averaged instead of multiplied (a product has no gradient near 0), windows are
    square.
    """
    x_N1HW, y_N1HW = _lightness(x_N3HW), _lightness(y_N3HW)
    losses = []
    for scale in range(_SCALES):
        if scale:
            x_N1HW, y_N1HW = nnf.avg_pool2d(x_N1HW, 2), nnf.avg_pool2d(y_N1HW, 2)
        is_last = scale == _SCALES - 1 or min(x_N1HW.shape[2:]) < 2 * _WINDOW_PX
        losses.append(1 - _likeness(x_N1HW, y_N1HW, with_means=is_last).mean())
        if is_last:
            break
    return torch.stack(losses).mean()


def prior_loss(mean_NL: Tensor, log_variance_NL: Tensor) -> Tensor:
    """Divergence of the posterior from N(0, I), nats a frame; what each latent has for free counts in full.

    KL(N(m, s^2) || N(0, 1)) = (m^2 + s^2 - 1 - log s^2) / 2 (Kingma and Welling 2014, appendix B).
    """
    nats_NL = 0.5 * (mean_NL.square() + log_variance_NL.exp() - 1 - log_variance_NL)
    return nats_NL.mean(0).clamp_min(_FREE_NATS).sum()


def movement_loss(moved_x_P3HW: Tensor, moved_y_P3HW: Tensor) -> Tensor:
    """Share of the movement between neighbours that is lost; 0 for all of it, 1 where nothing moves any more.

    Args:
        moved_x_P3HW: each frame's neighbour minus the frame.
        moved_y_P3HW: the same of the reconstructions.

    """
    wanted_P1HW = _over_windows(moved_x_P3HW.square().mean(1, keepdim=True))
    given_P1HW = _over_windows((moved_x_P3HW * moved_y_P3HW).mean(1, keepdim=True))
    length_P1HW = wanted_P1HW.add(_STILL**2).sqrt()
    lost_P = ((wanted_P1HW - given_P1HW).relu() / length_P1HW).flatten(1).mean(1)
    # One level more: noise of a still camera is no movement.
    return (lost_P / (length_P1HW.flatten(1).mean(1) + _LEVEL)).mean()


def _lightness(x_N3HW: Tensor) -> Tensor:
    return (x_N3HW * x_N3HW.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _likeness(x_N1HW: Tensor, y_N1HW: Tensor, *, with_means: bool) -> Tensor:
    planes = torch.cat([x_N1HW, y_N1HW, x_N1HW.square() + y_N1HW.square(), x_N1HW * y_N1HW])
    mean_x, mean_y, squares, product = _over_windows(planes).chunk(4)
    both, means = mean_x * mean_y, mean_x.square() + mean_y.square()
    likeness = (2 * (product - both) + _K2**2) / (squares - means + _K2**2)
    return likeness * (2 * both + _K1**2) / (means + _K1**2) if with_means else likeness


def _over_windows(x_N1HW: Tensor) -> Tensor:
    sides = [min(_WINDOW_PX, side) for side in x_N1HW.shape[2:]]
    return nnf.avg_pool2d(x_N1HW, sides, _STEP_PX)
