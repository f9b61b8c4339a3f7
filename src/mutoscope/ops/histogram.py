"""Histogram loss (Risser, Wilmot and Barnes 2017, "Stable and controllable neural texture synthesis", section 4).

Features are held to what they would be if each map had the histogram of the style picture's map. It keeps the range
of the activations, which mean and covariance leave free.
"""

import torch
from torch import Tensor

from mutoscope.ops.quantiles import quantiles

__all__ = ["histogram_loss", "histogram_match"]


def histogram_match(features_FM: Tensor, wanted_FQ: Tensor) -> Tensor:
    """Replace the k-th smallest value of each map by the k-th smallest that is wanted.

    Args:
        features_FM: F maps of M positions.
        wanted_FQ: quantiles of each map, ascending; any number.

    Returns:
        F,M, without gradient.

    Differs from Risser et al. (2017): by rank, not by a histogram of 255 bins, so that nothing is rounded.

    """
    with torch.no_grad():
        ranks_FM = features_FM.argsort(1)
        return torch.empty_like(features_FM).scatter_(1, ranks_FM, quantiles(wanted_FQ, features_FM.shape[1]))


def histogram_loss(features_FM: Tensor, wanted_FQ: Tensor) -> Tensor:
    """L_hist of one layer: mean square distance of each map from its histogram-matched self, in units of variance.

    The matched maps are constants to the gradient, as in the paper (eq. 7).
    """
    spread = wanted_FQ.var(1, correction=0).mean().clamp_min(1e-12)
    return (features_FM - histogram_match(features_FM, wanted_FQ)).square().mean() / spread
