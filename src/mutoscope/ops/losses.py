"""The terms of style transfer. Symbols are those of Gatys et al. (2016) and Ruder et al. (2016).

p is the content picture, a the style picture, x the picture sought; P, A, F their features or Gram matrices;
N_l the number of feature maps of layer l and M_l the number of positions in each.
"""

from torch import Tensor

from mutoscope.ops.gram import gram_matrix

__all__ = [
    "content_loss",
    "gram_loss",
    "relative_square_errors",
    "temporal_loss",
    "total_variation",
]


def content_loss(features_F: Tensor, target_P: Tensor) -> Tensor:
    """L_content of one layer: 1 / (N_l M_l) * sum_ij (F_ij - P_ij)^2, both N,F,H,W."""
    return (features_F - target_P).square().mean()


def gram_loss(features_F: Tensor, target_A: Tensor) -> Tensor:
    """L_style of one layer: 1 / (N_l^2 M_l^2) * sum_ij (G_ij - A_ij)^2.

    Args:
        features_F: N,F,H,W features of x.
        target_A: N,F,F Gram matrix of the style picture, divided by its own number of positions M_a.

    Differs from Gatys et al. (2016): each Gram matrix is divided by its own number of positions, so that the
    style picture may have another size than x; with equal sizes the two are the same.

    """
    num_maps, num_positions = features_F.shape[1], features_F.shape[2] * features_F.shape[3]
    gram_G = gram_matrix(features_F) / num_positions
    return (gram_G - target_A).square().sum() / num_maps**2


def relative_square_errors(value_N: Tensor, target_N: Tensor) -> Tensor:
    """Mean square error in units of the target's own mean square: 1 means as far off as zeros would be.

    Args:
        value_N: N,... of N pictures.
        target_N: 1,... for all of them, or N,... one for each.

    Returns:
        N.

    """
    error_N = (value_N - target_N).square().flatten(1).mean(1)
    return error_N / target_N.square().flatten(1).mean(1).clamp_min(1e-12)


def total_variation(x_NCHW: Tensor) -> Tensor:
    """Sum of squared differences of neighbours, per pixel and channel (Johnson et al. 2016, sec. 3.2).

    A frame that is one pixel wide or high has no neighbours in that direction; that part is then zero.
    """
    down = (x_NCHW[:, :, 1:] - x_NCHW[:, :, :-1]).square().sum()
    right = (x_NCHW[:, :, :, 1:] - x_NCHW[:, :, :, :-1]).square().sum()
    return (down + right) / x_NCHW.numel()


def temporal_loss(x_NCHW: Tensor, warped_NCHW: Tensor, weights_c_N1HW: Tensor) -> Tensor:
    """L_temporal(x, omega, c) = 1/D * sum_k c_k (x_k - omega_k)^2 (Ruder et al. 2016, eq. 6).

    Args:
        x_NCHW: the frame sought.
        warped_NCHW: omega, the previous result warped onto this frame.
        weights_c_N1HW: 1 where the flow can be trusted, 0 at disocclusions and motion boundaries.

    D is the number of values in x.

    """
    return (weights_c_N1HW * (x_NCHW - warped_NCHW).square()).mean()
