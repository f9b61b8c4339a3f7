"""A small recurrent network that reads the signs of a shot forwards and backwards and tells its faults over time.

It sees each sign as what it is worth beside its threshold, so that a person's thresholds count for it too.
"""

import functools
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mutoscope.models.tensors import load_tensors
from mutoscope.sort.hysteresis import frame_edges
from mutoscope.sort.model import FrameTable
from mutoscope.sort.params import FaultGroup
from mutoscope.sort.signs import SIGNS, Sign
from mutoscope.sort.steadiness import local_shake
from mutoscope.sort.thresholds import GROUPS, FaultCurve

__all__ = ["HEARD", "STEP_S", "OverTime", "inputs_of", "load_over_time", "recurrent_curves"]

Floats = npt.NDArray[np.float64]

HEARD: tuple[FaultGroup, ...] = ("underexposed", "overexposed", "blurred", "shaky", "pumping")
"""What the network tells, in order; the others are plain facts (black, frozen, dropped) or a plain number (noise)."""
STEP_S = 0.08
"""Seconds between two looks of the network, whatever the frame rate."""
_EXTRA = 6
NUM_INPUTS = 2 * (len(SIGNS) + _EXTRA)
_HIDDEN = 12
_WEIGHTS = "data/sorters/over-time.safetensors"
_BITS_PER_LOGIT = 1 / 3
"""Log-odds to excess: as with a learned sign, odds of 8 to 1 count as twice the threshold."""


class OverTime(nn.Module):
    """Two gated recurrent units (Cho et al. 2014), one for each direction, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrent = nn.GRU(NUM_INPUTS, _HIDDEN, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * _HIDDEN + NUM_INPUTS, len(HEARD))

    def forward(self, x_NTF: Tensor) -> Tensor:
        """Give log-odds of each fault, N,T,len(HEARD), from N,T,NUM_INPUTS."""
        heard_NTF, _ = self.recurrent(x_NTF)
        logits: Tensor = self.head(torch.cat([heard_NTF, x_NTF], 2))
        return logits


def inputs_of(table: FrameTable, signs: Mapping[str, Sign]) -> Iterator[tuple[slice, Tensor, Floats]]:
    """Make what the network reads about each shot, at its own steps.

    Args:
        table: columns may be missing or NaN.
        signs: of `read_signs`.

    Yields:
        of each shot: its frames; float32 T,NUM_INPUTS: values about -3..3, 0 where unknown, then 1 where known; and the
        times of the steps.

    """
    whole_RT = np.stack([*(sign.excess_T for sign in signs.values()), *_extra(table)])
    all_edges_T = frame_edges(table.seconds())
    for first, end in table.shots():
        value_RT, edges_T = whole_RT[:, first:end], all_edges_T[first : end + 1]
        steps = np.arange(edges_T[0], edges_T[-1], STEP_S)
        known_RT = np.isfinite(value_RT)
        # The mean over each step: finer than the step nothing is told apart, and no frame is passed over.
        share_RS = _binned(known_RT.astype(np.float64), edges_T, steps)
        mean_RS = _binned(np.where(known_RT, value_RT, 0), edges_T, steps) / np.maximum(share_RS, 1e-6)
        x_SF = np.concatenate([np.where(share_RS > 0, mean_RS, 0), share_RS > 0]).T
        yield slice(first, end), torch.from_numpy(x_SF.astype(np.float32)), steps + STEP_S / 2


def _extra(table: FrameTable) -> list[Floats]:
    def given(name: str) -> Floats:
        return table.column(name).astype(np.float64)

    return [
        np.log2(1 + np.maximum(given("speed"), 0) / 10),
        given("moving_share") / 50,
        given("blur_directed"),
        np.log2(np.maximum(local_shake(table), 1e-3) / 0.3) / 2,
        np.log2(0.1 + np.maximum(given("clipped_low"), 0)) / 3,
        np.log2(0.1 + np.maximum(given("clipped_high"), 0)) / 3,
    ]


def _binned(value_RT: Floats, edges_T: Floats, steps: Floats) -> Floats:
    sums_RT = np.concatenate([np.zeros((len(value_RT), 1)), np.cumsum(value_RT * np.diff(edges_T), 1)], 1)
    ends = np.minimum(steps + STEP_S, edges_T[-1])
    binned = np.stack([np.interp(ends, edges_T, s) - np.interp(steps, edges_T, s) for s in sums_RT])
    means: Floats = binned / np.maximum(ends - steps, 1e-9)
    return means


@functools.lru_cache(maxsize=2)
def load_over_time(path: Path | None = None) -> OverTime:
    """Read the network; the shipped one by default."""
    network = OverTime()
    network.load_state_dict(load_tensors(path or Path(str(files("mutoscope").joinpath(_WEIGHTS)))))
    return network.eval().requires_grad_(requires_grad=False)


def recurrent_curves(
    table: FrameTable,
    signs: Mapping[str, Sign],
    curves: Mapping[FaultGroup, FaultCurve],
    network: OverTime | None = None,
) -> dict[FaultGroup, FaultCurve]:
    """Replace the curves of what the network hears by its own.

    Args:
        table: of the clip.
        signs: of `read_signs`.
        curves: by the meters; their signs go on giving values and units.
        network: the shipped one by default.

    """
    found = network or load_over_time()
    out_FT = np.full((len(HEARD), len(table)), -3.0)
    seconds_T = table.seconds()
    middle_T = (frame_edges(seconds_T)[1:] + frame_edges(seconds_T)[:-1]) / 2
    for shot, x_TF, steps in inputs_of(table, signs):
        with torch.inference_mode():
            logits_TF = found(x_TF[None])[0].double().numpy()
        for row, logit_T in zip(out_FT, logits_TF.T, strict=True):
            row[shot] = np.interp(middle_T[shot], steps, logit_T)
    out_FT = np.clip(out_FT * _BITS_PER_LOGIT / np.log(2), -3, 3)
    own = {
        group: FaultCurve(row_T, curves[group].signs)
        for group, row_T in zip(HEARD, out_FT, strict=True)
        if group in curves
    }
    return {group: own.get(group, curves[group]) for group in GROUPS if group in curves}
