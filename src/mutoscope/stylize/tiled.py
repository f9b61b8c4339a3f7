"""The objective of a picture that is too large for memory: tiles at work, statistics of the whole.

A style loss per tile would give each tile the colours of the whole painting. Here the loss is that of the whole
picture, and so is its gradient: statistics are sums over positions, so a first pass over the tiles adds them up, the
loss is derived by these sums once, and a second pass sends that derivative back through each tile. The grid of tiles
lies elsewhere in every step (crowsonkb's style_transfer, issue 10).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import sum_of
from mutoscope.ops.gram import moments
from mutoscope.ops.grid import mask_on_grid
from mutoscope.ops.tiles import Tile
from mutoscope.stylize.objective import Objective, Shift, rim_mode, rim_of
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.sums import FeatureSums
from mutoscope.stylize.terms import LEAST_POSITIONS, loss_of_means
from mutoscope.stylize.tiles import MARGIN_PX, Piece, pieces, strides_of

__all__ = ["TiledObjective"]

_BAND_ROWS = 256

Sums = dict[str, FeatureSums]
Pulls = Mapping[str, tuple[Tensor, Tensor]]
"""Per layer: derivative of the loss by the sum of features 1,F and by the sum of outer products 1,F,F."""


@dataclass(frozen=True)
class _Content:
    """Content features of each piece, and what one squared error of each layer counts."""

    wanted_P: list[dict[str, Tensor]]
    factors: dict[str, float]


@dataclass(frozen=True)
class _View:
    """The picture as the network sees it, inside its rim of reflected edge; only parts of it are ever made.

    Attributes:
        rim: px on the left, right, top and bottom.
        height: of the picture without its rim.
        width: of the picture without its rim.
        mode: how the rim is filled.

    """

    rim: tuple[int, int, int, int]
    height: int
    width: int
    mode: str

    @property
    def padded_size(self) -> tuple[int, int]:
        left, right, top, bottom = self.rim
        return self.height + top + bottom, self.width + left + right

    def place(self, shown: Tile) -> Tile:
        """Give the part of the picture that a tile of the view shows."""
        left, _, top, _ = self.rim
        return Tile(
            max(0, shown.top - top),
            min(self.height, shown.bottom - top),
            max(0, shown.left - left),
            min(self.width, shown.right - left),
        )

    def pad(self, x_NCHW: Tensor, shown: Tile) -> Tensor:
        """Add the rim to that part of the picture."""
        left, _, top, _ = self.rim
        inside = self.place(shown)
        outside = (
            *(inside.left + left - shown.left, shown.right - inside.right - left),
            *(inside.top + top - shown.top, shown.bottom - inside.bottom - top),
        )
        return nnf.pad(x_NCHW, outside, mode=self.mode) if any(outside) else x_NCHW


@dataclass(frozen=True)
class TiledObjective:
    """Judge a picture as `Objective` does, in little memory, by mean and covariance or by Gram matrices.

    Attributes:
        whole: what the picture is judged by.
        side: of a tile in px without its context, a multiple of 32.
        margin: context around a tile in px, a multiple of 32. With as much as the network sees (160 px for
            EfficientNet-Lite0) the gradient is that of `whole` up to rounding.

    """

    whole: Objective
    side: int
    margin: int = MARGIN_PX
    _content: dict[tuple[Shift, int], _Content] = field(default_factory=dict, repr=False, compare=False)
    _strides: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def params(self) -> OptimiseParams:
        """Those of `whole`."""
        return self.whole.params

    def gradient(self, x_1CHW: Tensor, shift_yx: Shift, seed: int = 0) -> tuple[float, Tensor]:
        """Give the loss and its gradient with respect to x; `seed` says where the grid of tiles lies."""
        x = x_1CHW.detach()
        height, width, most = x.shape[2], x.shape[3], self.params.jitter
        view = _View(rim_of(shift_yx, most), height, width, rim_mode(height, width, most))
        parts = list(pieces(*view.padded_size, self.side, self.margin, _offset(self.side, seed)))
        loss, gradient = 0.0, torch.zeros_like(x)
        layers, weight = LAYERS[self.whole.backbone.name], self.whole.weight
        wanted = layers.style if weight("style") > 0 else ()
        wanted = tuple(dict.fromkeys(wanted + (layers.content if weight("content") > 0 else ())))
        if wanted:
            content = self._content_of(parts, view, (shift_yx, seed)) if weight("content") > 0 else None
            style_loss, pulls = self._pulls(x, parts, view) if weight("style") > 0 else (0.0, [])
            loss += weight("style") * style_loss
            for i, part in enumerate(parts):
                place = view.place(part.shown)
                x_part = place.of(x).clone().requires_grad_(True)
                features = self._own(view.pad(x_part, part.shown), part, wanted)
                terms = [self._surrogate(features, p, self._weights(r, part, view)) for r, p in enumerate(pulls)]
                if content is not None:
                    errors = [
                        f * (features[n] - content.wanted_P[i][n]).square().sum() for n, f in content.factors.items()
                    ]
                    loss += float(sum_of(errors).detach())
                    terms += errors
                (pulled,) = torch.autograd.grad(sum_of(terms), x_part)
                place.of(gradient).add_(pulled)
        return loss + self._add_pixel_terms(x, gradient), gradient

    def _own(self, x_1CHW: Tensor, part: Piece, names: tuple[str, ...]) -> dict[str, Tensor]:
        features = self.whole.backbone.features(x_1CHW, names)
        # Told by what is shown with its context: a small rest of a tile has too few rows to tell.
        strides = strides_of(features, part.shown)
        self._strides.update(strides)
        return {name: part.of_features(f, strides[name]) for name, f in features.items()}

    def _weights(self, region: int, part: Piece, view: "_View") -> Callable[[str, Tensor], Tensor | None]:
        """Give what tells the weights of a part's own positions in a region."""
        if not self.whole.regions:
            return lambda _name, _own_1FHW: None
        mask = self.whole.regions[region].mask_11HW
        shown = view.pad(view.place(part.shown).of(mask), part.shown)

        def weights(name: str, own_1FHW: Tensor) -> Tensor:
            stride = self._strides[name]
            grid = mask_on_grid(shown, -(-shown.shape[2] // stride), -(-shown.shape[3] // stride))
            return part.of_features(grid, stride)[:, :, : own_1FHW.shape[2], : own_1FHW.shape[3]]

        return weights

    def _content_of(self, parts: list[Piece], view: "_View", key: tuple[Shift, int]) -> _Content:
        """Measure the content once for each place of the grid."""
        if key not in self._content:
            names = LAYERS[self.whole.backbone.name].content
            with torch.no_grad():
                shown = (view.pad(view.place(part.shown).of(self.whole.content_p_1CHW), part.shown) for part in parts)
                wanted = [
                    {n: f.clone() for n, f in self._own(p_1CHW, part, names).items()}
                    for p_1CHW, part in zip(shown, parts, strict=True)
                ]
            factors = {}
            for name in names:
                count = sum(w[name].numel() for w in wanted)
                first = sum(float(w[name].double().sum()) for w in wanted) / count
                spread = sum(float((w[name].double() - first).square().sum()) for w in wanted) / (count - 1)
                unit = 1.0 if self.params.statistics == "gram" else max(spread, 1e-6)
                factors[name] = self.whole.weight("content") / count / unit
            self._content[key] = _Content(wanted, factors)
        return self._content[key]

    def _pulls(self, x_1CHW: Tensor, parts: list[Piece], view: "_View") -> tuple[float, list[Pulls]]:
        """First pass: give L_style and what it pulls at in each region."""
        names = LAYERS[self.whole.backbone.name].style
        wanted = [(r.style, r.area) for r in self.whole.regions] or [(self.whole.style, 1.0)]
        sums: list[Sums] = [{} for _ in wanted]
        with torch.no_grad():
            for part in parts:
                shown = view.pad(view.place(part.shown).of(x_1CHW), part.shown)
                features = self._own(shown, part, names)
                for r, found in enumerate(sums):
                    weights = self._weights(r, part, view)
                    for name, f in features.items():
                        found.setdefault(name, FeatureSums.empty(f)).add(f, weights(name, f))
        loss, pulls = 0.0, list[Pulls]()
        for (style, area), found in zip(wanted, sums, strict=True):
            here: dict[str, tuple[Tensor, Tensor]] = {}
            for name, s in found.items():
                if s.count < LEAST_POSITIONS:
                    continue
                # In float64: a covariance as the difference of two large moments loses digits.
                pair = tuple((t / s.count).requires_grad_(True) for t in (s.first_1F, s.second_1FF))
                targets = {name: tuple(t.double() for t in style.moments[name])}
                term = area * loss_of_means({name: (pair[0], pair[1])}, targets, len(names))
                first, second = torch.autograd.grad(term, pair, materialize_grads=True)
                factor = self.whole.weight("style") / s.count
                here[name] = ((factor * first).float(), (factor * second).float())
                loss += float(term.detach())
            pulls.append(here)
        return loss, pulls

    @staticmethod
    def _surrogate(
        features: Mapping[str, Tensor], pulls: Pulls, weights: Callable[[str, Tensor], Tensor | None]
    ) -> Tensor:
        """Give a number whose gradient with respect to the features is that of the loss of the whole picture."""
        terms = [next(iter(features.values())).sum() * 0]  # where no region counts here, a gradient of zeros
        for name, (by_first, by_second) in pulls.items():
            first, second = moments(features[name], weights(name, features[name]))
            terms += [(by_first * first).sum(), (by_second * second).sum()]
        return sum_of(terms)

    def _add_pixel_terms(self, x_1CHW: Tensor, gradient_1CHW: Tensor) -> float:
        """Add the gradients of roughness and of the past, row by row of bands; give their loss."""
        rough, past = (self.whole.weight(n) / x_1CHW.numel() for n in ("total_variation", "temporal"))
        memory = self.whole.memory if past > 0 else None
        if rough == 0 and memory is None:
            return 0.0
        loss = 0.0
        for top, bottom in _bands(x_1CHW.shape[2]):
            band = x_1CHW[:, :, top : bottom + 1].clone().requires_grad_(True)
            own = band[:, :, : bottom - top]
            down, right = band[:, :, 1:] - band[:, :, :-1], own[:, :, :, 1:] - own[:, :, :, :-1]
            term = rough * (down.square().sum() + right.square().sum())
            if memory is not None:
                error = own - memory.warped_omega_1CHW[:, :, top:bottom]
                term = term + past * (memory.weights_c_11HW[:, :, top:bottom] * error.square()).sum()
            (pulled,) = torch.autograd.grad(term, band)
            gradient_1CHW[:, :, top : bottom + 1] += pulled
            loss += float(term.detach())
        return loss


def _offset(side: int, seed: int) -> Shift:
    """Places of the grid that fill its cell evenly (the R2 sequence of Roberts 2018)."""
    return int(side * (seed * 0.7548776662 % 1)), int(side * (seed * 0.5698402910 % 1))


def _bands(height: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, _BAND_ROWS):
        yield top, min(height, top + _BAND_ROWS)
