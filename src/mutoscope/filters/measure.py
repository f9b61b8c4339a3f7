"""Numbers that say what a filter does."""

from typing import Literal

import torch
from torch import Tensor

from mutoscope.filters.network import FilterNetwork, Style, fold_sides
from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.ops.oklab import to_oklab

__all__ = ["MOMENTS", "measure_touch", "moments_distance", "style_moments"]

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
    """Say how much a filter leaves of what is shown: by the mean distance in OKLab, colour and light apart."""
    with torch.inference_mode():
        painted = network(fold_sides(shown_NCHW), style)[:, :, : shown_NCHW.shape[2], : shown_NCHW.shape[3]]
    light = to_oklab(painted)[:, 0] - to_oklab(shown_NCHW)[:, 0]
    # The change of overall lightness and contrast is a grade, not a touch: take it off.
    fine = light - light.mean((1, 2), keepdim=True)
    change = float(fine.square().mean().sqrt())
    return "light" if change < 0.11 else "medium" if change < 0.16 else "heavy"
