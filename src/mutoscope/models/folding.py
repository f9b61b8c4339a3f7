"""Batch norms merged into the convolutions before them, when weights are loaded."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

__all__ = ["fold_batch_norm", "fold_state"]


def fold_batch_norm(
    weight: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, *, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Merge a batch norm (Ioffe & Szegedy 2015, algorithm 2) into the convolution before it.

    Args:
        weight: O,I,kH,kW of a convolution without bias.
        gamma: O, learned gain.
        beta: O, learned offset.
        mean: O, running mean.
        variance: O, running variance.
        epsilon: what the norm adds to the variance.

    Returns:
        weight and bias of one convolution that does the work of both.

    """
    # In float64, so that folding costs no digit.
    gain = gamma.double() / torch.sqrt(variance.double() + epsilon)
    bias = beta.double() - mean.double() * gain
    return (weight.double() * gain.view(-1, 1, 1, 1)).to(weight.dtype), bias.to(weight.dtype)


def fold_state(state: Mapping[str, Tensor], convs: Iterable[tuple[str, str, str]], epsilon: float) -> dict[str, Tensor]:
    """Fold every convolution with a batch norm behind it; other tensors keep their names.

    Args:
        state: published state dict.
        convs: for each convolution our name, its published name, and the published name of its batch norm.
        epsilon: of the batch norms.

    Raises:
        KeyError: a tensor is missing.

    """
    rest = {name: value for name, value in state.items() if not name.endswith(".num_batches_tracked")}
    folded: dict[str, Tensor] = {}
    for ours, conv, norm in convs:
        parts = [rest.pop(f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        weight, bias = fold_batch_norm(rest.pop(f"{conv}.weight"), *parts, epsilon=epsilon)
        folded |= {f"{ours}.weight": weight, f"{ours}.bias": bias}
    return folded | rest
