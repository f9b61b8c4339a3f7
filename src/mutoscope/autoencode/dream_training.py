"""Learn which latents of a film follow each other."""

from collections.abc import Callable

import torch
from torch import Tensor

from mutoscope.autoencode.dream_linear import fit_linear, linear_step
from mutoscope.autoencode.dream_network import DreamNetwork, mixture_nll
from mutoscope.autoencode.dream_space import DreamSpace, fit_space, runs_of
from mutoscope.autoencode.latents import Latents
from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress
from mutoscope.core.random import generator

__all__ = ["learn_dreams"]

_BATCH = 32
_LENGTH = 48
_RATE = 2e-3
_CLIP = 1.0
_CALM, _DRIFT = 0.3, 0.3
"""Share of stretches that are shown as they are, and how far others move away on their way; these are moved by up to
as much as a dream may be away from the film."""
_MOST_CUTS = 512
_MOST_NUMBERS = 205_000


def learn_dreams(
    latents: Latents, seed: int, seconds: float, steps: int | None, clock: Callable[[], float], report: Listener
) -> dict[str, Tensor]:
    """Learn how a film moves and where it cuts; as `dreamer.train_dreamer`, but for how lively it is at the end."""
    began = clock()
    if not len(latents):
        raise InputError("there are no latents to learn a dream from; give a film that has frames.")
    runs = runs_of(latents)
    space = fit_space(runs)
    ways = [space.into(run) for run in runs]
    rule = fit_linear(ways, space.scale_K)
    left = [_left_over(way, rule) for way in ways]
    known = torch.cat([part[1:] for part in left])
    unit = known.square().mean(0).sqrt() if len(known) else torch.ones(rule.shape[1])
    unit = torch.where(unit > 1e-6, unit, torch.full_like(unit, 1e-3))
    speed = _speed(ways)
    network = DreamNetwork(rule.shape[1], generator(seed, 0, "dreamer"))
    stray = space.reach / len(unit) ** 0.5 / space.scale_K
    learning = _Learning(network, ways, rule.float(), unit, speed, stray, seed)
    with torch.enable_grad():
        while learning.can_learn and (progress := _progress(learning.step, clock() - began, steps, seconds)) < 1:
            learning.advance(progress)
            report(Progress("learn to dream", round(100 * progress), 100, "percent"))
    report(Progress("learn to dream", 100, 100, "percent"))
    state = {f"network.{name}": value.detach().clone() for name, value in network.state_dict().items()}
    state |= {"rule_FK": rule.float(), "unit_K": unit, "speed_K": speed, "lively": torch.ones(1)}
    state |= _space_as_tensors(space) | _cuts(runs)
    return state


def _progress(step: int, passed: float, steps: int | None, seconds: float) -> float:
    return step / max(1, steps) if steps is not None else passed / seconds if seconds > 0 else 1.0


