"""The film's own principal components, in which dreams move, and the cloud that they keep to."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mutoscope.autoencode.latents import Latents

__all__ = ["DreamSpace", "fit_space", "runs_of"]

_EXPLAINED = 0.98
_MOST_COMPONENTS = 64
_MOST_ANCHORS = 1024
_MOST_NUMBERS = 205_000
"""Numbers of all anchors together, so that a film with long latents makes no large file."""
_NEAREST = 8
_PULL = 0.1
"""Share of the way back that a dream is pulled in a frame, where it is `reach` away from the film."""


@dataclass(frozen=True)
class DreamSpace:
    """A change of coordinates: z = mean + sum_k w_k scale_k basis_k + the rest, which follows the nearest anchors.

    Attributes:
        mean_L: of the film's latents.
        basis_KL: orthonormal rows.
        scale_K: standard deviation of the film along each, 1 where it does not move at all.
        anchors_AL: latents of the film, evenly over its time.
        reach: how far from the nearest anchor a dream may go, in units of the latents.

    """

    mean_L: Tensor
    basis_KL: Tensor
    scale_K: Tensor
    anchors_AL: Tensor
    reach: float

    def into(self, z_NL: Tensor) -> Tensor:
        """Give the components of latents, N,K, each of unit spread over the film."""
        return ((z_NL - self.mean_L) @ self.basis_KL.T) / self.scale_K

    def back(self, w_NK: Tensor) -> Tensor:
        """Give latents N,L; what the components do not tell is taken from the nearest anchors, near ones first."""
        z = self._told(w_NK)
        if not len(self.anchors_AL):
            return z
        distance, nearest = self._nearest(w_NK * self.scale_K)
        # As wide as the nearest ones lie: where the film has been the rest is its own, between two frames it is mixed.
        width = (distance[:, :1] + 0.25 * self.reach).clamp_min(1e-6)
        share = torch.softmax(-0.5 * (distance / width).square() * 4, 1)
        return z + (share[..., None] * self._rests_AL[nearest]).sum(1)

    def kept(self, w_K: Tensor) -> Tensor:
        """Pull a point towards the nearest of what the film has shown, the more the farther it is away."""
        if not len(self.anchors_AL) or self.reach <= 0:
            return w_K
        point = w_K * self.scale_K
        distance, nearest = self._nearest(point[None])
        away = float(distance[0, 0])
        width = (distance[0, :1] + 0.25 * self.reach).clamp_min(1e-6)
        share = torch.softmax(-2 * (distance[0] / width).square(), 0)
        target = (share[:, None] * self._places_AK[nearest[0]]).sum(0)
        pull = _PULL * min(max(away / self.reach - 0.25, 0.0), 2.0)
        return (point + pull * (target - point)) / self.scale_K

    def _told(self, w_NK: Tensor) -> Tensor:
        return self.mean_L + (w_NK * self.scale_K) @ self.basis_KL

    @cached_property
    def _places_AK(self) -> Tensor:
        return self.into(self.anchors_AL) * self.scale_K

    @cached_property
    def _rests_AL(self) -> Tensor:
        return self.anchors_AL - self._told(self.into(self.anchors_AL))

    def _nearest(self, point_NK: Tensor) -> tuple[Tensor, Tensor]:
        distance_NA = (point_NK[:, None] - self._places_AK[None]).square().sum(-1).sqrt()
        found = distance_NA.topk(min(_NEAREST, len(self._places_AK)), largest=False)
        return found.values, found.indices


def runs_of(latents: Latents) -> list[Tensor]:
    """Give the latents of each shot of each film, T,L, in order."""
    runs: list[Tensor] = []
    start = 0
    for index in range(1, len(latents) + 1):
        ends = index == len(latents) or (
            (latents.film_T[index], latents.shot_T[index]) != (latents.film_T[start], latents.shot_T[start])
        )
        if ends:
            runs.append(latents.z_TL[start:index].float())
            start = index
    return runs


def fit_space(runs: list[Tensor]) -> DreamSpace:
    """Find the components that explain 98 % of the film, 64 at most, and anchors evenly over its time."""
    z = torch.cat(runs).double()
    mean = z.mean(0)
    centred = z - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(z))
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    total = float(values.sum())
    share = values.cumsum(0) / total if total > 0 else torch.ones_like(values)
    num = min(int((share < _EXPLAINED).sum()) + 1, _MOST_COMPONENTS, len(values))
    # Signs of eigenvectors are anybody's choice: the largest number of each is positive.
    basis = vectors[:, :num].T
    basis = basis * basis.gather(1, basis.abs().argmax(1, keepdim=True)).sign()
    spread = values[:num].sqrt()
    scale = torch.where(spread > 1e-6, spread, torch.ones_like(spread))
    anchors = _anchors(torch.cat(runs))
    space = DreamSpace(mean.float(), basis.float().contiguous(), scale.float(), anchors, 0.0)
    return DreamSpace(space.mean_L, space.basis_KL, space.scale_K, anchors, _reach(space, runs))


def _anchors(z_TL: Tensor) -> Tensor:
    most = max(2, min(_MOST_ANCHORS, _MOST_NUMBERS // z_TL.shape[1]))
    kept = torch.linspace(0, len(z_TL) - 1, min(most, len(z_TL)), dtype=torch.float64).round().long()
    return z_TL[kept].clone()


def _reach(space: DreamSpace, runs: list[Tensor]) -> float:
    """Measure how far a dream may go from what was seen: as far as the film goes in a frame."""
    ways = [(run[1:] - run[:-1]).norm(dim=1) for run in runs if len(run) > 1]
    steps = torch.cat(ways) if ways else torch.zeros(1)
    z = torch.cat(runs)
    looked_at = z[torch.linspace(0, len(z) - 1, min(len(z), 2000), dtype=torch.float64).round().long()]
    gaps = torch.cat([torch.cdist(part, space.anchors_AL).min(1).values for part in looked_at.split(256)])
    return float(steps.quantile(0.9) + gaps.quantile(0.9))
