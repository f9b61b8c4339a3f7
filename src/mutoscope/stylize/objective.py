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
from mutoscope.models.style_statistics import sum_of
from mutoscope.ops.losses import content_loss, temporal_loss, total_variation
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style import Style
from mutoscope.stylize.terms import Region, region_loss, style_term

__all__ = ["Memory", "Objective", "Region", "Style", "pad_shift", "rim_mode", "rim_of"]

Shift = tuple[int, int]


@dataclass(frozen=True)
class Memory:
    """What a frame must keep to.

    Attributes:
        warped_omega_1CHW: earlier results, carried to this frame.
        weights_c_11HW: where to trust them, 0..1.
        start_1CHW: what the descent begins with.

    """

    warped_omega_1CHW: Tensor
    weights_c_11HW: Tensor
    start_1CHW: Tensor | None = None


_MARGIN_PX = 8
"""Reflected rim around the picture: the network pads with zeros, and paints a frame where they begin."""


def pad_shift(x_NCHW: Tensor, shift_yx: Shift, most: int) -> Tensor:
    """Move the picture by (y, x) px inside a rim of reflected edge, `most` px wider than needed.

    Returns:
        N,C,H',W', always of the same size for the same `most`; the picture itself when `most` is 0.

    """
    if most == 0:
        return x_NCHW
    return nnf.pad(x_NCHW, rim_of(shift_yx, most), mode=rim_mode(x_NCHW.shape[2], x_NCHW.shape[3], most))


def rim_mode(height: int, width: int, most: int) -> str:
    """Say how the rim of a picture is filled: a thin one has too little to be reflected."""
    return "reflect" if min(height, width) > most + _MARGIN_PX else "replicate"


def rim_of(shift_yx: Shift, most: int) -> tuple[int, int, int, int]:
    """Px that `pad_shift` adds on the left, right, top and bottom."""
    y, x = shift_yx
    return (_MARGIN_PX + x, _MARGIN_PX + most - x, _MARGIN_PX + y, _MARGIN_PX + most - y) if most else (0, 0, 0, 0)


@dataclass(frozen=True)
class Objective:
    """Everything that one frame at one scale is judged by.

    Attributes:
        backbone: the network that judges.
        params: weights and statistics.
        content_p_1CHW: the frame as it was filmed.
        style: what is wanted of the whole frame.
        memory: what the frame must keep to.
        regions: where which style is wanted, instead of `style` everywhere; empty: everywhere.
        units: factor of each term by name, where weights are to mean the same at every size; see `units`.

    """

    backbone: Backbone
    params: OptimiseParams
    content_p_1CHW: Tensor
    style: Style
    memory: Memory | None = None
    regions: tuple[Region, ...] = ()
    units: Mapping[str, float] = field(default_factory=dict)
    # Content features P by shift: the shifts of a frame are few, so each is computed once.
    _content_P: dict[Shift, dict[str, Tensor]] = field(default_factory=dict, repr=False, compare=False)

    def content_loss(self, features: Mapping[str, Tensor], shift_yx: Shift) -> Tensor:
        """L_content against the content picture shifted in the same way."""
        names = LAYERS[self.backbone.name].content
        if shift_yx not in self._content_P:
            with torch.no_grad():
                shifted = pad_shift(self.content_p_1CHW, shift_yx, self.params.jitter)
                self._content_P[shift_yx] = self.backbone.features(shifted, names)
        wanted_P = self._content_P[shift_yx]
        terms = [content_loss(features[n], wanted_P[n]) for n in names]
        if self.params.statistics != "gram":
            # In units of the content's own variance, so that one alpha serves every backbone and scene.
            spread = [wanted_P[n].var().clamp_min(1e-6) for n in names]
            terms = [t / s for t, s in zip(terms, spread, strict=True)]
        return sum_of(terms)

    def style_loss(self, features: Mapping[str, Tensor], shift_yx: Shift, seed: int) -> Tensor:
        """L_style of the frame, or of its regions."""
        styled = {name: features[name] for name in LAYERS[self.backbone.name].style}
        if not self.regions:
            return style_term(styled, self.style, self.params.histogram, seed)
        terms = [
            r.area * region_loss(styled, self._padded(r, shift_yx), r.style, self.params.histogram, seed)
            for r in self.regions
        ]
        return sum_of(terms)

    def _padded(self, region: Region, shift_yx: Shift) -> Tensor:
        return pad_shift(region.mask_11HW, shift_yx, self.params.jitter)

    def weight(self, term: str) -> float:
        """Give the factor of a term: its weight, in the units that were measured."""
        p = self.params
        plain = {"content": p.alpha, "style": p.beta, "temporal": p.gamma, "total_variation": p.total_variation}
        return plain[term] * self.units.get(term, 1.0)

    def terms(self, x_1CHW: Tensor, shift_yx: Shift, seed: int = 0) -> dict[str, Tensor]:
        """Give every term that counts, by name, not weighed; the network looks at x moved by `shift_yx`.

        Args:
            x_1CHW: the frame sought.
            shift_yx: as `pad_shift` takes it.
            seed: of what is drawn anew in each step beside the shift.

        """
        layers, found = LAYERS[self.backbone.name], dict[str, Tensor]()
        wanted = layers.style if self.weight("style") > 0 else ()
        wanted = tuple(dict.fromkeys(wanted + (layers.content if self.weight("content") > 0 else ())))
        if wanted:
            features = self.backbone.features(pad_shift(x_1CHW, shift_yx, self.params.jitter), wanted)
            if self.weight("style") > 0:
                found["style"] = self.style_loss(features, shift_yx, seed)
            if self.weight("content") > 0:
                found["content"] = self.content_loss(features, shift_yx)
        if self.weight("total_variation") > 0:
            found["total_variation"] = total_variation(x_1CHW)
        if self.memory is not None and self.weight("temporal") > 0:
            memory = self.memory
            found["temporal"] = temporal_loss(x_1CHW, memory.warped_omega_1CHW, memory.weights_c_11HW)
        return found

    def __call__(self, x_1CHW: Tensor, shift_yx: Shift, seed: int = 0) -> Tensor:
        """Total loss of x; see `terms`."""
        found = self.terms(x_1CHW, shift_yx, seed)
        # Where nothing counts, as on a first frame that is held to its past only, x is right as it is.
        return sum_of([self.weight(n) * t for n, t in found.items()]) if found else x_1CHW.sum() * 0

    def gradient(self, x_1CHW: Tensor, shift_yx: Shift, seed: int = 0) -> tuple[float, Tensor]:
        """Give the loss and its gradient with respect to x."""
        x = x_1CHW.detach().requires_grad_(True)
        loss = self(x, shift_yx, seed)
        (gradient,) = torch.autograd.grad(loss, x)
        return float(loss.detach()), gradient
