"""Training of filters, step by step: what a step does, and all that the next one needs."""

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mutoscope.core.random import generator
from mutoscope.filters.content import Pictures
from mutoscope.filters.network import FilterNetwork
from mutoscope.filters.objective import Losses, Weights, filter_losses
from mutoscope.models.backbone import Backbone
from mutoscope.models.style_statistics import StyleTargets, stack_targets

__all__ = ["Settings", "Training", "learning_rate", "mean_of"]

_TWIN_SHIFT_PX = 6
_TWIN_NOISE = 0.03
_WARM_UP_STEPS = 40
_STYLE_RATE = 2.0
"""A style learns faster than the network, which all share."""


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        size: side of the crops in px.
        batch: crops per step; each learns another style where there are several.
        rate: Adam's step at its highest.
        trains_network: whether the shared network learns too, or the styles alone.
        seed: of crops, shifts and noise.
        weights: of the terms.

    """

    size: int = 192
    batch: int = 4
    rate: float = 1.5e-3
    trains_network: bool = True
    seed: int = 0
    weights: Weights = field(default_factory=Weights)


def learning_rate(settings: Settings, step: int, progress: float) -> float:
    """Rise over the first steps, then fall along half a cosine to a fiftieth at the end of the budget.

    Args:
        settings: holds the highest rate.
        step: steps done.
        progress: share of the budget that is spent, 0..1.

    """
    fall = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return settings.rate * fall * min(1.0, (step + 1) / _WARM_UP_STEPS)


class Training:
    """A network and its styles on their way.

    Args:
        network: shared by all styles.
        styles: by name; leaves of the gradient from now on.
        targets: what each style must reach.
        content: what is painted.
        backbone: the network that judges.
        settings: how to train.
        emphasis: how much more than others a style counts; 1 where it is not named.

    """

    def __init__(
        self,
        network: FilterNetwork,
        styles: Mapping[str, Mapping[str, Tensor]],
        targets: Mapping[str, StyleTargets],
        content: Pictures,
        backbone: Backbone,
        settings: Settings,
        emphasis: Mapping[str, float] | None = None,
    ) -> None:
        self.network, self.settings = network, settings
        self.styles = {n: {k: v.detach().clone().requires_grad_() for k, v in s.items()} for n, s in styles.items()}
        self.step = 0
        self._targets, self._content, self._backbone = targets, content, backbone
        self._names = list(self.styles)
        self._emphasis = emphasis or {}
        for parameter in network.parameters():
            parameter.requires_grad_(settings.trains_network)
        leaves = [v for style in self.styles.values() for v in style.values()]
        shared = list(network.parameters()) if settings.trains_network else []
        groups = [{"params": shared, "scale": 1.0}, {"params": leaves, "scale": _STYLE_RATE}]
        self.adam = torch.optim.Adam([g for g in groups if g["params"]], lr=settings.rate, betas=(0.9, 0.99))

    def advance(self, progress: float, precision: AbstractContextManager[object]) -> Losses:
        """Do one step.

        Args:
            progress: share of the budget that is spent, 0..1; the learning rate follows it.
            precision: what the network's arithmetic is wrapped in (autocast).

        """
        settings = self.settings
        content_p = self._content.batch(settings.batch, settings.size, settings.seed, self.step)
        content_p = content_p.to(next(self.network.parameters()).device)
        names = self._drawn()
        for group in self.adam.param_groups:
            group["lr"] = learning_rate(settings, self.step, progress) * group["scale"]
        style = {key: torch.stack([self.styles[n][key] for n in names]) for key in self.styles[names[0]]}
        num_twins = max(1, settings.batch // 2)
        with precision:
            painted = self.network(content_p, style).float()
            pair = self._twins(content_p[:num_twins], painted, {k: v[:num_twins] for k, v in style.items()})
        targets = stack_targets([self._targets[n] for n in names])
        emphasis = torch.tensor([self._emphasis.get(n, 1.0) for n in names], device=content_p.device)
        losses = filter_losses(self._backbone, settings.weights, content_p, painted, pair, targets, emphasis)
        self.adam.zero_grad(set_to_none=True)
        losses.total.backward()  # type: ignore[no-untyped-call] # torch leaves backward untyped
        self.adam.step()
        self.step += 1
        return losses

    def judge(self, content_p_NCHW: Tensor) -> float:
        """Give the total loss on fixed frames, all styles averaged, without a twin; nothing is learned."""
        content_p = content_p_NCHW.to(next(self.network.parameters()).device)
        totals = []
        with torch.no_grad():
            for name, style in self.styles.items():
                painted = self.network(content_p, style)
                losses = filter_losses(
                    self._backbone,
                    self.settings.weights,
                    content_p,
                    painted,
                    (painted, painted),
                    self._targets[name],
                    torch.ones(len(content_p), device=content_p.device),
                )
                totals.append(float(losses.total))
        return sum(totals) / len(totals)

    def _drawn(self) -> list[str]:
        """Take styles in turn, in an order that chance makes anew for each round."""
        num, chosen = len(self._names), []
        for i in range(self.settings.batch):
            turn, place = divmod(self.step * self.settings.batch + i, num)
            order = torch.randperm(num, generator=generator(self.settings.seed, turn, "styles"))
            chosen.append(self._names[int(order[place])])
        return chosen

    def _twins(self, content_p_NCHW: Tensor, painted: Tensor, style: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Paint the first frames again, moved and noisy; give the places that both paintings have in common."""
        first = painted[: len(content_p_NCHW)]
        if self.settings.weights.consistency == 0:
            return first, first
        twin, moved = self._twin(content_p_NCHW)
        return _same_places(first, self.network(twin, style).float(), moved)

    def _twin(self, content_p_NCHW: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Take the same frame again, moved and noisy: what it shows now and then shall be painted alike."""
        chance = generator(self.settings.seed, self.step, "twin")
        y, x = torch.randint(-_TWIN_SHIFT_PX, _TWIN_SHIFT_PX + 1, (2,), generator=chance).tolist()
        gain = 1 + 0.04 * (2 * torch.rand((), generator=chance).item() - 1)
        noise = torch.randn(content_p_NCHW.shape, generator=chance) * _TWIN_NOISE * torch.rand((), generator=chance)
        moved = content_p_NCHW.roll((y, x), (2, 3)) * gain + noise.to(content_p_NCHW.device)
        return moved.clamp(0, 1), (y, x)

    def state(self) -> dict[str, Tensor]:
        """Give everything that the next step needs."""
        tensors = {"step": torch.tensor([self.step])}
        tensors |= {f"network/{name}": value for name, value in self.network.state_dict().items()}
        for name, style in self.styles.items():
            tensors |= {f"style/{name}/{key}": value for key, value in style.items()}
        for i, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam/{i}/{key}": value for key, value in moments.items()}
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a state, as if there had been no break.

        Raises:
            KeyError: the state is of another training.

        """
        self.step = int(tensors["step"][0])
        names = self.network.state_dict()
        self.network.load_state_dict({name: tensors[f"network/{name}"] for name in names})
        with torch.no_grad():
            for name, style in self.styles.items():
                for key, value in style.items():
                    value.copy_(tensors[f"style/{name}/{key}"])
        saved = self.adam.state_dict()
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("adam/"):
                _, i, part = key.split("/")
                moments.setdefault(int(i), {})[part] = value
        self.adam.load_state_dict({**saved, "state": moments})


def _same_places(first: Tensor, second: Tensor, moved_yx: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Cut out of both what they have in common, away from the edge where one has rolled in."""
    y, x = moved_yx
    m = _TWIN_SHIFT_PX + 2
    height, width = first.shape[2:]
    return (
        first[:, :, m : height - m, m : width - m],
        second[:, :, m + y : height - m + y, m + x : width - m + x],
    )


def mean_of(losses: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average each term."""
    return {name: sum(each[name] for each in losses) / len(losses) for name in losses[0]}
