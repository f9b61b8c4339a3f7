"""A film dreams on: latents that follow each other as the film's do."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import torch
from torch import Tensor

from mutoscope.autoencode.dream_linear import linear_step
from mutoscope.autoencode.dream_network import MIXTURES, DreamNetwork, State
from mutoscope.autoencode.dream_space import DreamSpace, runs_of
from mutoscope.autoencode.dream_training import learn_dreams
from mutoscope.autoencode.latents import Latents
from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import Listener, ignore
from mutoscope.core.random import generator as chance_of
from mutoscope.effects.curves import ease

__all__ = ["Cuts", "Dreamer", "train_dreamer"]

Cuts = Literal["film", "glide", "never"]
"""Whether a dream cuts as often as the film does, glides from shot to shot instead, or stays where it is."""

_GLIDE = 24
"""Frames of a glide."""
_FADING = 0.9
"""What is left, a frame later, of what is special in the frame that a dream begins with."""
_RECENT = 6
"""Cuts that are not made again before so many others."""
_TRIES, _TRIED_FRAMES, _TRIED_DREAMS = 5, 64, 12
_NEAR = 0.05
_LIVELY = (0.6, 2.2)
_OF_COMPONENTS = ("unit_K", "speed_K", "scale_K")


def train_dreamer(
    latents: Latents,
    seed: int = 0,
    *,
    seconds: float = 60.0,
    steps: int | None = None,
    clock: Callable[[], float] = time.monotonic,
    report: Listener = ignore,
) -> dict[str, Tensor]:
    """Learn from a film's latents how it moves and where it cuts.

    Args:
        latents: of one film or several; what stands on two sides of a cut is never taken for a movement.
        seed: of all chance.
        seconds: how long it may take, but for a few seconds at the end.
        steps: exact number of steps instead: the same numbers on the same machine.
        clock: gives seconds.
        report: takes progress.

    Returns:
        what `Dreamer` works with: float32 tensors by name, 4.5 MB at most.

    Raises:
        InputError: there is no frame.

    """
    state = learn_dreams(latents, seed, seconds, steps, clock, report)
    return state | {"lively": torch.tensor([_liveliness(state, latents, seed)])}


@torch.inference_mode()
def _liveliness(state: Mapping[str, Tensor], latents: Latents, seed: int) -> float:
    """Find how much chance makes dreams at temperature 1 as quick as the film.

    Left alone they are slower: where a dream is not quite where the film was, the network takes the mean of what might
    come, and the mean moves less than each.
    """
    runs = [run for run in runs_of(latents) if len(run) > 2]
    if not runs:
        return 1.0
    lengths = torch.tensor([float(len(run)) for run in runs])
    drawn = torch.multinomial(lengths, _TRIED_DREAMS, replacement=True, generator=chance_of(seed, 0, "lively shots"))
    tried: list[tuple[float, float]] = []
    low, high = _LIVELY
    lively = 1.0
    for _ in range(_TRIES):
        quick = _quickness(
            Dreamer({**state, "lively": torch.tensor([lively])}), [runs[i] for i in drawn.tolist()], seed
        )
        if quick <= 0:
            return 1.0
        tried.append((abs(math.log(quick)), lively))
        if tried[-1][0] < _NEAR:
            break
        # Halved again and again, and the best of all that were tried: a little more may suddenly be far too much.
        low, high = (lively, high) if quick < 1 else (low, lively)
        lively = (low * high) ** 0.5
    return min(tried)[1]


def _quickness(dreamer: "Dreamer", runs: list[Tensor], seed: int) -> float:
    """Give the speed of short dreams over that of the shots that they begin in."""
    own = film = 0.0
    for number, run in enumerate(runs):
        dream = _Dream(dreamer, 1.0, chance_of(seed, number, "lively"))
        first = min(8, len(run) - 1)
        dream.begin(run[:first])
        num = min(_TRIED_FRAMES, len(run) - first)
        way = torch.stack([run[first - 1], *(dream.next() for _ in range(num))])
        own += float((way[1:] - way[:-1]).norm(dim=1).sum())
        film += num * float((run[1:] - run[:-1]).norm(dim=1).mean())
    return own / film if film > 0 else 0.0


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
        except (KeyError, RuntimeError, IndexError, ValueError) as error:
            raise WeightsError(
                "what this model knows of dreams is damaged; train it again, or get it again."
            ) from error

    def _take(self, state: dict[str, Tensor]) -> None:
        self._rule, self._unit, self._speed = state["rule_FK"], state["unit_K"], state["speed_K"]
        names = ("mean_L", "basis_KL", "scale_K", "anchors_AL", "next_AK", "shot_A")
        mean, basis, scale, anchors, following, shots = (state[name] for name in names)
        self._space = DreamSpace(mean, basis, scale, anchors, following, shots, float(state["reach"][0]))
        self._lengths, self._starts, self._ends = state["lengths_C"], state["starts_CL"], state["ends_CL"]
        self._lively = float(state["lively"][0])
        num, latent = state["basis_KL"].shape
        seen, cuts = len(anchors), len(self._lengths)
        wanted = {"rule_FK": (2 * num + 1, num), "mean_L": (latent,), "anchors_AL": (seen, latent)}
        wanted |= {"next_AK": (seen, num), "shot_A": (seen,)} | dict.fromkeys(_OF_COMPONENTS, (num,))
        wanted |= {"lengths_C": (cuts,)} | dict.fromkeys(("starts_CL", "ends_CL"), (cuts, latent))
        if 0 in (num, seen, cuts) or any(tuple(state[name].shape) != shape for name, shape in wanted.items()):
            raise ValueError
        self._network = DreamNetwork(num)
        weights = {name.removeprefix("network."): v for name, v in state.items() if name.startswith("network.")}
        self._network.load_state_dict(weights)
        self._network.eval().requires_grad_(False)

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
            if left > 0:
                last_L = dream.next()
                yield last_L, False
                left, done = left - 1, done + 1
                continue
            if cuts == "never":
                target_L = self._space.draw_in_shot(dream.w, generator)
            else:
                target_L = self._starts[self._next_shot(last_L, recent, temperature, generator)]
            way = [target_L] if cuts == "film" else list(_glide(last_L, target_L, min(_GLIDE, num - done)))
            yield from ((z_L, cuts == "film") for z_L in way)
            last_L, done = target_L, done + len(way)
            dream.begin(target_L[None])
            left = self._draw_length(generator, 1)

    @torch.inference_mode()
    def expected(self, z_start_TL: Tensor, num: int) -> Tensor:
        """Give the most expected continuation num,L, which nothing keeps within what was seen: for measuring."""
        dream = _Dream(self, 0.0, torch.Generator(), keeps=False)
        dream.begin(z_start_TL)
        return torch.stack([dream.next() for _ in range(num)])

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

    def __init__(self, dreamer: Dreamer, temperature: float, chance: torch.Generator, *, keeps: bool = True) -> None:
        self._dreamer, self._temperature, self._chance, self._keeps = dreamer, temperature, chance, keeps

    def begin(self, z_TL: Tensor) -> None:
        """Take up what has been seen: the last frames of a shot, or the first one of a new shot."""
        space = self._dreamer._space
        w_TK = space.into(z_TL.float())
        self._state: State | None = None
        self.w, self.v = w_TK[0], torch.zeros_like(w_TK[0])
        self._is_first = 1.0
        for w_K in w_TK[1:]:
            self._look()
            self._move(w_K)
        self._rest_L = z_TL[-1].float() - (space.back(self.w) if self._keeps else space.told(self.w))

    def next(self) -> Tensor:
        """Give the next latent."""
        me, space = self._dreamer, self._dreamer._space
        drawn_K = self._draw(*self._look())
        there_K = self.w + linear_step(me._rule, self.w[None], self.v[None])[0] + drawn_K * me._unit
        if not self._keeps:
            self._move(there_K)
            return space.told(self.w) + self._rest_L
        self._move(space.kept(self.w, there_K))
        self._rest_L = self._rest_L * _FADING
        return space.back(self.w) + self._rest_L

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
            expected: Tensor = torch.softmax(logit, 0) @ mean
            return expected
        share = torch.softmax(logit / self._temperature, 0)
        chosen = min(int((share.cumsum(0) < place).sum()), MIXTURES - 1)
        drawn: Tensor = (
            mean[chosen] + self._temperature**0.5 * self._dreamer._lively * torch.exp(log_sigma[chosen]) * noise
        )
        return drawn


def _glide(start_L: Tensor, end_L: Tensor, num: int) -> Iterator[Tensor]:
    for number in range(1, num + 1):
        share = ease(number / num, "ease")
        yield start_L * (1 - share) + end_L * share
