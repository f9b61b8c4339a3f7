"""Sorted values, resampled and blended: the one-dimensional side of optimal transport."""

from collections.abc import Sequence

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["blend_quantiles", "quantiles"]


def quantiles(values_FM: Tensor, num: int) -> Tensor:
    """Sort each row and resample it to F,num values, in the middles of `num` equal shares, interpolated."""
    sorted_FM = values_FM.sort(1).values
    if sorted_FM.shape[1] == num:
        return sorted_FM
    if num < sorted_FM.shape[1]:
        # Shares are averaged, not picked: the mean of a row stays what it is.
        return nnf.interpolate(sorted_FM[None], num, mode="area")[0]
    return nnf.interpolate(sorted_FM[None], num, mode="linear", align_corners=False)[0]


def blend_quantiles(clouds_FM: Sequence[Tensor], shares: Sequence[float], num: int) -> Tensor:
    """Blend the distributions of rows by their quantiles: the barycentre of one-dimensional transport.

    Args:
        clouds_FM: values, F rows each, in any order.
        shares: of each; they sum to one.
        num: quantiles that come out.

    Returns:
        F,num, each row ascending.

    """
    return torch.stack([share * quantiles(c, num) for c, share in zip(clouds_FM, shares, strict=True)]).sum(0)
