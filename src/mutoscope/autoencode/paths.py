"""Ways through a latent space: from point to point, or along a film; open, or closed into a loop."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, Protocol

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.effects.curves import ease

__all__ = ["AlongFilm", "Path", "Stations", "Way", "catmull_rom", "places_of", "slerp", "smoothed"]

Way = Literal["sphere", "line", "spline"]

_EXACT = 1e-6
_SIGMAS = 4
_SOFT = 0.1
"""Where a spline passes near the mean, between stations that lie opposite each other, it is not thrown outwards."""


class Path(Protocol):
    """A way, by the share of it that has been gone."""

    def at(self, share_N: Tensor) -> Tensor:
        """Give the points N,L at shares float64 N, 0..1. Each follows from its own share alone."""
        ...


def places_of(first: int, end: int, num: int, *, closed: bool) -> Tensor:
    """Give the shares of frames number first to end - 1 of num, float64.

    An open way ends with its last frame. In a closed one the frame after the last one would be the first again.
    """
    steps = num if closed else max(1, num - 1)
    return torch.arange(first, end, dtype=torch.float64) / steps


@dataclass(frozen=True)
class Stations:
    """From point to point, each stretch in the same time.

    Attributes:
        points_KL: where it passes, at least one.
        mean_L: what the sphere goes around.
        way: see `WalkParams.way`.
        easing: how it goes from one to the next; one of `effects.curves.EASINGS`.
        closed: whether it goes on from the last to the first.

    """

    points_KL: Tensor
    mean_L: Tensor
    way: Way = "sphere"
    easing: str = "ease"
    closed: bool = False

    def at(self, share_N: Tensor) -> Tensor:
        """Give the points N,L at shares 0..1."""
        num = len(self.points_KL)
        stretches = num if self.closed else num - 1
        if stretches <= 0 or num == 1:
            return self.points_KL[:1].expand(len(share_N), -1).clone()
        place_N = share_N.double() * stretches
        index_N = place_N.floor().clamp(0, stretches - 1).long()
        bent = [ease(share, self.easing) for share in (place_N - index_N).tolist()]
        s_N1 = torch.tensor(bent, dtype=torch.float64)[:, None]
        centred = self.points_KL.double() - self.mean_L.double()
        a, b = centred[index_N], centred[(index_N + 1) % num]
        if self.way == "line":
            z = a + s_N1 * (b - a)
        elif self.way == "sphere":
            z = slerp(a, b, s_N1)
        else:
            z = self._spline(centred, index_N, s_N1)
        # At the stations themselves it is these, bit by bit.
        exact_N1 = s_N1 == 0
        z = torch.where(exact_N1, a, z) + self.mean_L.double()
        return torch.where(exact_N1, self.points_KL[index_N], z.float())

    def _spline(self, centred_KL: Tensor, index_N: Tensor, s_N1: Tensor) -> Tensor:
        num = len(centred_KL)
        if self.closed:
            rows = [centred_KL[(index_N + offset) % num] for offset in (-1, 0, 1, 2)]
        else:
            # Beyond its ends it would go straight on.
            ends = (2 * centred_KL[0] - centred_KL[1], 2 * centred_KL[-1] - centred_KL[-2])
            longer = torch.cat([ends[0][None], centred_KL, ends[1][None]])
            rows = [longer[index_N + offset] for offset in (0, 1, 2, 3)]
        y = catmull_rom(rows[0], rows[1], rows[2], rows[3], s_N1)
        length = y.norm(dim=1, keepdim=True)
        smooth = s_N1 * s_N1 * (3 - 2 * s_N1)
        wanted = rows[1].norm(dim=1, keepdim=True) * (1 - smooth) + rows[2].norm(dim=1, keepdim=True) * smooth
        z: Tensor = y * ((1 + _SOFT) * wanted * length / (length.square() + _SOFT * wanted.square()).clamp_min(1e-12))
        return z


@dataclass(frozen=True)
class AlongFilm:
    """Along latents that have times, by cubic interpolation within each shot.

    Attributes:
        z_TL: latents.
        seconds_T: their times, increasing.
        shot_T: their shots.
        start_s: where it begins.
        end_s: where it ends; before the start, it goes backwards.
        easing: how it sets off and arrives.
        closed: whether it comes back the way that it went.

    """

    z_TL: Tensor
    seconds_T: Sequence[float]
    shot_T: Sequence[int]
    start_s: float
    end_s: float
    easing: str = "linear"
    closed: bool = False

    def at(self, share_N: Tensor) -> Tensor:
        """Give the points N,L at shares 0..1."""
        shares = [(1 - abs(1 - 2 * share) if self.closed else share) for share in share_N.tolist()]
        times = [self.start_s + ease(share, self.easing) * (self.end_s - self.start_s) for share in shares]
        return self.at_times(times)

    def at_times(self, seconds_N: Sequence[float]) -> Tensor:
        """Give the points N,L at times; before the first frame it, after the last one that."""
        place_N = torch.tensor([self._place(seconds) for seconds in seconds_N], dtype=torch.float64)
        index_N = place_N.floor().long()
        s_N1 = (place_N - index_N)[:, None]
        first_N, last_N = self._bounds[0][index_N], self._bounds[1][index_N]
        rows = [
            self.z_TL[torch.minimum(torch.maximum(index_N + offset, first_N), last_N)].double()
            for offset in (-1, 0, 1, 2)
        ]
        z = catmull_rom(rows[0], rows[1], rows[2], rows[3], s_N1).float()
        return torch.where(s_N1 == 0, self.z_TL[index_N], z)

    def _place(self, seconds: float) -> float:
        """Give a frame's number and the share of the way to the next one; 0 where the next one is another shot's."""
        times = self.seconds_T
        index = min(max(bisect_right(times, seconds) - 1, 0), len(times) - 1)
        if index + 1 >= len(times) or seconds <= times[index]:
            return float(index)
        share = (seconds - times[index]) / (times[index + 1] - times[index])
        if share > 1 - _EXACT:
            return float(index + 1)
        return float(index) if share < _EXACT or self.shot_T[index + 1] != self.shot_T[index] else index + share

    @cached_property
    def _bounds(self) -> tuple[Tensor, Tensor]:
        """First and last frame of each frame's shot."""
        num = len(self.shot_T)
        first, last = list(range(num)), list(range(num))
        for i in range(1, num):
            if self.shot_T[i] == self.shot_T[i - 1]:
                first[i] = first[i - 1]
        for i in range(num - 2, -1, -1):
            if self.shot_T[i] == self.shot_T[i + 1]:
                last[i] = last[i + 1]
        return torch.tensor(first), torch.tensor(last)


