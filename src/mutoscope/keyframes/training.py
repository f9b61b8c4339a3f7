"""Training of the network on the painted keyframes, step by step (Texler et al. 2020: random patches of few pairs)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.random import generator
from mutoscope.keyframes.fill import BORROWED, certain_of
from mutoscope.keyframes.network import KeyframeNetwork
from mutoscope.models.backbone import Backbone
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import style_losses, without_rim
from mutoscope.ops.gram import mean_covariance
from mutoscope.ops.losses import relative_square_errors
from mutoscope.ops.warp import warp

__all__ = ["Other", "Pair", "Settings", "Training", "learning_rate"]

_FEATURE_LAYERS = {"efficientnet_lite0": ("stem", "block0", "block2"), "tiny": ("block0", "block1")}
"""Shallow layers, where the place of each stroke shows."""

_AREA_PX = 8
"""Colours are compared over areas of this side: the place of a stroke is free."""

_WARM_UP_STEPS = 20
_WITHOUT = 0.1
"""Share of patches without any guide: a film may have shots without a keyframe."""


@dataclass(frozen=True)
class Pair:
    """A keyframe, its painting, and the painting made anew of its strokes of other places; 3,H,W, 0..1, one size."""

    frame_p_CHW: Tensor
    painted_CHW: Tensor
    borrowed_CHW: Tensor


@dataclass(frozen=True)
class Other:
    """Another frame of the film, of which there is no painting: 3,H,W, 0..1, and what is carried to it."""

    frame_p_CHW: Tensor
    carried_CHW: Tensor
    trust_1HW: Tensor


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        steps: in all.
        patch: side of the patches in px.
        batch: patches in a step.
        rate: Adam's step at its highest.
        seed: of patches, holes and noise.
        pixel: weight of the mean absolute difference where the carried keyframe can be trusted.
        form: weight of that everywhere else: strokes are borrowed there, forms are the frame's own.
        colour: weight of the difference of areas' colours.
        feature: weight of the difference of features.
        style: weight of the difference of their statistics: strokes instead of a mean of strokes.
        content: weight of the forms of other frames.

    """

    steps: int = 600
    patch: int = 128
    batch: int = 4
    rate: float = 2e-3
    seed: int = 0
    pixel: float = 2.0
    form: float = 1.0
    colour: float = 3.0
    feature: float = 0.5
    style: float = 1.0
    content: float = 0.5


def learning_rate(settings: Settings, step: int) -> float:
    """Rise over the first steps, then fall along half a cosine to a fiftieth."""
    fall = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / settings.steps)))
    return settings.rate * fall * min(1.0, (step + 1) / _WARM_UP_STEPS)


