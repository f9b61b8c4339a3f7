"""Numbers that say what a filter does."""

from typing import Literal

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.filters.network import FilterNetwork, Style, fold_sides
from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.ops.oklab import to_oklab

__all__ = ["MOMENTS", "measure_touch", "moments_distance", "style_moments"]

_LIGHT, _HEAVY = 0.083, 0.096
"""Thirds of the shipped filters."""

MOMENTS = "moments."
"""Prefix of tensors beside a style: mean and deviation of each feature of the style picture, by layer."""


def style_moments(backbone: Backbone, a_1CHW: Tensor) -> dict[str, Tensor]:
    """Measure mean and deviation of every style feature: small enough to travel with a filter (Huang & Belongie 2017).

    Returns:
        per layer a tensor 2,F.

    """
    with torch.no_grad():
        features = backbone.features(a_1CHW, LAYERS[backbone.name].style)
    return {
        f"{MOMENTS}{name}": torch.stack([f.mean((0, 2, 3)), f.std((0, 2, 3))]).cpu() for name, f in features.items()
    }


def moments_distance(got: Style, wanted: Style) -> float:
    """Compare two sets of moments: 0 equal; each layer in units of the wanted one's size."""
    terms = [
        float((got[name] - wanted[name]).square().mean() / wanted[name].square().mean().clamp_min(1e-9))
        for name in wanted
    ]
    return sum(terms) / len(terms)


def measure_touch(network: FilterNetwork, style: Style, shown_NCHW: Tensor) -> Literal["light", "medium", "heavy"]:
    """Say how much a filter draws into what is shown: the deviation of lightness within areas of 33 px.

    The change of lightness over larger areas is a grade, not a touch, and is taken off.
    """
    with torch.inference_mode():
        painted = network(fold_sides(shown_NCHW), style)[:, :, : shown_NCHW.shape[2], : shown_NCHW.shape[3]]
    change = to_oklab(painted)[:, :1] - to_oklab(shown_NCHW)[:, :1]
    grade = nnf.avg_pool2d(change, 33, 1, 16, count_include_pad=False)
    drawn = float((change - grade).square().mean().sqrt())
    return "light" if drawn < _LIGHT else "medium" if drawn < _HEAVY else "heavy"
