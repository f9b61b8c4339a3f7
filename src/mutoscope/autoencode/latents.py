"""The numbers that a film becomes, with their times."""

from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

__all__ = ["Latents"]


@dataclass(frozen=True)
class Latents:
    """A film as points in a latent space.

    Attributes:
        z_TL: float32, one row a frame.
        pts_T: time stamps, increasing within a film.
        time_base: seconds per unit of the time stamps.
        shot_T: number of the shot that each frame belongs to, not decreasing within a film.
        film_T: which film each frame is of, from 0.

    """

    z_TL: Tensor
    pts_T: tuple[int, ...]
    time_base: Fraction
    shot_T: tuple[int, ...]
    film_T: tuple[int, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.z_TL), len(self.pts_T), len(self.shot_T), len(self.film_T)}
        if len(lengths) != 1 or self.z_TL.ndim != 2:
            raise ValueError(f"latents do not fit together: {lengths}")

    def __len__(self) -> int:
        return len(self.pts_T)

    def seconds(self, index: int) -> float:
        """Give a frame's time from the first frame of its film on, s."""
        first = self.film_T.index(self.film_T[index])
        return float((self.pts_T[index] - self.pts_T[first]) * self.time_base)

    def of_film(self, number: int) -> "Latents":
        """Take the frames of one film."""
        kept = [i for i, film in enumerate(self.film_T) if film == number]
        return self.take(kept)

    def take(self, kept: list[int]) -> "Latents":
        """Take some frames, in the order given."""
        return Latents(
            self.z_TL[torch.tensor(kept, dtype=torch.long)],
            tuple(self.pts_T[i] for i in kept),
            self.time_base,
            tuple(self.shot_T[i] for i in kept),
            tuple(self.film_T[i] for i in kept),
        )
