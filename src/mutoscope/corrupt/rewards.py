"""What each action pays on each cell: the attention map, noise of each action's own, a median filter."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as nnf
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from mutoscope.corrupt.grid import Grid
from mutoscope.corrupt.jit import kernel
from mutoscope.corrupt.learning_params import LearningParams

__all__ = ["DIRECTIONS", "reward_planes"]

DIRECTIONS = ("up", "down", "left", "right")
"""Action a means manipulation a // 4 and direction a % 4."""


def reward_planes(
    map_HW: NDArray[np.float32],
    grid: Grid,
    manipulations: Sequence[tuple[float, float]],
    seed: int,
    p: LearningParams,
) -> NDArray[np.float32]:
    """Make the reward space: what action a pays on the cell on which it is applied, r(s, a) = rewards_Amn[a, s].

    A map of 1 pays 0 and a map of 0 pays -1, plus the noise, so that agents follow the map (or, inverted, flee it).
    The seed calls it "the reward given by being in that state" and gives each action a plane of its own, so here an
    action is paid for the cell that it works on and moves on after that. All planes are lowered together till none
    pays more than 0: else an agent could walk up and down between two cells for ever and never want to leave. This
    also gives the seed's returns their cap, the reward of leaving (its Fig. 6).

    Args:
        map_HW: attention, 0..1, of any size; it covers the picture.
        grid: cells outside the picture get the prohibitory minimum, one less than the least of all rewards (Fig. 7).
        manipulations: mean and sigma of each one's noise: the larger, the more often it is chosen.
        seed: of the noise. The same seed on the next frame gives the same noise, and so steady paths.
        p: `invert` and `median` are used.

    Returns:
        4 * len(manipulations),rows,cols; float32.

    """
    rows, cols = grid.used_rows, grid.used_cols
    map_11HW = torch.from_numpy(np.ascontiguousarray(map_HW, np.float32))[None, None]
    fitted_11mn = nnf.interpolate(map_11HW, (rows, cols), mode="bilinear", antialias=True, align_corners=False)
    fitted_mn = fitted_11mn[0, 0].clamp(0, 1).numpy()
    base_mn = -fitted_mn if p.invert else fitted_mn - 1
    used_Amn = np.empty((4 * len(manipulations), rows, cols), np.float32)
    for number, (mean, sigma) in enumerate(manipulations):
        # A stream for each, so that one more does not change those before it.
        chance = Generator(PCG64((seed % 2**64, number)))
        noise_4mn = chance.standard_normal((4, rows, cols), np.float32) * np.float32(sigma) + np.float32(mean)
        np.add(base_mn, noise_4mn, out=used_Amn[4 * number : 4 * number + 4])
    if p.median > 1:
        used_Amn = _median(used_Amn, p.median)
    used_Amn -= max(used_Amn.max(), np.float32(0))
    rewards_Amn = np.full((len(used_Amn), grid.rows, grid.cols), used_Amn.min() - 1, np.float32)
    rewards_Amn[:, :rows, :cols] = used_Amn
    return rewards_Amn


@kernel
def _median(x_Amn: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Median filter each plane over side x side cells; the edge's cells count for those beyond it.

    The windows of a whole row are sorted together, as far as their middle, by exchanges that the compiler does for
    eight columns at once: 30 times as fast as one window after the other.
    """
    planes, rows, cols = x_Amn.shape
    half, num = side // 2, side * side
    out_Amn = np.empty_like(x_Amn)
    near_Kn = np.empty((num, cols), np.float32)
    for plane in range(planes):
        for row in range(rows):
            for k in range(num):
                line = x_Amn[plane, min(max(row + k // side - half, 0), rows - 1)]
                for col in range(cols):
                    near_Kn[k, col] = line[min(max(col + k % side - half, 0), cols - 1)]
            for k in range(num // 2 + 1):
                least_n = near_Kn[k]
                for other in range(k + 1, num):
                    other_n = near_Kn[other]
                    for col in range(cols):
                        a, b = least_n[col], other_n[col]
                        least_n[col] = min(a, b)
                        other_n[col] = max(a, b)
            out_Amn[plane, row] = near_Kn[num // 2]
    return out_Amn
