"""Batches for a training: drawn by weight, some of them with their neighbours, made floats where they are needed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.sampling import Draws, pair_weights, weights_of
from mutoscope.autoencode.train_params import TrainAutoencoderParams

__all__ = ["Batch", "Feed"]

_PAIRS_SHARE = 1 / 4
"""Share of a batch that comes with its neighbour: as many frames again are the neighbours."""
_ROOM = 0.4
"""Share of the GPU's free memory that the frames may take."""


@dataclass(frozen=True)
class Batch:
    """Frames of one step.

    Attributes:
        x_N3HW: float32, 0..1; the first `num_pairs` are followed by their neighbours in the same order.
        num_pairs: how many have a neighbour.

    """

    x_N3HW: Tensor
    num_pairs: int


class Feed:
    """Gives the frames of each step; they depend on seed and step only.

    Args:
        store: frames.
        params: batch, seed, balance, contrast, motion.
        device: where the batches shall be. A GPU takes all frames at once where they fit.
        part: number of this process among those that learn together, and how many they are.

    """

    def __init__(
        self,
        store: FrameStore,
        params: TrainAutoencoderParams,
        device: torch.device,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self._store, self._params, self._device, self._part = store, params, device, part
        weights_N = weights_of(store, params)
        self._singles = Draws(weights_N, "frames")
        self._pairs, self._first_P = Draws(pair_weights(store, weights_N), "pairs"), torch.from_numpy(store.pairs)
        with_pairs = params.motion > 0 and len(store.pairs) > 0 and params.profile != "broad2016"
        self._num_pairs = max(1, round(params.batch * _PAIRS_SHARE)) if with_pairs else 0
        self._resident_NHW3 = _resident(store, device)

    def batch(self, step: int) -> Batch:
        """Give the frames of a step: `batch` of them, neighbours counted in."""
        rank, num_parts = self._part
        number, seed, pairs = step * num_parts + rank, self._params.seed, self._num_pairs
        first_P = self._first_P[self._pairs(number, pairs, seed)] if pairs else self._first_P[:0]
        singles_S = self._singles(number, self._params.batch - 2 * pairs, seed)
        return Batch(self.frames(torch.cat([first_P, first_P + 1, singles_S])), pairs)

    def frames(self, indices: Tensor) -> Tensor:
        """Give frames by number: N,3,H,W, float32, 0..1, on the device."""
        if self._resident_NHW3 is not None:
            x_NHW3 = self._resident_NHW3[indices.to(self._device)]
            return x_NHW3.permute(0, 3, 1, 2).float().div_(255)
        return self._store.batch(indices).to(self._device).float().div_(255)


def _resident(store: FrameStore, device: torch.device) -> Tensor | None:
    if device.type != "cuda":
        return None
    num_bytes = len(store) * store.height * store.width * 3
    if num_bytes > _ROOM * torch.cuda.mem_get_info(device)[0]:
        return None
    kept_NHW3 = torch.empty((len(store), store.height, store.width, 3), dtype=torch.uint8, device=device)
    for first in range(0, len(store), 4096):  # piece by piece: the file may be larger than the main memory
        rows = np.arange(first, min(first + 4096, len(store)))
        kept_NHW3[first : first + len(rows)] = store.batch(rows).permute(0, 2, 3, 1).to(device)
    return kept_NHW3
