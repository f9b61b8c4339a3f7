"""What lies over the cells of a picture: colours that stay, and changes of whatever moves under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.corrupt.agents import NOBODY, Agents, Visits
from mutoscope.corrupt.chance import share
from mutoscope.corrupt.grid import Grid
from mutoscope.corrupt.jit import kernel
from mutoscope.corrupt.manipulations import DESATURATE, FLAT, JPEG, NOTHING, PALETTE

__all__ = ["KINDS", "Cover", "mark_wanted", "pack", "settle", "unpack"]

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

KINDS = {
    "pixelate": FLAT,
    "invert": FLAT,
    "random": FLAT,
    "desaturate": DESATURATE,
    "palette": PALETTE,
    "jpeg": JPEG,
}
"""What each manipulation covers a cell with."""

_CARRIED, _INVERTED, _SCATTERED = 0, 1, 2
_HUES = {"invert": _INVERTED, "random": _SCATTERED}
"""Where the colour of a flat cell comes from: the agent, the cell's own mean, chance."""


@dataclass
class Cover:
    """What lies over the cells.

    Attributes:
        kind_mn: uint8, as in `manipulations`.
        colour_mnC: float32, of flat cells.
        since_mn: int32, the layer's frame in which it was laid.

    """

    kind_mn: Bytes
    colour_mnC: Floats
    since_mn: Ints

    @classmethod
    def bare(cls, grid: Grid) -> "Cover":
        """Cover nothing."""
        shape = (grid.used_rows, grid.used_cols)
        return cls(np.zeros(shape, np.uint8), np.zeros((*shape, 3), np.float32), np.zeros(shape, np.int32))

    def fade(self, now: int, frames: int) -> None:
        """Uncover what has lain for so many frames; 0: never."""
        if frames > 0:
            self.kind_mn[now - self.since_mn >= frames] = NOTHING


def pack(agents: Agents, cover: Cover) -> dict[str, Tensor]:
    """Put agents and cover into tensors that own their memory."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "cell": agents.cell_N,
        "age": agents.age_N,
        "carried": agents.colour_N3,
        "kind": cover.kind_mn,
        "colour": cover.colour_mnC,
        "since": cover.since_mn,
    }
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}


def unpack(tensors: Mapping[str, Tensor]) -> tuple[Agents, Cover]:
    """Take agents and cover from what `pack` gave, which stays as it is."""
    arrays = {name: tensor.numpy().copy() for name, tensor in tensors.items()}
    agents = Agents(arrays["cell"], arrays["age"], arrays["carried"])
    return agents, Cover(arrays["kind"], arrays["colour"], arrays["since"])


def mark_wanted(visits: Visits, inverting: int, born_on_N: Ints) -> Bools:
    """Mark the cells whose mean colour is needed: where agents were born, and where number `inverting` was at work."""
    wanted_mn: Bools = (visits.manipulation_mn == inverting) & (visits.agent_mn != NOBODY)
    wanted_mn.ravel()[born_on_N] = True
    return wanted_mn


def settle(
    visits: Visits, names: Sequence[str], colour_N3: Floats, mean_mnC: Floats, cover: Cover, now: int, seed: np.uint64
) -> None:
    """Lay what the agents did over what lay there before.

    Args:
        visits: of this frame.
        names: of the layer's manipulations.
        colour_N3: what each agent carries.
        mean_mnC: mean colours of the cells that are inverted.
        cover: it is changed.
        now: the layer's frame.
        seed: of the frame.

    """
    kind_K = np.array([KINDS[name] for name in names], np.uint8)
    hue_K = np.array([_HUES.get(name, _CARRIED) for name in names], np.uint8)
    _settle(
        visits.manipulation_mn,
        visits.agent_mn,
        kind_K,
        hue_K,
        colour_N3,
        mean_mnC,
        cover.kind_mn,
        cover.colour_mnC,
        cover.since_mn,
        now,
        seed,
    )


@kernel
def _settle(
    manipulation_mn: Ints,
    agent_mn: Ints,
    kind_K: Bytes,
    hue_K: Bytes,
    colour_N3: Floats,
    mean_mnC: Floats,
    kind_mn: Bytes,
    cover_mnC: Floats,
    since_mn: Ints,
    now: int,
    seed: np.uint64,
) -> None:
    for m in range(kind_mn.shape[0]):
        for n in range(kind_mn.shape[1]):
            k = manipulation_mn[m, n]
            if k == NOBODY:
                continue
            kind_mn[m, n], since_mn[m, n] = kind_K[k], now
            number = 3 * (m * kind_mn.shape[1] + n)
            for c in range(3):
                if hue_K[k] == _INVERTED:
                    cover_mnC[m, n, c] = abs(mean_mnC[m, n, c] - np.float32(1))
                elif hue_K[k] == _SCATTERED:
                    cover_mnC[m, n, c] = share(seed, number + c)
                else:
                    cover_mnC[m, n, c] = colour_N3[agent_mn[m, n], c]