class Training:
    """A network on its way.

    Args:
        network: learns in place.
        pairs: what it learns from.
        others: frames without a painting: forms that the keyframes do not show are learned from them.
        backbone: the network that judges strokes.
        settings: how to train.

    """

    def __init__(
        self,
        network: KeyframeNetwork,
        pairs: Sequence[Pair],
        backbone: Backbone,
        settings: Settings,
        others: Sequence[Other] = (),
    ) -> None:
        self.network, self.settings = network, settings
        self.step = 0
        self._pairs, self._others, self._backbone = pairs, others, backbone
        self._layers = _FEATURE_LAYERS[backbone.name]
        self.adam = torch.optim.Adam(network.parameters(), lr=settings.rate, betas=(0.9, 0.99))

    def advance(self) -> dict[str, float]:
        """Do one step; give the terms of its loss."""
        for group in self.adam.param_groups:
            group["lr"] = learning_rate(self.settings, self.step)
        chance = generator(self.settings.seed, self.step, "keyframes")
        frame_p, carried, trust, wanted, num = self._batch(chance)
        painted = self.network(frame_p, carried, trust)
        terms = self._losses(painted, wanted, trust, frame_p, num)
        self.adam.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        self.adam.step()
        self.step += 1
        return {name: float(term.detach()) for name, term in terms.items()}

    def _losses(self, painted: Tensor, wanted: Tensor, trust: Tensor, frame_p: Tensor, num: int) -> dict[str, Tensor]:
        """Judge patches, of which the first `num` have a painting; the others have what is carried to them."""
        settings, layers = self.settings, LAYERS[self._backbone.name]
        shallow = _FEATURE_LAYERS[self._backbone.name]
        certain = certain_of(trust)
        every = tuple(dict.fromkeys(shallow + layers.style + layers.content))
        got = without_rim(self._backbone.features(painted, every), 1)
        with torch.no_grad():
            target = without_rim(self._backbone.features(wanted, shallow + layers.style), 1)
            targets = {name: mean_covariance(target[name]) for name in layers.style}
        features = [relative_square_errors(got[name][:num], target[name][:num]).mean() for name in shallow]
        off = (painted - wanted).abs()
        areas = nnf.avg_pool2d(painted, _AREA_PX) - nnf.avg_pool2d(wanted, _AREA_PX)
        terms = {
            "pixel": settings.pixel * (certain * off).mean(),
            "form": settings.form * ((1 - certain) * off)[:num].mean(),
            "colour": settings.colour * areas.abs().mean(),
            "feature": settings.feature * torch.stack(features).mean(),
            "style": settings.style * style_losses({name: got[name] for name in layers.style}, targets).mean(),
        }
        if num < len(painted):
            with torch.no_grad():
                forms = without_rim(self._backbone.features(frame_p[num:], layers.content), 1)
            errors = [(got[name][num:] - form).square().mean() / _variance(form) for name, form in forms.items()]
            terms["content"] = settings.content * torch.stack(errors).mean()
        return terms

    def _batch(self, chance: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, int]:
        """Draw frame, carried painting, trust and what is wanted of each patch; and how many have a painting."""
        num_others = self.settings.batch // 2 if self._others else 0
        num = self.settings.batch - num_others
        pairs = [self._pairs[(self.step + i) % len(self._pairs)] for i in range(num)]
        drawn = [self._cut([one.frame_p_CHW, one.painted_CHW, one.borrowed_CHW], chance) for one in pairs]
        frame_p, painted, borrowed = torch.split(torch.cat(drawn), 3, 1)
        own = _holes(num, frame_p.shape[2], frame_p.shape[3], chance)
        carried = torch.lerp(borrowed, warp(painted, _slips(painted, chance), "bilinear"), own)
        has_any = (torch.rand(num, 1, 1, 1, generator=chance) > _WITHOUT).float()
        trust = (BORROWED + (1 - BORROWED) * own) * has_any
        if num_others:
            others = [self._others[(self.step * num_others + i) % len(self._others)] for i in range(num_others)]
            cut = torch.cat([self._cut([o.frame_p_CHW, o.carried_CHW, o.trust_1HW], chance) for o in others])
            frame_p, painted = torch.cat([frame_p, cut[:, :3]]), torch.cat([painted, cut[:, 3:6]])
            carried, trust = torch.cat([carried, cut[:, 3:6]]), torch.cat([trust, cut[:, 6:]])
        return _varied(frame_p, chance), carried, trust, painted, num

    def _cut(self, pictures: Sequence[Tensor], chance: torch.Generator) -> Tensor:
        """Cut the same place out of all, turned and scaled a little, as things turn and come nearer in a shot."""
        height, width = pictures[0].shape[1:]
        side = self.settings.patch
        angle, size, y, x = torch.rand(4, generator=chance).tolist()
        angle, size = 0.3 * (angle - 0.5), 1.2 ** (2 * size - 1)
        # At least a whole patch is inside where the picture is large enough.
        margin_y, margin_x = (min(1.0, side / length) for length in (height, width))
        centre = ((2 * x - 1) * (1 - margin_x), (2 * y - 1) * (1 - margin_y))
        cos, sin = size * math.cos(angle), size * math.sin(angle)
        half_x, half_y = side / width, side / height
        theta = torch.tensor([[cos * half_x, -sin * half_x, centre[0]], [sin * half_y, cos * half_y, centre[1]]])
        grid = nnf.affine_grid(theta[None], [1, 3, side, side], align_corners=False)
        cut = nnf.grid_sample(
            torch.cat(list(pictures))[None], grid, mode="bicubic", padding_mode="reflection", align_corners=False
        )
        return cut.clamp(0, 1)

    def state(self) -> dict[str, Tensor]:
        """Give everything that the next step needs."""
        tensors = {"step": torch.tensor([self.step])}
        tensors |= {f"network/{name}": value for name, value in self.network.state_dict().items()}
        for i, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam/{i}/{key}": value for key, value in moments.items()}
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a state, as if there had been no break.

        Raises:
            KeyError: the state is of another training.

        """
        names = self.network.state_dict()
        self.network.load_state_dict({name: tensors[f"network/{name}"] for name in names})
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("adam/"):
                _, i, part = key.split("/")
                moments.setdefault(int(i), {})[part] = value
        self.adam.load_state_dict({**self.adam.state_dict(), "state": moments})
        self.step = int(tensors["step"][0])


def _variance(features: Tensor) -> Tensor:
    return features.var().clamp_min(1e-3)


def _noise(num: int, channels: int, height: int, width: int, cell: int, chance: torch.Generator) -> Tensor:
    """Smooth noise of about unit variance, features as large as a cell."""
    coarse = torch.randn(num, channels, height // cell + 3, width // cell + 3, generator=chance)
    return nnf.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)


def _holes(num: int, height: int, width: int, chance: torch.Generator) -> Tensor:
    """Draw where a frame shows what the keyframe shows: nowhere in every third patch, else with holes of all sizes."""
    level = torch.rand(num, 1, 1, 1, generator=chance) * 3 - 1.5
    noise = _noise(num, 1, height, width, 24, chance) + 0.4 * _noise(num, 1, height, width, 6, chance)
    trust = torch.sigmoid((noise - level) * 8)
    has_some = (torch.rand(num, 1, 1, 1, generator=chance) > 0.34).float()
    return trust * has_some


def _slips(painted: Tensor, chance: torch.Generator) -> Tensor:
    """Draw how far flow has led astray: px, smooth, mostly less than two."""
    num, _, height, width = painted.shape
    most = 2.0 * torch.rand(num, 1, 1, 1, generator=chance).square()
    return _noise(num, 2, height, width, 32, chance) * most


def _varied(frame_p: Tensor, chance: torch.Generator) -> Tensor:
    """Vary the frame as film does within a shot: exposure, contrast, a little grain."""
    num = len(frame_p)
    gain, lift = (torch.rand(num, 1, 1, 1, generator=chance) * 2 - 1 for _ in range(2))
    grain = torch.randn(frame_p.shape, generator=chance) * 0.02 * torch.rand(num, 1, 1, 1, generator=chance)
    return (frame_p * (1 + 0.12 * gain) + 0.04 * lift + grain).clamp(0, 1)
