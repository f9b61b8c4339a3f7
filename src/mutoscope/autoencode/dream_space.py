"""The film's own principal components, in which dreams move, and the cloud that they keep to."""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from mutoscope.autoencode.latents import Latents

__all__ = ["DreamSpace", "fit_space", "runs_of"]

_EXPLAINED, _EXPLAINED_MOTION = 0.98, 0.95
_MOST_COMPONENTS = 96
_MOST_ANCHORS = 900
_MOST_NUMBERS = 180_000
"""Numbers of all anchors together, so that a film with long latents makes no large file."""
_NEAREST = 8
_PULL, _FREE, _WALL = 0.25, 0.25, 1.5
"""Share of the way back that a dream is pulled in a frame, per `reach` that it is away from the film; how far away it
is free, and where it ends."""


@dataclass(frozen=True)
class DreamSpace:
    """A change of coordinates: z = mean + sum_k w_k scale_k basis_k + the rest, which follows the nearest anchors.

    Attributes:
        mean_L: of the film's latents.
        basis_KL: orthonormal rows.
        scale_K: standard deviation of the film along each, 1 where it does not move at all.
        anchors_AL: latents of the film, evenly over its time.
        next_AK: components of the frame that follows each anchor in its shot; of the shot's last frame its own.
        shot_A: number of the shot of each anchor.
        reach: how far from the nearest anchor a dream may go, in units of the latents.

    """

    mean_L: Tensor
    basis_KL: Tensor
    scale_K: Tensor
    anchors_AL: Tensor
    next_AK: Tensor
    shot_A: Tensor
    reach: float

    def into(self, z_NL: Tensor) -> Tensor:
        """Give the components of latents, N,K, each of unit spread over the film."""
        return ((z_NL - self.mean_L) @ self.basis_KL.T) / self.scale_K

    def back(self, w_K: Tensor) -> Tensor:
        """Give a latent L; what the components do not tell is taken from the nearest anchors."""
        nearest, share, _ = self._nearest(w_K)
        return self.told(w_K) + share @ self._rests_AL[nearest]

    def kept(self, before_K: Tensor, there_K: Tensor) -> Tensor:
        """Pull a step towards where the film goes from the nearest places, the more the farther away it begins.

        Without it small errors add up until a dream stands still somewhere that the film has never been.
        """
        if self.reach <= 0:
            return there_K
        nearest, share, away = self._nearest(before_K)
        pull = _PULL * min(max(away / self.reach - _FREE, 0.0), 2.0)
        kept_K = there_K + pull * (share @ self.next_AK[nearest] - there_K)
        # Once in a long while chance throws it out altogether.
        nearest, _, away = self._nearest(kept_K)
        place_K = self._places_AK[nearest[0]] / self.scale_K
        return kept_K if away <= _WALL * self.reach else place_K + (kept_K - place_K) * (_WALL * self.reach / away)

    def draw_in_shot(self, w_K: Tensor, chance: torch.Generator) -> Tensor:
        """Draw a latent L that was seen in the shot whose anchor is nearest."""
        shot = self.shot_A[self._nearest(w_K)[0][0]]
        inside = torch.nonzero(self.shot_A == shot)[:, 0]
        return self.anchors_AL[inside[torch.randint(len(inside), (1,), generator=chance)]][0]

    def told(self, w_NK: Tensor) -> Tensor:
        """Give what the components tell of latents, N,L."""
        return self.mean_L + (w_NK * self.scale_K) @ self.basis_KL

    @cached_property
    def _places_AK(self) -> Tensor:  # noqa: N802 (dimensions in capitals)
        return self.into(self.anchors_AL) * self.scale_K

    @cached_property
    def _rests_AL(self) -> Tensor:  # noqa: N802 (dimensions in capitals)
        return self.anchors_AL - self.told(self.into(self.anchors_AL))

    def _nearest(self, w_K: Tensor) -> tuple[Tensor, Tensor, float]:
        """Find the nearest anchors, how much each counts, and how far away the first of them is.

        Where the film has been that one counts; between two frames of it both do.
        """
        distance_A = (w_K * self.scale_K - self._places_AK).square().sum(-1).sqrt()
        found = distance_A.topk(min(_NEAREST, len(distance_A)), largest=False)
        width = (found.values[0] + 0.25 * self.reach).clamp_min(1e-6)
        return found.indices, torch.softmax(-2 * (found.values / width).square(), 0), float(found.values[0])


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
    """Find the components that explain 98 % of where the film is and 95 % of how it moves, 96 at most; and anchors.

    They are principal components of both together: those of the place alone leave half of the movement out, which is
    small beside the distances of shots.
    """
    z_TL = torch.cat(runs).double()
    mean_L = z_TL.mean(0)
    d_TL = torch.cat([run[1:] - run[:-1] for run in runs]).double()
    place_LL, motion_LL = _unit_trace((z_TL - mean_L).T @ (z_TL - mean_L)), _unit_trace(d_TL.T @ d_TL)
    values, vectors = torch.linalg.eigh(place_LL + motion_LL)
    vectors = vectors.flip(1)
    explained = [torch.einsum("lk,lm,mk->k", vectors, part, vectors).cumsum(0) for part in (place_LL, motion_LL)]
    wanted = (_EXPLAINED * explained[0][-1], _EXPLAINED_MOTION * explained[1][-1])
    num = 1 + max(int((sums < goal - 1e-12).sum()) for sums, goal in zip(explained, wanted, strict=True))
    num = min(num, _MOST_COMPONENTS, len(values))
    # Signs of eigenvectors are anybody's choice: the largest number of each is positive.
    basis_KL = vectors[:, :num].T
    basis_KL = basis_KL * basis_KL.gather(1, basis_KL.abs().argmax(1, keepdim=True)).sign()
    spread_K = ((z_TL - mean_L) @ basis_KL.T).square().mean(0).sqrt()
    scale_K = torch.where(spread_K > 1e-6, spread_K, torch.ones_like(spread_K))
    kept = _spaced(len(z_TL), z_TL.shape[1])
    space = DreamSpace(
        mean_L.float(),
        basis_KL.float().contiguous(),
        scale_K.float(),
        torch.cat(runs)[kept].clone(),
        torch.empty(0, num),
        torch.cat([torch.full((len(run),), float(number)) for number, run in enumerate(runs)])[kept],
        0.0,
    )
    follow_TL = torch.cat([torch.cat([run[1:], run[-1:]]) for run in runs])
    return replace(space, next_AK=space.into(follow_TL[kept]), reach=_reach(space, runs))


def _unit_trace(matrix_LL: Tensor) -> Tensor:
    total = float(matrix_LL.trace())
    return matrix_LL / total if total > 0 else matrix_LL


def _spaced(length: int, latent: int) -> Tensor:
    most = max(2, min(_MOST_ANCHORS, _MOST_NUMBERS // latent))
    return torch.linspace(0, length - 1, min(most, length), dtype=torch.float64).round().long()


def _reach(space: DreamSpace, runs: list[Tensor]) -> float:
    """Measure how far a dream may go from what was seen: as far as the film goes in a frame."""
    ways = [(run[1:] - run[:-1]).norm(dim=1) for run in runs if len(run) > 1]
    steps = torch.cat(ways) if ways else torch.zeros(1)
    z = torch.cat(runs)
    looked_at = z[torch.linspace(0, len(z) - 1, min(len(z), 2000), dtype=torch.float64).round().long()]
    gaps = torch.cat([torch.cdist(part, space.anchors_AL).min(1).values for part in torch.split(looked_at, 256)])
    return float(torch.quantile(steps[_spaced(len(steps), 1)], 0.9) + torch.quantile(gaps, 0.9))