class _Learning:
    """Steps of gradient descent over stretches of shots."""

    def __init__(
        self,
        network: DreamNetwork,
        ways: list[Tensor],
        rule: Tensor,
        unit: Tensor,
        speed: Tensor,
        stray: Tensor,
        seed: int,
    ) -> None:
        self.step = 0
        self._network, self._rule, self._unit, self._speed = network, rule, unit, speed
        self._stray, self._seed = stray, seed
        self._ways = [way for way in ways if len(way) > 1]
        self._weights = torch.tensor([len(way) - 1.0 for way in self._ways])
        self._adam = torch.optim.AdamW(network.parameters(), lr=_RATE, betas=(0.9, 0.99), weight_decay=0.05)

    @property
    def can_learn(self) -> bool:
        """Whether anything moves."""
        return bool(self._ways)

    def advance(self, progress: float) -> float:
        """Learn from one batch; give its loss per component."""
        for group in self._adam.param_groups:
            group["lr"] = _RATE * min(1.0, (self.step + 1) / 20) * max(0.02, 1 - progress)
        w, is_first, is_known = self._batch()
        seen = w + self._astray(w) + self._too_calm(w, is_first)
        (logit, mean, log_sigma), step = self._expected(seen, is_first)
        target = w[:, 1:] - w[:, :-1] - step
        nll = mixture_nll(logit, mean, log_sigma, target / self._unit)
        loss = (nll * is_known).sum() / is_known.sum() / w.shape[-1]
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), _CLIP)
        self._adam.step()
        self.step += 1
        return float(loss.detach())

    def _expected(self, seen_NTK: Tensor, is_first_NT: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """Give what the network expects after each frame but the last, and the step of the linear rule."""
        v = torch.cat([torch.zeros_like(seen_NTK[:, :1]), seen_NTK[:, 1:] - seen_NTK[:, :-1]], 1)
        v = (v * (1 - is_first_NT[..., None]))[:, :-1]
        x = torch.cat([seen_NTK[:, :-1], v / self._speed, is_first_NT[:, :-1, None]], -1)
        return self._network(x)[0], linear_step(self._rule, seen_NTK[:, :-1], v)

    def _too_calm(self, w_NTK: Tensor, is_first_NT: Tensor) -> Tensor:
        """Give what to add so that frames are nearer to what was expected than to what came, in each stretch as drawn.

        A dream's own frames are like that. A network that knows only films takes them for a calm shot, is calm itself,
        and comes to rest (Bengio et al. 2015, "Scheduled Sampling", without its steps one by one).
        """
        with torch.no_grad():
            (logit, mean, _), step = self._expected(w_NTK, is_first_NT)
            left = (torch.softmax(logit, -1)[..., None] * mean).sum(-2)
            surprise = w_NTK[:, :-1] + step + left * self._unit - w_NTK[:, 1:]
        much = torch.rand(len(w_NTK), 1, 1, generator=generator(self._seed, self.step, "dreamer calm"))
        return torch.cat([torch.zeros_like(w_NTK[:, :1]), much * surprise], 1)

    def _batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Draw stretches N,T,K; whether a frame's speed is unknown N,T; and whether what follows is known N,T-1."""
        chance = generator(self._seed, self.step, "dreamer batch")
        shots = torch.multinomial(self._weights, _BATCH, replacement=True, generator=chance)
        places = torch.rand(_BATCH, generator=chance)
        length = min(_LENGTH, max(len(way) for way in self._ways))
        w = torch.zeros(_BATCH, length, self._network.num)
        is_first, is_known = torch.zeros(_BATCH, length), torch.zeros(_BATCH, length - 1)
        for row, (shot, place) in enumerate(zip(shots.tolist(), places.tolist(), strict=True)):
            way = self._ways[shot]
            # Shots' first frames as often as others: each stretch begins up to a length before the shot.
            start = max(0, int(place * (len(way) - 1 + length // 2)) - length // 2)
            part = way[start : start + length]
            if len(part) < 2:
                part = way[-2:]
            w[row, : len(part)] = part
            w[row, len(part) :] = part[-1]
            is_first[row, 0] = 1.0
            is_known[row, : len(part) - 1] = 1.0
        return w, is_first, is_known

    def _astray(self, w_NTK: Tensor) -> Tensor:
        """Draw for most of the stretches how far beside the film a dream might go along: the film's way, moved."""
        chance = generator(self._seed, self.step, "dreamer astray")
        num, length, _ = w_NTK.shape
        much = torch.rand(num, 1, generator=chance).sub(_CALM).clamp_min(0) / (1 - _CALM)
        blind = torch.randn(num, 1, w_NTK.shape[2], generator=chance) * self._stray
        # Half of it towards other places of the film, as a dream between two of them would be.
        other = w_NTK[torch.randperm(num, generator=chance), :1] - w_NTK[:, :1]
        size = (other / self._stray.clamp_min(1e-9)).square().mean(-1, keepdim=True).sqrt().clamp_min(1e-6)
        other = other / size.clamp_min(1.0)
        is_blind = (torch.rand(num, 1, 1, generator=chance) < 0.5).float()
        drift = torch.randn(w_NTK.shape, generator=chance).cumsum(1) / length**0.5 * self._stray * _DRIFT
        astray: Tensor = much[..., None] * (is_blind * blind + (1 - is_blind) * other + drift)
        return astray


def _left_over(way: Tensor, rule: Tensor) -> Tensor:
    """Give what the linear rule did not predict, T-1,K; the first difference has no speed before it."""
    d = (way[1:] - way[:-1]).double()
    before = torch.cat([torch.zeros_like(d[:1]), d[:-1]])
    return (d - linear_step(rule, way[:-1].double(), before)).float()


def _speed(ways: list[Tensor]) -> Tensor:
    """Root mean square of the differences, K."""
    d = torch.cat([way[1:] - way[:-1] for way in ways])
    if not len(d):
        return torch.ones(ways[0].shape[1])
    speed = d.square().mean(0).sqrt()
    return torch.where(speed > 1e-6, speed, torch.ones_like(speed))


def _space_as_tensors(space: DreamSpace) -> dict[str, Tensor]:
    return {
        "mean_L": space.mean_L,
        "basis_KL": space.basis_KL,
        "scale_K": space.scale_K,
        "anchors_AL": space.anchors_AL,
        "next_AK": space.next_AK,
        "shot_A": space.shot_A,
        "reach": torch.tensor([space.reach]),
    }


def _cuts(runs: list[Tensor]) -> dict[str, Tensor]:
    """Give for shots how long they last, where they begin, and where the one before them ended."""
    most = max(2, min(_MOST_CUTS, _MOST_NUMBERS // (2 * runs[0].shape[1])))
    spaced = torch.linspace(0, len(runs) - 1, min(most, len(runs)), dtype=torch.float64)
    numbers = spaced.round().long().tolist()
    # Before the first shot comes the last one: a film that is dreamt has no end.
    return {
        "lengths_C": torch.tensor([float(len(runs[number])) for number in numbers]),
        "starts_CL": torch.stack([runs[number][0] for number in numbers]),
        "ends_CL": torch.stack([runs[number - 1][-1] for number in numbers]),
    }
