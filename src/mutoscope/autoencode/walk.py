"""From the parameters of a walk to the way that it takes."""

from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from mutoscope.autoencode.arithmetic import sum_of
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.moments import Span, Timeline
from mutoscope.autoencode.paths import AlongFilm, Path, Stations, smoothed
from mutoscope.autoencode.walk_params import WalkParams
from mutoscope.core.errors import ParameterError
from mutoscope.core.random import generator

__all__ = ["Cloud", "draw_seen", "draw_unseen", "plan_walk", "smooth_latents"]

_SECONDS = 10.0
_PER_STATION_S = 3.0


@dataclass(frozen=True)
class Cloud:
    """How the latents of a film lie: mean, standard deviation, covariance."""

    mean_L: Tensor
    spread_L: Tensor
    covariance_LL: Tensor


def plan_walk(params: WalkParams, timeline: Timeline, cloud: Cloud, seed: int) -> tuple[Path, float]:
    """Give the way, and how many seconds it takes.

    Raises:
        ParameterError: a time lies outside the film, or something was not understood.

    """
    if params.of:
        total = sum_of(params.of, timeline)
        span_s = total.seconds_T[-1]
        seconds = params.seconds or (span_s + timeline.spans[0].step_s) * (2 if params.loop else 1)
        path: Path = AlongFilm(
            total.z_TL, total.seconds_T, total.shot_T, 0.0, span_s, params.easing or "linear", params.loop
        )
        return path, seconds
    seconds = params.seconds or _SECONDS
    if params.along:
        return _along(params, timeline), seconds
    is_drawn = params.random or bool(params.prior)
    if is_drawn:
        num = params.stations or max(3, round(seconds / _PER_STATION_S) + (0 if params.loop else 1))
        points = draw_seen(timeline, num, seed) if params.random else draw_unseen(cloud, num, seed, params.prior)
    else:
        points = torch.stack([span.z_TL[index] for span, index in _named(params, timeline)])
    way = params.way or ("spline" if is_drawn else "sphere")
    easing = params.easing or ("linear" if way == "spline" else "ease")
    return Stations(points, cloud.mean_L, way, easing, params.loop), seconds


def _named(params: WalkParams, timeline: Timeline) -> list[tuple[Span, int]]:
    whole = timeline.spans[0]
    first = timeline.frame(params.start) if params.start else (whole, 0)
    last = timeline.frame(params.end) if params.end else (whole, len(whole) - 1)
    return [first, *(timeline.frame(time) for time in params.via.split(",") if time.strip()), last]


def _along(params: WalkParams, timeline: Timeline) -> Path:
    span, start_s = timeline.find(params.start) if params.start else (timeline.spans[0], 0.0)
    other, end_s = timeline.find(params.end) if params.end else (span, span.seconds_T[-1])
    if other is not span:
        raise ParameterError(f"{params.start} and {params.end} are times of two films; along walks in one.")
    return AlongFilm(span.z_TL, span.seconds_T, span.shot_T, start_s, end_s, params.easing or "linear", params.loop)


def draw_seen(timeline: Timeline, num: int, seed: int) -> Tensor:
    """Draw frames of the film, K,L: one of each shot before any shot comes again."""
    chance = generator(seed, 0, "walk through seen frames")
    shots: list[Tensor] = []
    for span in timeline.spans:
        edges = [0, *(i for i in range(1, len(span)) if span.shot_T[i] != span.shot_T[i - 1]), len(span)]
        shots += [span.z_TL[a:b] for a, b in pairwise(edges)]
    order: list[int] = []
    while len(order) < num:
        drawn = torch.randperm(len(shots), generator=chance).tolist()
        if order and len(drawn) > 1 and drawn[0] == order[-1]:
            drawn = [*drawn[1:], drawn[0]]  # not twice the same shot in a row
        order += drawn
    return torch.stack([shots[i][int(torch.randint(len(shots[i]), (1,), generator=chance))] for i in order[:num]])


def draw_unseen(cloud: Cloud, num: int, seed: int, prior: str) -> Tensor:
    """Draw points that lie as the film's latents do, K,L: as correlated as these with "film", else each by itself."""
    chance = generator(seed, 0, "walk through the prior")
    noise_KL = torch.randn(num, len(cloud.mean_L), generator=chance, dtype=torch.float64)
    if prior == "normal":
        return (cloud.mean_L + cloud.spread_L * noise_KL).float()
    values, vectors = torch.linalg.eigh(cloud.covariance_LL.double())
    # Signs of eigenvectors are anybody's choice: the symmetric root has none.
    root_LL: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return (cloud.mean_L + noise_KL @ root_LL).float()


def smooth_latents(latents: Latents, seconds: float) -> Latents:
    """Smooth the latents of a film over time, each shot of each film for itself."""
    if seconds <= 0 or len(latents) < 2:
        return latents
    z = latents.z_TL.clone()
    for span in Timeline(latents).spans:
        rows = slice(span.first, span.first + len(span))
        z[rows] = smoothed(span.z_TL, span.shot_T, seconds / span.step_s)
    return replace(latents, z_TL=z)
