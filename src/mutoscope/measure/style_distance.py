"""How far frames are from a style picture, as a backbone sees it."""

import torch
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets, style_losses, style_targets
from mutoscope.ops.resize import resize_to_area

__all__ = ["measure_style", "style_distance"]


def measure_style(backbone: Backbone, style_a_1CHW: Tensor, height: int, width: int) -> StyleTargets:
    """Measure the style picture at the area of the frames: strokes are compared with strokes of their size."""
    return style_targets(backbone, resize_to_area(style_a_1CHW, height * width), "mean_covariance")


def style_distance(backbone: Backbone, x_CHW: Tensor, wanted: StyleTargets) -> float:
    """Relative square error of means and covariances of the features, averaged over layers; 0: the same manner."""
    with torch.inference_mode():
        features = backbone.features(x_CHW[None], LAYERS[backbone.name].style)
        return float(style_losses(features, wanted)[0])
