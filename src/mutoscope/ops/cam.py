"""Class activation maps: which places of a picture speak for a class. Plain sums, no gradients."""

import torch
from torch import Tensor

__all__ = ["class_activation_maps", "spread_over_likes"]


def class_activation_maps(features_FHW: Tensor, weights_KF: Tensor) -> Tensor:
    """Say how much each place speaks for each class (Zhou et al. 2016, eq. 2).

    For networks that end in global average pooling and one linear layer: the mean of a class's map over all places,
    plus the layer's bias, is the score of that class before softmax.

    Args:
        features_FHW: output of the last convolution, after its activation function.
        weights_KF: rows of the linear layer, of the wanted classes.

    Returns:
        K,H,W; no bounds, negative where a place speaks against the class.

    """
    return torch.einsum("kf,fhw->khw", weights_KF, features_FHW)


def spread_over_likes(maps_Khw: Tensor, features_Fhw: Tensor, *, sharpness: float = 3, steps: int = 2) -> Tensor:
    """Spread maps over all places that look alike, by a random walk.

    A class is told by a part, a dog's head; the walk carries its map over the whole dog, as Ahn and Kwak (2018) do
    with affinities that they train. Here two places are as near as their features point the same way.

    Args:
        maps_Khw: not negative.
        features_Fhw: of a middle layer, at the same size.
        sharpness: exponent of the affinity; higher stays closer.
        steps: of the walk.

    Returns:
        K,h,w; on the scale of the maps that came, within their range.

    """
    features_FP = features_Fhw.flatten(1) - features_Fhw.mean((1, 2))[:, None]
    features_FP = features_FP / features_FP.norm(dim=0).clamp_min(1e-6)
    near_PP = (features_FP.T @ features_FP).clamp_min(0) ** sharpness
    near_PP = near_PP / near_PP.sum(1, keepdim=True).clamp_min(1e-6)
    spread_PK = maps_Khw.flatten(1).T
    for _ in range(steps):
        spread_PK = near_PP @ spread_PK
    return spread_PK.T.reshape(maps_Khw.shape)
