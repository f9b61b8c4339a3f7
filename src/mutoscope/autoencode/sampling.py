"""Which frames are seen how often: a static scene not ten times more often than a moving one.

The seed's complaint about its six epochs was that static scenes are seen more often than six times. Here a frame's
weight falls with the number of frames that are the same, and long shots count less per frame than short ones.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.autoencode.frame_store import FrameStore, Index
from mutoscope.core.random import generator

__all__ = ["CONTRAST_BORDERS", "Draws", "contrast_band", "draw", "draw_pairs", "pair_weights", "weights_of"]

Weights = npt.NDArray[np.float64]

CONTRAST_BORDERS = (0.145, 0.19)
"""Standard deviation of luma (0..1) between frames of low, middle and high contrast: thirds of 14,835 frames of "Big
Buck Bunny" and three short clips."""

_MOST = 8.0
"""A band of few frames: none of them is drawn more than this much more often than without the contrast's weight."""


class Balance(Protocol):
    """The parameters of a training that decide what is seen how often."""

    @property
    def balance(self) -> float:
        """How far a static scene is kept from being seen more often than others, 0..1."""
        ...

    @property
    def contrast(self) -> float:
        """How far all bands of contrast become equally frequent, 0..1."""
        ...


def weights_of(store: FrameStore, params: Balance) -> Weights:
    """Give each frame's probability: N, all above 0, sum 1.

    In a shot a frame of a group of g frames that are alike has weight 1/sqrt(g), so that the group as a whole has
    sqrt(g). A shot has the square root of its frames' sum: its length, repetitions counted less. So a scene that stands
    still ten times longer is seen 1.8 times as often. `balance` blends this with equal weights. Then `contrast` blends
    it with weights at which each band of contrast has the same sum.
    """
    num = len(store)
    if num == 0:
        return np.zeros(0)
    within_N = _counts(store.group_N) ** -0.5
    of_shot_N = _sums(store.shot_N, within_N)
    balanced_N = within_N / of_shot_N * np.sqrt(of_shot_N)
    weights_N = (1 - params.balance) / num + params.balance * balanced_N / balanced_N.sum()
    bands_N = contrast_band(store.contrast_N)
    of_band_N = _sums(bands_N, weights_N)
    factor_N = np.minimum(1 / (of_band_N * len(np.unique(bands_N))), _MOST)
    weights_N = weights_N * (1 - params.contrast + params.contrast * factor_N)
    return np.asarray(weights_N / weights_N.sum(), np.float64)


def contrast_band(contrast_N: npt.NDArray[np.float64]) -> Index:
    """Give the band of each frame: 0 low, 1 middle, 2 high contrast."""
    return np.searchsorted(np.array(CONTRAST_BORDERS), contrast_N, side="right").astype(np.int64)


def pair_weights(store: FrameStore, weights_N: Weights) -> Weights:
    """Give the probability of each of `store.pairs`: the mean of its two frames', sum 1; empty without pairs."""
    pairs = store.pairs
    if len(pairs) == 0:
        return np.zeros(0)
    weights_P = weights_N[pairs] + weights_N[pairs + 1]
    return np.asarray(weights_P / weights_P.sum(), np.float64)


class Draws:
    """Draws numbers by weight; what is drawn depends on seed and step only, so a training that goes on sees the same.

    Each batch is spread over all frames: number k of it comes from the k-th part of equal weight, then they are
    shuffled. Each frame is drawn as often as its weight says, and no batch shows one scene only.

    Args:
        weights_N: not negative; their sum need not be 1.
        purpose: keeps two uses apart.

    """

    def __init__(self, weights_N: Weights, purpose: str = "frames") -> None:
        self._sums_N = torch.from_numpy(np.cumsum(weights_N, dtype=np.float64))
        self._purpose = purpose

    def __call__(self, step: int, batch: int, seed: int) -> Tensor:
        """Draw int64 `batch` numbers, in O(batch log N); none where there is nothing to draw from."""
        if len(self._sums_N) == 0:
            return torch.empty(0, dtype=torch.long)
        chance = generator(seed, step, f"draw {self._purpose}")
        parts = torch.arange(batch, dtype=torch.float64) + torch.rand(batch, generator=chance, dtype=torch.float64)
        found = torch.searchsorted(self._sums_N, parts / batch * self._sums_N[-1], right=True)
        found = found.clamp(max=len(self._sums_N) - 1)  # rounding may reach the sum itself
        return found[torch.randperm(batch, generator=chance)]


def draw(weights_N: Weights, step: int, batch: int, seed: int) -> Tensor:
    """Draw numbers of frames, int64; `Draws` is faster where it is done often."""
    return Draws(weights_N)(step, batch, seed)


def draw_pairs(store: FrameStore, weights_N: Weights, step: int, batch: int, seed: int) -> Tensor:
    """Draw numbers i of frames, int64, each with a neighbour i + 1 in the same shot; none where there is no pair."""
    found = Draws(pair_weights(store, weights_N), "pairs")(step, batch, seed)
    return torch.from_numpy(store.pairs)[found]


def _counts(numbers_N: Index) -> Weights:
    _, which_N, counts = np.unique(numbers_N, return_inverse=True, return_counts=True)
    return counts[which_N].astype(np.float64)


def _sums(numbers_N: Index, values_N: Weights) -> Weights:
    _, which_N = np.unique(numbers_N, return_inverse=True)
    return np.asarray(np.bincount(which_N, values_N)[which_N], np.float64)
