"""A film dreams on: latents that follow each other as the film's do."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Literal

import torch
from torch import Tensor

from mutoscope.autoencode.dream_linear import linear_step
from mutoscope.autoencode.dream_network import MIXTURES, DreamNetwork, State
from mutoscope.autoencode.dream_space import DreamSpace
from mutoscope.autoencode.dream_training import train_dreamer
from mutoscope.core.errors import WeightsError
from mutoscope.effects.curves import ease

__all__ = ["Cuts", "Dreamer", "train_dreamer"]

Cuts = Literal["film", "glide", "never"]
"""Whether a dream cuts as often as the film does, glides from shot to shot instead, or stays where it is."""

PULL = True
_GLIDE = 24
"""Frames of a glide."""
_FADING = 0.9
"""What is left, a frame later, of what is special in the frame that a dream begins with."""
_RECENT = 6
"""Cuts that are not made again before so many others."""
_NAMES = (
    "rule_FK", "unit_K", "speed_K", "mean_L", "basis_KL", "scale_K", "anchors_AL", "reach", "lengths_C", "starts_CL",
    "ends_CL",
)  # fmt: skip


class Dreamer:
    """Goes on from latents, as `train_dreamer` has learnt it.

    Args:
        state: what `train_dreamer` gave.

    Raises:
        WeightsError: numbers are missing or do not fit together.

    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        try:
            self._take({name: value.float() for name, value in state.items()})
        except (KeyError, RuntimeError, IndexError) as error:
            raise WeightsError(
                "what this model knows of dreams is damaged; train it again, or get it again."
            ) from error

    def _take(self, state: dict[str, Tensor]) -> None:
        missing = [name for name in _NAMES if name not in state]
        if missing:
            raise KeyError(missing[0])
        self._rule, self._unit, self._speed = state["rule_FK"], state["unit_K"], state["speed_K"]
        self._space = DreamSpace(
            state["mean_L"], state["basis_KL"], state["scale_K"], state["anchors_AL"], float(state["reach"][0])
        )
        self._lengths, self._starts, self._ends = state["lengths_C"], state["starts_CL"], state["ends_CL"]
        self._network = DreamNetwork(len(self._unit))
        weights = {name.removeprefix("network."): v for name, v in state.items() if name.startswith("network.")}
        self._network.load_state_dict(weights)
        self._network.eval().requires_grad_(False)
        if self._rule.shape != (2 * len(self._unit) + 1, len(self._unit)):
            raise RuntimeError

    @property
    def latent(self) -> int:
        """Numbers of a latent."""
        return len(self._space.mean_L)

    @torch.inference_mode()
    def run(
        self, z_start_TL: Tensor, num: int, temperature: float, generator: torch.Generator, cuts: Cuts = "film"
    ) -> Iterator[Tensor]:
        """Yield what comes after some latents, one by one.

        Args:
            z_start_TL: frames of one shot that have just been seen, at least one; more of them tell more.
            num: how many latents come.
            temperature: how far chance goes: 0 shows what is most expected, 1 is as lively as the film, more is wild.
            generator: chance.
            cuts: see `Cuts`.

        """
        for z, _ in self.steps(z_start_TL, num, temperature, generator, cuts):
            yield z

    @torch.inference_mode()
    def steps(
        self, z_start_TL: Tensor, num: int, temperature: float, generator: torch.Generator, cuts: Cuts = "film"
    ) -> Iterator[tuple[Tensor, bool]]:
        """Yield as `run`, and whether the dream has cut to another shot just before."""
        dream = _Dream(self, temperature, generator)
        dream.begin(z_start_TL)
        left = self._draw_length(generator, len(z_start_TL))
        recent: deque[int] = deque(maxlen=min(_RECENT, len(self._starts) // 2))
        last_L, done = z_start_TL[-1].float(), 0
        while done < num:
            if cuts == "never" or left > 0:
                last_L = dream.next()
                yield last_L, False
                left, done = left - 1, done + 1
                continue
            target_L = self._starts[self._next_shot(last_L, recent, temperature, generator)]
            way = [target_L] if cuts == "film" else list(_glide(last_L, target_L, min(_GLIDE, num - done)))
            yield from ((z_L, cuts == "film") for z_L in way)
            last_L, done = target_L, done + len(way)
            dream.begin(target_L[None])
            left = self._draw_length(generator, 1)

    def _next_shot(self, last_L: Tensor, recent: deque[int], temperature: float, chance: torch.Generator) -> int:
        """Choose what to cut to: as the film does where it ended a shot with pictures like the present one."""
        distance_C = (self._ends - last_L).norm(dim=1)
        width = float(distance_C.min()) * (0.1 + 0.5 * temperature) + 1e-6
        weights = torch.softmax(-(distance_C - distance_C.min()) / width, 0)
        weights[list(recent)] = 0.0
        if float(weights.sum()) <= 0:
            weights = torch.ones(len(weights))
            weights[list(recent)] = 0.0
        chosen = int(torch.multinomial(weights, 1, generator=chance))
        recent.append(chosen)
        return chosen

    def _draw_length(self, chance: torch.Generator, age: int) -> int:
        """Draw how long the present shot goes on: as long as one of the film's, among those that are older than it."""
        longer = self._lengths[self._lengths > age]
        lengths = longer if len(longer) else self._lengths
        drawn = float(lengths[torch.randint(len(lengths), (1,), generator=chance)])
        # Not to the frame as in the film: a dream of few shots would beat like a drum.
        drawn *= float(torch.exp(0.15 * torch.randn(1, generator=chance)))
        return max(1, round(drawn) - age) if len(longer) else 1


class _Dream:
    """Where a dream is: place, last difference, and the state of the network."""

    def __init__(self, dreamer: Dreamer, temperature: float, chance: torch.Generator) -> None:
        self._dreamer, self._temperature, self._chance = dreamer, temperature, chance

    def begin(self, z_TL: Tensor) -> None:
        """Take up what has been seen: the last frames of a shot, or the first one of a new shot."""
        me = self._dreamer
        w_TK = me._space.into(z_TL.float())
        self._state: State | None = None
        self.w, self.v = w_TK[0], torch.zeros_like(w_TK[0])
        self._is_first = 1.0
        for w in w_TK[1:]:
            self._look()
            self._move(w)
        self._r0 = z_TL[-1] - me._space._told(self.w[None])[0]
        self._rest = z_TL[-1] - me._space.back(self.w[None])[0]

    def next(self) -> Tensor:
        """Give the next latent."""
        me = self._dreamer
        logit, mean, log_sigma = self._look()
        drawn = self._draw(logit, mean, log_sigma)
        step = linear_step(me._rule, self.w[None], self.v[None])[0] + drawn * me._unit
        there = self.w + step
        self._move(me._space.kept(there) if PULL else there)
        self._rest = self._rest * _FADING
        return me._space.back(self.w[None])[0] + self._rest if PULL else (me._space._told(self.w[None])[0] + self._r0)

    def _look(self) -> tuple[Tensor, Tensor, Tensor]:
        me = self._dreamer
        x = torch.cat([self.w, self.v / me._speed, torch.tensor([self._is_first])])
        (logit, mean, log_sigma), self._state = me._network(x[None, None], self._state)
        return logit[0, 0], mean[0, 0], log_sigma[0, 0]

    def _move(self, w: Tensor) -> None:
        self.v, self.w, self._is_first = w - self.w, w, 0.0

    def _draw(self, logit: Tensor, mean: Tensor, log_sigma: Tensor) -> Tensor:
        # Both are drawn at any temperature, so that one number more or less does not change all that follows.
        place = torch.rand(1, generator=self._chance)
        noise = torch.randn(mean.shape[1], generator=self._chance)
        if self._temperature == 0:
            return torch.softmax(logit, 0) @ mean
        share = torch.softmax(logit / self._temperature, 0)
        chosen = min(int((share.cumsum(0) < place).sum()), MIXTURES - 1)
        return mean[chosen] + self._temperature**0.5 * torch.exp(log_sigma[chosen]) * noise


def _glide(start_L: Tensor, end_L: Tensor, num: int) -> Iterator[Tensor]:
    for number in range(1, num + 1):
        share = ease(number / num, "ease")
        yield start_L * (1 - share) + end_L * share
