"""The network that knows which latents follow each other, and how likely it finds what came."""

import math

import torch
from torch import Tensor, nn

__all__ = ["HIDDEN", "MIXTURES", "DreamNetwork", "State", "mixture_nll"]

HIDDEN = 256
MIXTURES = 5

State = tuple[Tensor, Tensor]
"""Hidden and cell state of the LSTM, 1,N,256 each."""

_LEAST_LOG_SIGMA = -3.0
_LOG_2_PI = math.log(2 * math.pi)


class DreamNetwork(nn.Module):
    """A mixture density network on an LSTM, after Ha & Schmidhuber (2018), "World Models".

    It works on what a linear prediction leaves over, in units of how far that usually errs: without any training it
    knows already how the film moves.

    Args:
        num: components that a latent consists of here.
        chance: draws the first weights.

    """

    def __init__(self, num: int, chance: torch.Generator | None = None) -> None:
        super().__init__()
        self.num = num
        # Differs from Ha & Schmidhuber: beside where the film is, the network sees how fast it moves, and whether it
        # has just been cut.
        self.lstm = nn.LSTM(2 * num + 1, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, MIXTURES * (2 + num) + num)
        if chance is not None:
            _draw(self, chance)

    def forward(self, x_NTF: Tensor, state: State | None = None) -> tuple[tuple[Tensor, Tensor, Tensor], State]:
        """Give logits N,T,M, means and log standard deviations N,T,M,K of what comes next, and the new state."""
        h_NTF, state = self.lstm(x_NTF, state)
        out = self.head(h_NTF)
        logit, width, mean, shape = out.split([MIXTURES, MIXTURES, MIXTURES * self.num, self.num], -1)
        # Differs from Ha & Schmidhuber: the Gaussians are wide or narrow as a whole, in one shape; that is enough for
        # calm and for quick movement, and takes half the numbers.
        log_sigma = width[..., None] + shape[..., None, :]
        return (logit, mean.unflatten(-1, (MIXTURES, self.num)), log_sigma.clamp(_LEAST_LOG_SIGMA, 3.0)), state


def mixture_nll(logit_NM: Tensor, mean_NMK: Tensor, log_sigma_NMK: Tensor, x_NK: Tensor) -> Tensor:
    """Negative logarithm of the density of a mixture of axis-parallel Gaussians: -log sum_m p_m prod_k N(x_k), N.

    Source: Bishop (1994), "Mixture Density Networks", equation 29.
    """
    share_NMK = (x_NK.unsqueeze(-2) - mean_NMK) * torch.exp(-log_sigma_NMK)
    log_NM = -(0.5 * share_NMK.square() + log_sigma_NMK + 0.5 * _LOG_2_PI).sum(-1)
    return -torch.logsumexp(torch.log_softmax(logit_NM, -1) + log_NM, -1)


def _draw(network: DreamNetwork, chance: torch.Generator) -> None:
    bound = HIDDEN**-0.5
    with torch.no_grad():
        for weight in network.lstm.parameters():
            weight.uniform_(-bound, bound, generator=chance)
        # At first it adds nothing to the linear prediction, but some spread to tell the Gaussians apart.
        network.head.weight.uniform_(-0.1 * bound, 0.1 * bound, generator=chance)
        network.head.bias.zero_()
