"""A camera's film as a plan: how it moves, where it is spoiled, and what a person would call it. Pixels come later."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.random import Generator, default_rng

from mutoscope.sort.hysteresis import runs

__all__ = ["PLANTS", "FilmPlan", "Manner", "draw_manner", "plan_film"]

Floats = npt.NDArray[np.float64]

PLANTS = ("defocus", "whip", "under", "over", "pumping", "shake", "black", "frozen")
"""What may be planted: a defocus pull, a camera thrown about, exposure ramps, hunting exposure, a burst of shake …"""

_TRUTHS = ("blurred", "underexposed", "overexposed", "pumping", "shaky", "black", "frozen")
_RADIUS = (1.0, 1.6)
"""Radius of defocus, px of a picture 640 px wide: below the first it is none, from the second on a fault; in between
people would differ. Likewise the next ones."""
_STOPS = (1.1, 1.6)
_SWING = (0.45, 0.7)
_SHAKE = (0.24, 0.36)
"""Deviation of the hand, % of width."""
_SHUTTER = 0.5
"""Share of the time between two frames in which light falls in: the 180 degrees of film."""


@dataclass(frozen=True)
class Manner:
    """What kind of film is planned.

    Attributes:
        plants: faults, in order; each at a place of its own.
        pan_percent: speed of a steady pan, % of width per second; None draws a calm camera.
        calm: deviation of the hand, % of width.
        subject: whether something moves fast before the ground, on less than a quarter of the picture.
        cuts: number of cuts.
        stops: exposure of all of it.
        noise_levels: grain, levels of 255.

    """

    plants: tuple[str, ...] = ()
    pan_percent: float | None = None
    calm: float = 0.03
    subject: bool = False
    cuts: int = 0
    stops: float = 0.0
    noise_levels: float = 1.0


@dataclass(frozen=True)
class FilmPlan:
    """Everything about a film but its pixels.

    Attributes:
        rate: frames per second.
        x_T: way of the camera, share of the width.
        y_T: likewise.
        stops_T: exposure.
        radius_T: defocus, px of a picture 640 px wide.
        shutter_T: share of the time between two frames.
        black_T: whether the lens is covered.
        shows_T: number of the frame that is shown: others than its own where the film stands.
        cuts: first frame of each shot but the first.
        truth: by fault: 1 where it is, 0 where it is not, NaN where people would differ.
        manner: what was asked for.
        seed: of what is left to the renderer.

    """

    rate: float
    x_T: Floats
    y_T: Floats
    stops_T: Floats
    radius_T: Floats
    shutter_T: Floats
    black_T: npt.NDArray[np.bool_]
    shows_T: npt.NDArray[np.int64]
    cuts: tuple[int, ...]
    truth: Mapping[str, Floats]
    manner: Manner
    seed: int

    def __len__(self) -> int:
        return len(self.x_T)

    def bad_T(self) -> Floats:  # noqa: N802 (dimensions in capitals)
        """Give 1 where any fault is, 0 where none is, NaN where people would differ.

        They do about a rest of less than half a second between faults and cuts: it is good, and of no use.
        """
        stack = np.stack(list(self.truth.values()))
        any_T = (np.nan_to_num(stack) > 0.5).any(0)
        bad_T = np.where(any_T, 1.0, np.where(np.isnan(stack).any(0), np.nan, 0.0))
        for first, end in pairwise((0, *self.cuts, len(self))):
            for a, b in runs(bad_T[first:end] == 0):
                if b - a < 0.5 * self.rate and b - a < end - first:
                    bad_T[first + a : first + b] = np.nan
        return bad_T


def plan_film(manner: Manner, seed: int, num_frames: int = 200, rate: float = 25.0) -> FilmPlan:
    """Plan a film; the same for the same manner and seed."""
    chance = default_rng([seed, 7])
    seconds_T = np.arange(num_frames) / rate
    cuts = _cuts(manner.cuts, num_frames, chance)
    x_T, y_T = _calm_way(seconds_T, manner, chance)
    plan = FilmPlan(
        rate=rate,
        x_T=x_T,
        y_T=y_T,
        stops_T=np.full(num_frames, manner.stops),
        radius_T=np.zeros(num_frames),
        shutter_T=np.full(num_frames, _SHUTTER),
        black_T=np.zeros(num_frames, np.bool_),
        shows_T=np.arange(num_frames),
        cuts=cuts,
        truth={name: np.zeros(num_frames) for name in _TRUTHS},
        manner=manner,
        seed=seed,
    )
    for slot, plant in enumerate(manner.plants):
        first, end = _place(slot, len(manner.plants), (0, *cuts, num_frames), rate, chance)
        _PLANTERS[plant](plan, first, end, chance)
    return plan


def draw_manner(seed: int) -> Manner:
    """Draw what a film is like: a third has no fault, a third is panned, a quarter has a moving subject."""
    chance = default_rng([seed, 3])
    number = int(chance.choice([0, 1, 2], p=[0.32, 0.34, 0.34]))
    return Manner(
        plants=tuple(chance.choice(PLANTS, number, replace=False).tolist()),
        pan_percent=float(chance.uniform(2, 30)) if chance.random() < 0.35 else None,
        calm=float(0.015 * 8 ** chance.random()),
        subject=bool(chance.random() < 0.25),
        cuts=int(chance.choice([0, 1, 2], p=[0.6, 0.25, 0.15])),
        stops=float(chance.normal(0, 0.3)),
        noise_levels=float(0.5 * 8 ** chance.random()),
    )


def _cuts(number: int, num_frames: int, chance: Generator) -> tuple[int, ...]:
    return tuple(int(num_frames * (i + 1) / (number + 1) + chance.integers(-8, 9)) for i in range(number))


def _calm_way(seconds_T: Floats, manner: Manner, chance: Generator) -> tuple[Floats, Floats]:
    drift_2 = chance.normal(0, 0.012, 2)
    if manner.pan_percent is not None:
        angle = chance.uniform(-0.3, 0.3) if chance.random() < 0.8 else np.pi / 2
        drift_2 = manner.pan_percent / 100 * np.array([np.cos(angle), np.sin(angle)]) * chance.choice([-1, 1])
    hand_T2 = _tremble(seconds_T, manner.calm / 100, chance)
    return drift_2[0] * seconds_T + hand_T2[:, 0], drift_2[1] * seconds_T + hand_T2[:, 1]


def _tremble(seconds_T: Floats, deviation: float, chance: Generator) -> Floats:
    """Add sines of 1.5 to 7 Hz: what is slower is a pan, what is faster a hand cannot do."""
    hertz_K, phase_K2 = chance.uniform(1.5, 7, 6), chance.uniform(0, 2 * np.pi, (6, 2))
    weight_K = hertz_K**-0.7
    waves_T2 = (
        weight_K[None, :, None] * np.sin(2 * np.pi * hertz_K[None, :, None] * seconds_T[:, None, None] + phase_K2)
    ).sum(1)
    root = np.sqrt((weight_K**2).sum())  # of both axes together: each sine has half its square
    trembling_T2: Floats = waves_T2 * deviation / root
    return trembling_T2


def _place(slot: int, slots: int, edges: tuple[int, ...], rate: float, chance: Generator) -> tuple[int, int]:
    """Draw where a fault lies: within one shot, 0.8 to 2.5 s, apart from the others."""
    low, high = edges[-1] * slot // slots, edges[-1] * (slot + 1) // slots
    shots = [(max(a, low), min(b, high)) for a, b in pairwise(edges) if min(b, high) - max(a, low) > rate]
    shots = shots or [max(pairwise(edges), key=lambda shot: shot[1] - shot[0])]
    a, b = shots[int(chance.integers(len(shots)))]
    length = min(int(chance.uniform(0.8, 2.5) * rate), int(0.8 * (b - a)))
    first = int(chance.integers(a, b - length + 1))
    return first, first + length


def _hump(length: int, ramp: int) -> Floats:
    """Rise, stay, fall: 0..1."""
    at_T = np.arange(length) + 0.5
    return np.asarray(np.clip(np.minimum(at_T, length - at_T) / max(ramp, 1), 0, 1))


def _between(low: float, high: float, chance: Generator) -> float:
    """Draw evenly between logarithms: mild faults are as frequent as strong ones."""
    return float(low * (high / low) ** chance.random())


def _said(severity_T: Floats, band: tuple[float, float]) -> Floats:
    """Give 1 where it is a fault, 0 where it is none, NaN between."""
    return np.where(severity_T >= band[1], 1.0, np.where(severity_T < band[0], 0.0, np.nan))


def _plant_defocus(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    most, ramp = _between(0.7, 7, chance), int(chance.choice([1, 6, 12]))
    radius_T = most * _hump(end - first, ramp)
    plan.radius_T[first:end] = radius_T
    plan.truth["blurred"][first:end] = _said(radius_T, _RADIUS)


def _plant_whip(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    """Throw the camera about with the shutter wide open: shaken throughout, and smeared where it is fast."""
    t_T = (np.arange(end - first) + 0.5) / plan.rate
    widths, hertz = chance.uniform(0.08, 0.2), chance.uniform(0.8, 1.4)
    angle = chance.uniform(0, np.pi)
    swing_T = widths * np.sin(2 * np.pi * hertz * t_T) * _hump(end - first, 3)
    plan.x_T[first:end] += swing_T * np.cos(angle)
    plan.y_T[first:end] += swing_T * np.sin(angle)
    plan.shutter_T[first:end] = 1.0
    speed_T = np.abs(np.gradient(swing_T))  # widths per frame, which is the length of the smear
    smeared_T = _widened(speed_T * 640 / 3 >= _RADIUS[1], 4)
    plan.truth["blurred"][first:end] = np.where(smeared_T, 1.0, np.nan)
    plan.truth["shaky"][first:end] = 1


def _widened(mask_T: npt.NDArray[np.bool_], frames: int) -> npt.NDArray[np.bool_]:
    """Close gaps of a few frames: at its turning points a swinging camera stands for a moment."""
    reach = np.ones(2 * frames + 1)
    grown_T = np.convolve(mask_T, reach, "same") > 0
    return np.asarray(np.convolve(~grown_T, reach, "same") == 0)


def _plant_stops(plan: FilmPlan, first: int, end: int, chance: Generator, sign: int) -> None:
    most, ramp = _between(0.6, 3.5, chance), int(chance.choice([5, 12, 20]))
    stops_T = most * _hump(end - first, min(ramp, (end - first) // 3))
    plan.stops_T[first:end] += sign * stops_T
    plan.truth["underexposed" if sign < 0 else "overexposed"][first:end] = _said(stops_T, _STOPS)
    plan.truth["pumping"][first:end] = np.nan  # a ramp of half a second is one swing of a pump


def _plant_pumping(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    swing, hertz = _between(0.25, 1.6, chance), chance.uniform(0.9, 2.0)
    t_T = (np.arange(end - first) + 0.5) / plan.rate
    plan.stops_T[first:end] += swing / 2 * np.sin(2 * np.pi * hertz * t_T)
    plan.truth["pumping"][first:end] = _said(np.full(end - first, swing), _SWING)
    for name in ("underexposed", "overexposed"):
        plan.truth[name][first:end] = np.nan


def _plant_shake(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    deviation = _between(0.12, 1.8, chance)
    seconds_T = np.arange(first, end) / plan.rate
    tremble_T2 = _tremble(seconds_T, deviation / 100, chance) * _hump(end - first, 3)[:, None]
    plan.x_T[first:end] += tremble_T2[:, 0]
    plan.y_T[first:end] += tremble_T2[:, 1]
    plan.truth["shaky"][first:end] = _said(np.full(end - first, deviation), _SHAKE)
    plan.truth["blurred"][first:end] = np.nan  # its fastest frames are smeared


def _plant_black(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    del chance
    plan.black_T[first:end] = True
    plan.truth["black"][first:end] = 1
    for name in ("blurred", "underexposed", "shaky", "pumping"):
        plan.truth[name][first:end] = np.nan


def _plant_frozen(plan: FilmPlan, first: int, end: int, chance: Generator) -> None:
    del chance
    plan.shows_T[first:end] = first
    plan.truth["frozen"][first:end] = 1


_PLANTERS = {
    "defocus": _plant_defocus,
    "whip": _plant_whip,
    "under": lambda p, a, b, c: _plant_stops(p, a, b, c, -1),
    "over": lambda p, a, b, c: _plant_stops(p, a, b, c, 1),
    "pumping": _plant_pumping,
    "shake": _plant_shake,
    "black": _plant_black,
    "frozen": _plant_frozen,
}
