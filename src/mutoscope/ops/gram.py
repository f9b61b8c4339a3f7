"""Second-order statistics of feature maps: what the field calls style."""

from torch import Tensor

__all__ = ["gram_matrix", "mean_covariance"]


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
