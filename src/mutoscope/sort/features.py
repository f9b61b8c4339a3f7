"""What a head sees of a picture: pooled layers of a frozen backbone, and statistics of the picture itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.sort.statistics import NUM_STATISTICS, statistics

__all__ = ["DEFAULT_VIEW", "VIEWS", "View", "look", "num_features", "scaled"]

_LEAST_PX = 32
_SAMPLE = 499
"""Places that a percentile is taken of; a prime, so that columns are not met again and again."""


@dataclass(frozen=True)
class View:
    """How a picture is looked at.

    Attributes:
        layers: of the backbone; each gives mean, deviation and 90th percentile per channel.
        long_side_px: larger pictures are scaled down to it; smaller ones stay, as enlarging would look like blur.

    """

    layers: tuple[str, ...] = ("stem", "block0", "block2", "block4", "block7")
    long_side_px: int = 480


DEFAULT_VIEW = View()
VIEWS = {
    "efficientnet_lite0": DEFAULT_VIEW,
    "resnext50_32x4d": View(("stem", "layer1.2", "layer2.3")),
    "tiny": View(("block0", "block1", "block2")),
}
"""By the name of a backbone: early layers, where blur is to be seen."""


def scaled(x_1CHW: Tensor, long_side_px: int) -> Tensor:
    """Scale a picture to what is looked at."""
    height, width = x_1CHW.shape[2:]
    if max(height, width) > long_side_px:
        height, width = fit_long_side(height, width, long_side_px)
    return resize(x_1CHW, max(_LEAST_PX, height), max(_LEAST_PX, width))


def look(backbone: Backbone, x_1CHW: Tensor, view: View = DEFAULT_VIEW) -> Tensor:
    """Give the numbers of one picture, of any size.

    Args:
        backbone: frozen.
        x_1CHW: sRGB 0..1.
        view: how to look.

    Returns:
        float32 of length `num_features`.

    """
    x_1CHW = scaled(x_1CHW, view.long_side_px)
    maps = backbone.features(x_1CHW, view.layers)
    return torch.cat([*(_pooled(maps[name][0]) for name in view.layers), statistics(x_1CHW[0])])


def _pooled(map_FHW: Tensor) -> Tensor:
    flat_KF = map_FHW.permute(1, 2, 0).reshape(-1, map_FHW.shape[0])  # backbones work channels last: no copy
    mean_F = flat_KF.mean(0)
    deviation_F = (torch.einsum("kf,kf->f", flat_KF, flat_KF) / len(flat_KF) - mean_F**2).clamp_min(0).sqrt()
    sample_KF = flat_KF[:: max(1, len(flat_KF) // _SAMPLE)]
    return torch.cat([mean_F, deviation_F, sample_KF.kthvalue(math.ceil(0.9 * len(sample_KF)), 0).values])


def num_features(backbone: Backbone, layers: Sequence[str]) -> int:
    """Count what `look` gives."""
    probe = torch.zeros(1, 3, _LEAST_PX, _LEAST_PX)
    channels = sum(m.shape[1] for m in backbone.features(probe, tuple(layers)).values())
    return 3 * channels + NUM_STATISTICS
