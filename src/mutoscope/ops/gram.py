"""Second-order statistics of feature maps: what the field calls style."""

from torch import Tensor

__all__ = ["covariance_of", "gram_matrix", "mean_covariance", "moments"]


def gram_matrix(features_NFHW: Tensor) -> Tensor:
    """Correlate every feature map with every other, over all positions.

    G_ij = sum_k F_ik F_jk (Gatys et al. 2016, eq. 3). Not divided by anything: the losses do that.

    Returns:
        N,F,F, symmetric, positive semi-definite.

    """
    maps_NFM = features_NFHW.flatten(2)
    return maps_NFM @ maps_NFM.mT


def mean_covariance(features_NFHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance of the feature vectors over all positions.

    The Gram matrix mixes the two; apart, each can be weighed by its own size, and brightness no longer
    drowns texture (Li et al. 2017; crowsonkb's style-transfer-pytorch).

    Returns:
        mean N,F and covariance N,F,F (divided by the number of positions).

    """
    maps_NFM = features_NFHW.flatten(2)
    mean_NF = maps_NFM.mean(2)
    centred_NFM = maps_NFM - mean_NF[:, :, None]
    return mean_NF, centred_NFM @ centred_NFM.mT / maps_NFM.shape[2]


def moments(features_NFHW: Tensor, weights_N1HW: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Sums over the positions of the feature vectors and of their outer products.

    They add up: those of a picture are the sums of those of its parts. With weights they are those of a region
    (guided Gram matrices of Gatys et al. 2017, "Controlling perceptual factors", eq. 6; the guide is squared there).

    Args:
        features_NFHW: features.
        weights_N1HW: weight of each position; None: one each.

    Returns:
        first N,F and second N,F,F; divide by the sum of the weights for means.

    """
    maps_NFM = features_NFHW.flatten(2)
    weighed_NFM = maps_NFM if weights_N1HW is None else maps_NFM * weights_N1HW.flatten(2)
    return weighed_NFM.sum(2), weighed_NFM @ maps_NFM.mT


def covariance_of(first_NF: Tensor, second_NFF: Tensor) -> Tensor:
    """Covariance N,F,F out of the means of vectors and of their outer products."""
    return second_NFF - first_NF[:, :, None] * first_NF[:, None, :]
