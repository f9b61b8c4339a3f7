"""The loss that a stylized frame minimises (Ruder et al. 2016, eq. 7, in the seed's symbols).

L(p, a, x) = alpha L_content(p, x) + beta L_style(a, x) + gamma L_temporal(x, omega, c) + TV(x)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.backbones import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import StyleTargets, style_loss, sum_of
from mutoscope.ops.losses import content_loss, temporal_loss, total_variation
from mutoscope.stylize.params import OptimiseParams

__all__ = ["Memory", "Objective", "pad_shift"]


@dataclass(frozen=True)
class Memory:
    """What a frame must keep to: the previous result carried to this frame, and where to trust it."""

    warped_omega_1CHW: Tensor
    weights_c_11HW: Tensor


_MARGIN_PX = 8
"""Reflected rim around the picture: the network pads with zeros, and paints a frame where they begin."""


def pad_shift(x_NCHW: Tensor, shift_yx: tuple[int, int], most: int) -> Tensor:
    """Move the picture by (y, x) px inside a rim of reflected edge, `most` px wider than needed.

    Returns:
        N,C,H',W', always of the same size for the same `most`; the picture itself when `most` is 0.

    """
    if most == 0:
        return x_NCHW
    y, x = shift_yx
    rim = (_MARGIN_PX + x, _MARGIN_PX + most - x, _MARGIN_PX + y, _MARGIN_PX + most - y)
    mode = "reflect" if min(x_NCHW.shape[2:]) > most + _MARGIN_PX else "replicate"
    return nnf.pad(x_NCHW, rim, mode=mode)


@dataclass(frozen=True)
class Objective:
    """Everything that one frame at one scale is judged by."""

    backbone: Backbone
    params: OptimiseParams
    content_p_1CHW: Tensor
    style: StyleTargets
    memory: Memory | None = None
    # Content features P by shift: the shifts of a frame are few, so each is computed once.
    _content_P: dict[tuple[int, int], dict[str, Tensor]] = field(default_factory=dict, repr=False, compare=False)

    def content_loss(self, features: Mapping[str, Tensor], shift_yx: tuple[int, int]) -> Tensor:
        """L_content against the content picture shifted in the same way."""
        names = LAYERS[self.backbone.name].content
        if shift_yx not in self._content_P:
            with torch.no_grad():
                shifted = pad_shift(self.content_p_1CHW, shift_yx, self.params.jitter)
                self._content_P[shift_yx] = self.backbone.features(shifted, names)
        wanted_P = self._content_P[shift_yx]
        terms = [content_loss(features[n], wanted_P[n]) for n in names]
        if self.params.statistics == "mean_covariance":
            # In units of the content's own variance, so that one alpha serves every backbone and scene.
            spread = [wanted_P[n].var().clamp_min(1e-6) for n in names]
            terms = [t / s for t, s in zip(terms, spread, strict=True)]
        return sum_of(terms)

    def __call__(self, x_1CHW: Tensor, shift_yx: tuple[int, int]) -> Tensor:
        """Total loss of x, with the network looking at x moved by `shift_yx`."""
        layers = LAYERS[self.backbone.name]
        wanted = tuple(dict.fromkeys(layers.style + layers.content))
        features = self.backbone.features(pad_shift(x_1CHW, shift_yx, self.params.jitter), wanted)
        loss = self.params.beta * style_loss(features, self.style)
        if self.params.alpha > 0:
            loss = loss + self.params.alpha * self.content_loss(features, shift_yx)
        if self.params.total_variation > 0:
            loss = loss + self.params.total_variation * total_variation(x_1CHW)
        if self.memory is not None and self.params.gamma > 0:
            memory = self.memory
            term = temporal_loss(x_1CHW, memory.warped_omega_1CHW, memory.weights_c_11HW)
            loss = loss + self.params.gamma * term
        return loss
