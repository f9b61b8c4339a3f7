"""What a style picture leaves behind: statistics of its features, and how far others are from them."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.ops.gram import gram_matrix, mean_covariance
from mutoscope.ops.losses import gram_loss, relative_square_errors

__all__ = ["StyleTargets", "stack_targets", "style_loss", "style_losses", "style_targets", "without_rim"]

StyleTargets = Mapping[str, tuple[Tensor, ...]]
"""Per layer: (mean N,F, covariance N,F,F) or (Gram matrix N,F,F,)."""


def style_targets(backbone: Backbone, style_a_1CHW: Tensor, statistics: str, *, rim: int = 0) -> StyleTargets:
    """Measure a style picture once per scale.

    Args:
        backbone: the network that judges.
        style_a_1CHW: 0..1.
        statistics: "mean_covariance", or "gram" as in Gatys et al. (2016).
        rim: positions of each layer's edge that are left out (see `without_rim`).

    """
    layers = LAYERS[backbone.name].style
    with torch.no_grad():
        features = without_rim(backbone.features(style_a_1CHW, layers), rim)
    if statistics == "mean_covariance":
        return {name: mean_covariance(f) for name, f in features.items()}
    return {name: (gram_matrix(f) / f[0, 0].numel(),) for name, f in features.items()}


def style_loss(features: Mapping[str, Tensor], targets: StyleTargets) -> Tensor:
    """L_style of one picture: as `style_losses`, or summed Gram errors (Gatys et al. 2016)."""
    if len(next(iter(targets.values()))) == 1:
        return sum_of([gram_loss(features[name], *target) for name, target in targets.items()])
    return style_losses(features, targets).mean()


def style_losses(features: Mapping[str, Tensor], targets: StyleTargets) -> Tensor:
    """L_style of each picture: relative errors of means and covariances, averaged over layers.

    Args:
        features: N,F,H,W per layer.
        targets: one mean and covariance for all pictures, or one for each.

    Returns:
        N.

    """
    terms = [
        relative_square_errors(got, wanted)
        for name, target in targets.items()
        for got, wanted in zip(mean_covariance(features[name]), target, strict=True)
    ]
    return torch.stack(terms).sum(0) / len(targets)


def stack_targets(targets: Sequence[StyleTargets]) -> StyleTargets:
    """Make one batch out of the targets of several styles."""
    return {
        name: tuple(torch.cat(parts) for parts in zip(*(t[name] for t in targets), strict=True)) for name in targets[0]
    }


def without_rim(features: Mapping[str, Tensor], rim: int) -> dict[str, Tensor]:
    """Leave out the outermost positions of every layer: there the backbone sees its own zero padding.

    Layers that are too small to lose a rim keep it.
    """
    return {
        name: f[:, :, rim:-rim, rim:-rim] if rim > 0 and min(f.shape[2:]) > 4 * rim else f
        for name, f in features.items()
    }


def sum_of(terms: Sequence[Tensor]) -> Tensor:
    """Add tensors (the built-in sum starts from an int, which confuses type checkers)."""
    return torch.stack(list(terms)).sum()
