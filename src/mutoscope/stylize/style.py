"""What a picture's style is held to: the measured statistics of one style picture, or of several blended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets, style_targets
from mutoscope.ops.quantiles import blend_quantiles, quantiles
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.sums import means_of, measure_sums
from mutoscope.stylize.tiles import Piece

__all__ = ["Style", "measure_style", "mix_styles"]

_MOST_SAMPLES = 1 << 16
"""Positions of a layer that are kept for sorting: more do not change a quantile that can be seen."""

_NUM_QUANTILES = 1024


@dataclass(frozen=True)
class Style:
    """What is wanted of the features of each layer.

    Attributes:
        moments: mean and covariance, or the Gram matrix; empty with sliced Wasserstein.
        quantiles: F,Q of each feature map, ascending, for the histogram loss.
        samples: F,M features of each picture, for sliced Wasserstein.
        shares: of the pictures in `samples`; they sum to one.

    """

    moments: StyleTargets
    quantiles: Mapping[str, Tensor] = field(default_factory=dict)
    samples: Mapping[str, tuple[Tensor, ...]] = field(default_factory=dict)
    shares: tuple[float, ...] = (1.0,)


def measure_style(
    backbone: Backbone, a_1CHW: Tensor, params: OptimiseParams, parts: Sequence[Piece] | None = None
) -> Style:
    """Measure a style picture at one scale.

    Args:
        backbone: the network that judges.
        a_1CHW: the style picture, 0..1.
        params: say which statistics.
        parts: where the picture is too large for memory: its parts; moments only are measured then.

    """
    if parts is not None:
        sums = measure_sums(backbone, a_1CHW, parts)
        return Style(means_of(sums, params.statistics))
    moments: StyleTargets = {}
    if params.statistics != "sliced_wasserstein":
        moments = style_targets(backbone, a_1CHW, params.statistics)
        if params.histogram == 0:
            return Style(moments)
    with torch.no_grad():
        maps = {n: f[0].flatten(1) for n, f in backbone.features(a_1CHW, LAYERS[backbone.name].style).items()}
    wanted = {n: quantiles(f, _NUM_QUANTILES) for n, f in maps.items()} if params.histogram > 0 else {}
    sorted_ = params.statistics == "sliced_wasserstein"
    return Style(moments, wanted, {n: (_some(f),) for n, f in maps.items()} if sorted_ else {})


def mix_styles(styles: Sequence[Style], weights: Sequence[float]) -> Style:
    """Blend styles: moments in proportion, distributions by their quantiles.

    Args:
        styles: measured with the same network and parameters.
        weights: not negative, not all zero; only their ratios count.

    """
    total = sum(weights)
    parts = [(style, w / total) for style, w in zip(styles, weights, strict=True) if w > 0]
    if len(parts) == 1:
        return parts[0][0]
    shares = [share for _, share in parts]
    first = parts[0][0]
    return Style(
        moments={
            n: tuple(_blend(tensors, shares) for tensors in zip(*(s.moments[n] for s, _ in parts), strict=True))
            for n in first.moments
        },
        quantiles={
            n: blend_quantiles([s.quantiles[n] for s, _ in parts], shares, _NUM_QUANTILES) for n in first.quantiles
        },
        samples={n: tuple(_all_samples(parts, n)) for n in first.samples},
        shares=tuple(share * inner for s, share in parts for inner in s.shares),
    )


def _blend(tensors: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    return torch.stack([t * share for t, share in zip(tensors, shares, strict=True)]).sum(0)


def _all_samples(parts: Sequence[tuple[Style, float]], name: str) -> Iterator[Tensor]:
    for style, _ in parts:
        yield from style.samples[name]


def _some(maps_FM: Tensor) -> Tensor:
    every = -(-maps_FM.shape[1] // _MOST_SAMPLES)
    return maps_FM[:, ::every].contiguous()
