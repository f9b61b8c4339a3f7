"""Frame tables of planned films without any pixels: what the meters would say of them, more or less."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from numpy.random import Generator, default_rng

from mutoscope.sort.model import FrameTable
from mutoscope.sort.over_time import smoothed, windowed_mean
from mutoscope.sort.pumping import pumping_of
from mutoscope.testing.planted_faults import FilmPlan

__all__ = ["planted_table"]

Floats = npt.NDArray[np.float64]

_TICKS = 12_000
"""Units of time per second: divisible by the usual rates."""
_HALF_SHARP_PX = 1.6
"""Radius of defocus, px of a picture 640 px wide, at which half of the sharpness is left."""


def planted_table(plan: FilmPlan, *, learned: bool = True) -> FrameTable:
    """Make the table; the same plan gives the same.

    Args:
        plan: the film.
        learned: whether there are columns of the learned part.

    """
    chance = default_rng([plan.seed, 23])
    pts_T = np.rint(np.arange(len(plan)) * _TICKS / plan.rate).astype(np.int64)
    seconds_T = pts_T / _TICKS
    shots = FrameTable(pts_T, Fraction(1, _TICKS), {}, plan.cuts).shots()
    columns: dict[str, Floats] = {}
    x_T, y_T = (_shown(way_T, plan) + _noise(chance, len(plan), 1e-4, 0) for way_T in (plan.x_T, plan.y_T))
    for first, end in shots:
        part = slice(first, end)
        x_T[part] -= x_T[first]
        y_T[part] -= y_T[first]
    columns |= {"path_x": -100 * x_T, "path_y": -100 * y_T}
    columns |= _camera(x_T, y_T, seconds_T, shots)
    scene_T = np.zeros((2, len(plan)))
    for first, end in shots:
        scene_T[:, first:end] = chance.normal(0, [[0.25], [0.7]], (2, 1))
    smear_T = columns["speed"] / plan.rate * plan.shutter_T * 6.4 / 3
    radius_T = _shown(np.hypot(plan.radius_T, smear_T), plan)
    loss_T = 1 / (1 + (radius_T / _HALF_SHARP_PX) ** 2)
    columns["sharpness_best"] = 0.7 * loss_T * np.exp(scene_T[0] + _noise(chance, len(plan), 0.06, 5))
    columns["sharpness"] = columns["sharpness_best"] * (0.35 if plan.manner.subject else 0.6)
    columns["exposure"] = _shown(plan.stops_T, plan) + scene_T[1] + _noise(chance, len(plan), 0.03, 5)
    columns["exposure"][plan.black_T] = -8.5
    columns["sharpness_best"][plan.black_T] = np.nan
    columns["brightness"] = columns["exposure"] - 2.47
    columns["pumping"] = pumping_of(columns["brightness"], seconds_T, shots).astype(np.float64)
    columns["black"] = plan.black_T.astype(np.float64)
    columns["frozen"] = plan.truth["frozen"]
    columns["noise"] = np.abs(plan.manner.noise_levels * (1 + _noise(chance, len(plan), 0.05, 3)))
    columns["moving_share"] = np.clip(22.0 * plan.manner.subject + _noise(chance, len(plan), 3, 5), 0, 100)
    columns["blur_directed"] = np.clip(0.15 + 0.6 * (smear_T > 1) + _noise(chance, len(plan), 0.05, 5), 0, 1)
    columns["blur_direction"] = np.degrees(np.arctan2(np.gradient(y_T), np.gradient(x_T))) % 180
    if learned:
        columns["p_blurred"] = _likely(1.6 * np.log2(np.maximum(radius_T, 0.05) / 1.4), chance)
        columns["p_under"] = _likely(4 * (-_shown(plan.stops_T, plan) - 1.4), chance)
        columns["p_over"] = _likely(4 * (_shown(plan.stops_T, plan) - 1.4), chance)
    return FrameTable(pts_T, Fraction(1, _TICKS), {n: c.astype(np.float32) for n, c in columns.items()}, plan.cuts)


def _shown(value_T: Floats, plan: FilmPlan) -> Floats:
    shown_T: Floats = value_T[plan.shows_T]
    return shown_T


def _noise(chance: Generator, length: int, deviation: float, frames: int) -> Floats:
    """Draw noise that lasts some frames."""
    raw = chance.normal(0, 1, length + frames)
    kernel = np.ones(frames + 1) / np.sqrt(frames + 1)
    return np.asarray(deviation * np.convolve(raw, kernel, "valid"))


def _likely(logit_T: Floats, chance: Generator) -> Floats:
    """Blur a judgement: the learned part errs for seconds on end, not frame by frame."""
    wrong_T = _noise(chance, len(logit_T), 0.8, 12)
    return np.asarray(1 / (1 + np.exp(-logit_T - wrong_T)))


def _camera(x_T: Floats, y_T: Floats, seconds_T: Floats, shots: list[tuple[int, int]]) -> dict[str, Floats]:
    speed_T, shake_T = np.zeros(len(x_T)), np.zeros(len(x_T))
    for first, end in shots:
        part, at_T = slice(first, end), seconds_T[first:end]
        smooth_2T = np.stack([smoothed(way_T[part], at_T, 0.25) for way_T in (x_T, y_T)])
        left_T = ((np.stack([x_T[part], y_T[part]]) - smooth_2T) ** 2).sum(0)
        shake_T[part] = 100 * np.sqrt(windowed_mean(left_T, at_T, 0.5))
        if end - first > 1:
            speed_T[part] = 100 * np.hypot(*(np.gradient(way_T[part], at_T) for way_T in (x_T, y_T)))
    return {"speed": speed_T, "shake": shake_T}
