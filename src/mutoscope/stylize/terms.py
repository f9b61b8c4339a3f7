"""The style term of the objective, put together from the losses in `ops`."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.models.style_statistics import StyleTargets, style_loss, sum_of
from mutoscope.ops.gram import covariance_of, moments
from mutoscope.ops.grid import mask_on_grid
from mutoscope.ops.histogram import histogram_loss
from mutoscope.ops.losses import relative_square_errors
from mutoscope.ops.sliced_wasserstein import directions, sliced_wasserstein_loss
from mutoscope.stylize.style import Style

__all__ = ["Means", "Region", "loss_of_means", "region_loss", "style_term"]

_NUM_DIRECTIONS = 32
"""Directions of sliced Wasserstein in each layer and step. Heitz et al. (2021) take one for each feature; others are
drawn in each step, so that few suffice, and sorting is what costs."""

_SLICED_UNIT = 8.0
"""Makes sliced Wasserstein pull at a picture as hard as mean and covariance do (median of five pictures: 9.2 times), so
that one beta serves both."""

LEAST_POSITIONS = 4.0
"""Weight of all positions of a layer below which a region has no style there."""

Means = Mapping[str, tuple[Tensor, Tensor]]
"""Per layer: the mean of the feature vectors 1,F and of their outer products 1,F,F."""


@dataclass(frozen=True)
class Region:
    """Where a style is wanted.

    Attributes:
        mask_11HW: 0..1 at the size of the frame, soft at its edge.
        style: what is wanted there.

    """

    mask_11HW: Tensor
    style: Style

    @property
    def area(self) -> float:
        """Share of the frame, 0..1: what the region's style counts."""
        return float(self.mask_11HW.mean())


def style_term(features: Mapping[str, Tensor], style: Style, histogram: float, seed: int) -> Tensor:
    """L_style of a whole picture, or of features picked out of it.

    Args:
        features: 1,F,H,W per layer.
        style: what is wanted.
        histogram: weight of the histogram loss beside the statistics.
        seed: of the directions of sliced Wasserstein.

    """
    loss = style_loss(features, style.moments) if style.moments else _sliced(features, style, seed)
    if histogram > 0:
        loss = loss + histogram * _histograms(features, style.quantiles)
    return loss


def region_loss(features: Mapping[str, Tensor], mask_11HW: Tensor, style: Style, histogram: float, seed: int) -> Tensor:
    """L_style of one region (guided statistics of Gatys et al. 2017, eq. 6 and 7), not weighed by its area.

    Args:
        features: 1,F,H,W per layer, of the network's whole input.
        mask_11HW: at the size of that input.
        style: what is wanted in the region.
        histogram: as in `style_term`.
        seed: as in `style_term`.

    """
    weights = {name: mask_on_grid(mask_11HW, *f.shape[2:]) for name, f in features.items()}
    weights = {name: w for name, w in weights.items() if w.sum() >= LEAST_POSITIONS}
    if not weights:
        return next(iter(features.values())).sum() * 0  # a picture in no region has a gradient too: none
    if style.moments:
        sums = {name: (moments(features[name], w), w.sum()) for name, w in weights.items()}
        means = {name: (first / count, second / count) for name, ((first, second), count) in sums.items()}
        loss = loss_of_means(means, style.moments, len(features))
    else:
        loss = _sliced({name: _picked(features[name], w) for name, w in weights.items()}, style, seed)
    if histogram > 0:
        picked = {name: _picked(features[name], w) for name, w in weights.items()}
        loss = loss + histogram * _histograms(picked, style.quantiles)
    return loss


def loss_of_means(means: Means, targets: StyleTargets, num_layers: int) -> Tensor:
    """L_style out of moments: the same number as `style_loss` out of features, up to rounding.

    Args:
        means: of some or all layers.
        targets: mean and covariance, or Gram matrices.
        num_layers: of all layers, over which relative errors are averaged.

    """
    terms = []
    for name, (first, second) in means.items():
        target = targets[name]
        if len(target) == 1:
            terms.append((second - target[0]).square().sum() / second.shape[1] ** 2)
            continue
        got = (first, covariance_of(first, second))
        terms += [relative_square_errors(g, t)[0] / num_layers for g, t in zip(got, target, strict=True)]
    return sum_of(terms)


def _sliced(features: Mapping[str, Tensor], style: Style, seed: int) -> Tensor:
    """Sliced Wasserstein distances in units of the style's own mean squares, averaged over layers."""
    generator = torch.Generator().manual_seed(seed)
    terms = []
    for name, f in features.items():
        wanted = style.samples[name]
        drawn = directions(_NUM_DIRECTIONS, f.shape[1], generator).to(f)
        size = sum_of([w.square().mean() * share for w, share in zip(wanted, style.shares, strict=True)])
        loss = sliced_wasserstein_loss(f[0].flatten(1), wanted, style.shares, drawn)
        terms.append(loss / size.clamp_min(1e-12))
    return _SLICED_UNIT * sum_of(terms) / len(terms)


def _histograms(features: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
    terms = [histogram_loss(f[0].flatten(1), wanted[name]) for name, f in features.items()]
    return sum_of(terms) / len(terms)


def _picked(features_1FHW: Tensor, weights_11HW: Tensor) -> Tensor:
    """Give the features where the mask is at least half, as 1,F,1,M: a distribution has no soft members."""
    inside = weights_11HW[0, 0] >= 0.5
    if int(inside.sum()) < LEAST_POSITIONS:
        inside = weights_11HW[0, 0] >= weights_11HW.flatten().topk(int(LEAST_POSITIONS)).values[-1]
    return features_1FHW[0, :, inside][None, :, None]
