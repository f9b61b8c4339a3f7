"""Sliced Wasserstein distance of feature clouds (Heitz et al. 2021, "A sliced Wasserstein loss for neural textures").

Gram matrices know the second moments of the features only; sorted projections know their whole distribution.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mutoscope.ops.quantiles import blend_quantiles

__all__ = ["directions", "sliced_wasserstein_loss"]


def directions(num: int, num_features: int, generator: torch.Generator) -> Tensor:
    """Draw directions D,F of length one, evenly over the sphere, on the CPU."""
    drawn_DF = torch.randn(num, num_features, generator=generator)
    lengths_D1: Tensor = torch.linalg.vector_norm(drawn_DF, dim=1, keepdim=True)
    return drawn_DF / lengths_D1.clamp_min(1e-12)


def sliced_wasserstein_loss(
    features_FM: Tensor, wanted_FM: Sequence[Tensor], shares: Sequence[float], directions_DF: Tensor
) -> Tensor:
    """Mean over directions of the squared distance between sorted projections (Heitz et al. 2021, eq. 6).

    Args:
        features_FM: feature vectors at M positions.
        wanted_FM: those of one or several style pictures, each with a number of positions of its own.
        shares: of the style pictures; their quantiles are averaged, which is the barycentre of the projections.
        directions_DF: of length one.

    Differs from Heitz et al. (2021): numbers of positions may differ, quantiles are interpolated.

    """
    with torch.no_grad():
        wanted_DM = blend_quantiles([directions_DF @ w_FM for w_FM in wanted_FM], shares, features_FM.shape[1])
    got_DM = (directions_DF @ features_FM).sort(1).values
    return (got_DM - wanted_DM).square().mean()
