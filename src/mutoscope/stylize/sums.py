"""Sums of the features of a whole picture, gathered tile by tile: what statistics of any size are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets
from mutoscope.ops.gram import covariance_of, moments
from mutoscope.stylize.tiles import Piece, strides_of

__all__ = ["FeatureSums", "means_of", "measure_sums"]


@dataclass
class FeatureSums:
    """Sums over positions of one layer, in float64: of weights, of features 1,F, of outer products 1,F,F."""

    count: float
    first_1F: Tensor
    second_1FF: Tensor

    def add(self, features_1FHW: Tensor, weights_11HW: Tensor | None = None) -> None:
        """Add the positions of one part of the picture."""
        first, second = moments(features_1FHW, weights_11HW)
        here = features_1FHW[0, 0].numel() if weights_11HW is None else float(weights_11HW.double().sum())
        self.count += here
        self.first_1F += first
        self.second_1FF += second

    @classmethod
    def empty(cls, like_1FHW: Tensor) -> "FeatureSums":
        """Start from nothing."""
        num = like_1FHW.shape[1]
        zeros = torch.zeros(1, num, num, dtype=torch.float64, device=like_1FHW.device)
        return cls(0.0, zeros[:, 0].clone(), zeros)


def measure_sums(backbone: Backbone, x_1CHW: Tensor, parts: Iterable[Piece]) -> dict[str, FeatureSums]:
    """Gather the sums of the style layers over a whole picture."""
    sums: dict[str, FeatureSums] = {}
    with torch.no_grad():
        for part in parts:
            features = backbone.features(part.shown.of(x_1CHW), LAYERS[backbone.name].style)
            strides = strides_of(features, part.shown)
            for name, f in features.items():
                own = part.of_features(f, strides[name])
                sums.setdefault(name, FeatureSums.empty(own)).add(own)
    return sums


def means_of(sums: Mapping[str, FeatureSums], statistics: str) -> StyleTargets:
    """Turn sums into targets: mean and covariance, or Gram matrices."""
    found: dict[str, tuple[Tensor, ...]] = {}
    for name, s in sums.items():
        first, second = s.first_1F / s.count, s.second_1FF / s.count
        pair = (first, covariance_of(first, second)) if statistics == "mean_covariance" else (second,)
        found[name] = tuple(t.float() for t in pair)
    return found
