"""Where a new filter starts from: the shipped style that is nearest to its painting."""

import torch
from torch import Tensor

from mutoscope.filters.files import load_filter
from mutoscope.filters.network import FilterNetwork
from mutoscope.filters.shelf import shelf
from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets, style_losses, without_rim

__all__ = ["nearest_style"]


def nearest_style(
    network: FilterNetwork, backbone: Backbone, targets: StyleTargets, sample_NCHW: Tensor, weight: float
) -> dict[str, Tensor]:
    """Paint a sample with every shipped style; give the one whose result is nearest to the targets.

    Args:
        network: the shipped one, on the device of the sample.
        backbone: the network that judges.
        targets: what the new filter must reach.
        sample_NCHW: frames.
        weight: of the style loss; 0 takes the first.

    """
    best: tuple[float, dict[str, Tensor]] | None = None
    for item in shelf():
        if not item.is_shipped:
            continue
        style = {name: value for name, value in load_filter(item.path).style.items() if not name.startswith("moments")}
        here = {name: value.to(sample_NCHW.device) for name, value in style.items()}
        with torch.inference_mode():
            painted = network(sample_NCHW, here)
            features = without_rim(backbone.features(painted, LAYERS[backbone.name].style), 1)
            loss = float(style_losses(features, targets).mean()) * weight
        if best is None or loss < best[0]:
            best = loss, style
    if best is None:
        return network.new_style(torch.Generator().manual_seed(0))
    return best[1]