def slerp(a_NL: Tensor, b_NL: Tensor, s_N1: Tensor) -> Tensor:
    """Turn from a to b around zero, while the length goes evenly from one to the other (Shoemake 1985).

    Where they point the same way, or opposite ways, it goes straight.
    """
    length_a, length_b = a_NL.norm(dim=1, keepdim=True), b_NL.norm(dim=1, keepdim=True)
    one, other = a_NL / length_a.clamp_min(1e-12), b_NL / length_b.clamp_min(1e-12)
    angle = torch.acos((one * other).sum(1, keepdim=True).clamp(-1, 1))
    sine = torch.sin(angle)
    turned = (torch.sin((1 - s_N1) * angle) * one + torch.sin(s_N1 * angle) * other) / sine.clamp_min(1e-12)
    around = turned * ((1 - s_N1) * length_a + s_N1 * length_b)
    has_angle = (sine > 1e-4) & (length_a > 1e-9) & (length_b > 1e-9)
    return torch.where(has_angle, around, a_NL + s_N1 * (b_NL - a_NL))


def catmull_rom(before: Tensor, a: Tensor, b: Tensor, after: Tensor, s_N1: Tensor) -> Tensor:
    """Go from a to b on a cubic whose slopes there are half the way from each one's neighbour to the other.

    Source: Catmull & Rom (1974).
    """
    return a + 0.5 * s_N1 * (
        b - before + s_N1 * (2 * before - 5 * a + 4 * b - after + s_N1 * (3 * (a - b) + after - before))
    )


def smoothed(z_TL: Tensor, shot_T: Sequence[int], sigma: float) -> Tensor:
    """Smooth latents over time by a Gaussian; each shot for itself.

    Args:
        z_TL: latents at equal distances.
        shot_T: shots.
        sigma: standard deviation in frames; 0 changes nothing.

    """
    if sigma <= 0 or not len(z_TL):
        return z_TL
    edges = [0, *(i for i in range(1, len(shot_T)) if shot_T[i] != shot_T[i - 1]), len(shot_T)]
    return torch.cat([_smoothed_run(z_TL[a:b], sigma) for a, b in pairwise(edges)])


def _smoothed_run(z_TL: Tensor, sigma: float) -> Tensor:
    radius = min(math.ceil(_SIGMAS * sigma), len(z_TL) - 1)
    if radius < 1:
        return z_TL
    distance = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (distance / sigma).square())[None, None]
    summed = nnf.conv1d(z_TL.double().T[:, None], kernel, padding=radius)[:, 0].T
    weight = nnf.conv1d(torch.ones(1, 1, len(z_TL), dtype=torch.float64), kernel, padding=radius)[0, 0]
    return (summed / weight[:, None]).float()
