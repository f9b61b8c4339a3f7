"""How well a filter suits footage: three numbers between 0 and 1, and one made of them.

content: correlation of the edges of footage and painting (Sobel magnitude of lightness, a quarter of the size): 1,
everything can be found again. style: 1 minus the distance of the painting's feature moments from the style
picture's, in units of the footage's own distance: 1, like the painting; 0, no nearer than the footage was.
steady: 1 minus what the network adds to the footage's own flicker, in units of the painting's contrast: 1, still
where the footage is still. The score is their weighted geometric mean, so that one bad part cannot hide behind two
good ones. It knows nothing of taste: use it to sort, then look.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.filters.measure import MOMENTS, moments_distance, style_moments
from mutoscope.filters.network import Style
from mutoscope.flow.estimate import estimate_both
from mutoscope.models.backbone import Backbone
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.oklab import to_oklab
from mutoscope.ops.warp import warp

__all__ = ["Scores", "mean_scores", "score"]

_SHARES = {"content": 0.4, "style": 0.4, "steady": 0.2}


@dataclass(frozen=True)
class Scores:
    """The three parts, each 0..1."""

    content: float
    style: float
    steady: float

    @property
    def total(self) -> float:
        """Weighted geometric mean."""
        product = 1.0
        for name, share in _SHARES.items():
            product *= max(1e-3, getattr(self, name)) ** share
        return float(product)


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Average each part."""
    return Scores(
        content=sum(s.content for s in scores) / len(scores),
        style=sum(s.style for s in scores) / len(scores),
        steady=sum(s.steady for s in scores) / len(scores),
    )


def score(backbone: Backbone, style: Style, shown_2CHW: Tensor, painted_2CHW: Tensor) -> Scores:
    """Score what a filter made of two frames that follow each other.

    Args:
        backbone: the network that judges.
        style: with the moments of its style picture; without them the style counts as reached.
        shown_2CHW: footage.
        painted_2CHW: the painting, each frame by itself.

    """
    wanted = {name: value for name, value in style.items() if name.startswith(MOMENTS)}
    reached = 1.0
    found = style_moments(backbone, shown_2CHW[:1])
    # A filter that was trained with another backbone brings moments that cannot be compared.
    if wanted and {k: v.shape for k, v in wanted.items()} == {k: v.shape for k, v in found.items()}:
        before = moments_distance(found, wanted)
        after = moments_distance(style_moments(backbone, painted_2CHW[:1]), wanted)
        reached = 1 - after / max(before, 1e-6)
    return Scores(
        content=_clamped(_correlation(_edges(shown_2CHW), _edges(painted_2CHW))),
        style=_clamped(reached),
        steady=_clamped(1 - _flicker(shown_2CHW, painted_2CHW)),
    )


def _edges(x_NCHW: Tensor) -> Tensor:
    light = to_oklab(x_NCHW)[:, :1]
    light = nnf.avg_pool2d(light, max(1, min(4, min(light.shape[2:]) // 8)))
    light = nnf.pad(light, (1, 1, 1, 1), mode="replicate")
    kernel = light.new_tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    steps = nnf.conv2d(light, torch.stack([kernel, kernel.T])[:, None])
    return steps.square().sum(1).sqrt()


def _correlation(a: Tensor, b: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].nan_to_num())


def _flicker(shown_2CHW: Tensor, painted_2CHW: Tensor) -> float:
    forward, backward = (flow[None] for flow in estimate_both(shown_2CHW[0], shown_2CHW[1]))
    visible = (~disocclusion(forward, backward)).float()

    def error(x_2CHW: Tensor) -> float:
        gap = (warp(x_2CHW[:1], backward, mode="bilinear") - x_2CHW[1:]).square().mean(1, keepdim=True)
        return float((gap * visible).sum() / visible.sum().clamp_min(1) / x_2CHW.var().clamp_min(1e-4))

    return math.sqrt(max(0.0, error(painted_2CHW) - error(shown_2CHW)))


def _clamped(value: float) -> float:
    return min(1.0, max(0.0, value))
