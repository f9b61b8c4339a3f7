"""What a filter is trained to minimise."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets, style_losses, sum_of, without_rim
from mutoscope.ops.losses import total_variation

__all__ = ["Losses", "Weights", "filter_losses", "lightness_order_loss"]

_RIM = 1
"""Positions of each layer's edge that are not judged: padding shows there."""

_LIGHTNESS_PX = 12
"""Lightness is compared in squares of this side: strokes are free, areas are not."""


@dataclass(frozen=True)
class Weights:
    """Weights of the terms.

    Attributes:
        content: alpha.
        style: beta.
        lightness: of the order of light and dark in flat regions.
        consistency: of the same strokes on the same things, however the frame is shifted or noisy.
        total_variation: of the roughness penalty.

    """

    content: float = 1.0
    style: float = 4.0
    lightness: float = 2.0
    consistency: float = 30.0
    total_variation: float = 1.0


@dataclass(frozen=True)
class Losses:
    """The terms of one batch, weighed."""

    content: Tensor
    style: Tensor
    lightness: Tensor
    consistency: Tensor
    total_variation: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return sum_of(list(vars(self).values()))

    def floats(self) -> dict[str, float]:
        """Give each term as a number."""
        return {name: float(value.detach()) for name, value in vars(self).items()}


def filter_losses(
    backbone: Backbone,
    weights: Weights,
    content_p_NCHW: Tensor,
    painted_x_NCHW: Tensor,
    twins_NCHW: tuple[Tensor, Tensor],
    style: StyleTargets,
    emphasis_N: Tensor,
) -> Losses:
    """Judge painted frames.

    Args:
        backbone: the network that judges.
        weights: of the terms.
        content_p_NCHW: what was to be painted.
        painted_x_NCHW: what the filter made of it.
        twins_NCHW: the same places out of two paintings of the same frame, shifted and noisy in other ways.
        style: targets, one for each frame.
        emphasis_N: how much more than others each frame's style counts.

    """
    layers = LAYERS[backbone.name]
    wanted = tuple(dict.fromkeys(layers.style + layers.content))
    features = without_rim(backbone.features(painted_x_NCHW, wanted), _RIM)
    content = painted_x_NCHW.new_zeros(())
    if weights.content > 0:
        with torch.no_grad():
            content_P = without_rim(backbone.features(content_p_NCHW, layers.content), _RIM)
        content = weights.content * _content_loss(features, content_P)
    return Losses(
        content=content,
        style=weights.style * (emphasis_N * style_losses(features, style)).mean(),
        lightness=weights.lightness * lightness_order_loss(painted_x_NCHW, content_p_NCHW),
        consistency=weights.consistency * nnf.mse_loss(*twins_NCHW),
        total_variation=weights.total_variation * total_variation(painted_x_NCHW),
    )


def _content_loss(features: Mapping[str, Tensor], content_P: Mapping[str, Tensor]) -> Tensor:
    # In units of the content's own variance: one alpha for every backbone and scene.
    terms = []
    for name, wanted_P in content_P.items():
        error_N = (features[name] - wanted_P).square().flatten(1).mean(1)
        terms.append((error_N / wanted_P.flatten(1).var(1).clamp_min(1e-3)).mean())
    return sum_of(terms)


def lightness_order_loss(painted_x_NCHW: Tensor, content_p_NCHW: Tensor) -> Tensor:
    """One minus the correlation of lightness over areas: 0 where light stays light and dark dark, at most 2.

    Content features say nothing about flat areas, and a few minutes of training swap sky and ground. The
    painting's own lightness and contrast are free: correlation knows neither.
    """
    x_NM, p_NM = (_lightness(v) for v in (painted_x_NCHW, content_p_NCHW))
    x_NM, p_NM = (v - v.mean(1, keepdim=True) for v in (x_NM, p_NM))
    # The floors: a frame of one shade has no order to keep.
    spread_x = x_NM.square().mean(1).add(1e-4).sqrt()
    spread_p = p_NM.square().mean(1).add(1e-4).sqrt()
    return (1 - (x_NM * p_NM).mean(1) / (spread_x * spread_p)).mean()


def _lightness(x_NCHW: Tensor) -> Tensor:
    luma = (x_NCHW * x_NCHW.new_tensor([0.2126, 0.7152, 0.0722]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    side = min(_LIGHTNESS_PX, *x_NCHW.shape[2:])
    return nnf.avg_pool2d(luma, side).flatten(1)
