"""What a frame remembers of earlier ones: long-term consistency (Ruder et al. 2016, section 4.2).

Frame i looks back to frames i-1, i-10, i-20, i-40. The nearest one that shows a pixel reliably says how it was painted,
so what was hidden for a second comes back as it was. Only a window of past frames is in memory.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.flow.correspondence import Correspondence, correspond
from mutoscope.flow.estimate import FlowMethod, estimate_both
from mutoscope.ops.detail import warp_keeping_detail
from mutoscope.ops.local_colour import colours_from_around
from mutoscope.ops.occlusion import temporal_weights
from mutoscope.ops.reliability import soft_edged
from mutoscope.ops.warp import warp
from mutoscope.stylize.objective import Memory
from mutoscope.stylize.params import OptimiseParams

__all__ = ["Past", "Recollection", "Window", "carry_over", "hold", "settled_age"]

_SETTLED, _FIRM = 3.0, 10.0
"""Frames after which what was painted afresh is held, and after which it may be held as a still thing is."""
_STILL_PX = 0.1
_STILL_COLOUR = 0.015
_STILL_HOLD = 0.995
"""Not all: a dusk that falls too slowly to be seen from frame to frame must come through."""


@dataclass(frozen=True)
class Past:
    """One earlier frame.

    Attributes:
        content_1CHW: as it was filmed.
        result_1CHW: as it was painted.
        age_11HW: for how many frames each pixel has been painted, up to ten.
        guide_11HW: the guide film, where there is one.

    """

    content_1CHW: Tensor
    result_1CHW: Tensor
    age_11HW: Tensor
    guide_11HW: Tensor | None = None


@dataclass(frozen=True)
class Recollection:
    """What the past says about a frame.

    Attributes:
        memory: for the descent.
        age_11HW: frames for which each pixel will have been painted, this one counted.
        stillness_11HW: 1 where the film stands still, 0 where it moves or changes.

    """

    memory: Memory
    age_11HW: Tensor
    stillness_11HW: Tensor


class Window:
    """The frames that later ones may look back to; results of all but the last are kept in 8 bits.

    Args:
        lookback: distances in frames, rising.

    """

    def __init__(self, lookback: Sequence[int]) -> None:
        self._lookback = tuple(lookback)
        self._last: Past | None = None
        self._older: deque[Past] = deque(maxlen=max(lookback) - 1 or None) if max(lookback) > 1 else deque(maxlen=0)

    @property
    def last(self) -> Past | None:
        """The frame before, or None at the beginning of a shot."""
        return self._last

    def push(self, past: Past) -> None:
        """Remember a frame."""
        if self._last is not None:
            self._older.append(_small(self._last))
        self._last = past

    def clear(self) -> None:
        """Forget everything: at a cut."""
        self._last = None
        self._older.clear()

    def look_back(self) -> list[Past]:
        """Give the frames at the distances that there are, nearest first."""
        if self._last is None:
            return []
        found = [self._last]
        found += [_large(self._older[1 - n]) for n in self._lookback if 1 < n <= len(self._older) + 1]
        return found

    def pack(self) -> dict[str, Tensor]:
        """Give all as tensors."""
        if self._last is None:
            return {}
        packed = {f"last.{name}": x for name, x in _tensors(self._last).items()}
        for name in _tensors(self._last):
            if self._older:
                packed[f"older.{name}"] = torch.cat([_tensors(past)[name] for past in self._older])
        return packed

    def unpack(self, packed: Mapping[str, Tensor], device: str) -> None:
        """Take what `pack` gave."""
        if "last.content" not in packed:
            return
        names = [key.removeprefix("last.") for key in packed if key.startswith("last.")]
        last = {name: packed[f"last.{name}"] for name in names}
        self._last = _past({**last, "result": last["result"].to(device)})
        for i in range(len(packed.get("older.content", ()))):
            self._older.append(_past({name: packed[f"older.{name}"][i : i + 1] for name in names}))


def _correspondence(
    past: Past, content_1CHW: Tensor, guide_11HW: Tensor | None, params: OptimiseParams
) -> Correspondence:
    """Find where the pixels of a frame were in an earlier one, with the tests that the parameters ask for."""
    if params.occlusion == "hard":
        return _hard(past.content_1CHW, content_1CHW, params.flow)
    both = None if past.guide_11HW is None or guide_11HW is None else (past.guide_11HW, guide_11HW)
    return correspond(past.content_1CHW, content_1CHW, params.flow, both)


def carry_over(
    pasts: Sequence[Past], content_1CHW: Tensor, guide_11HW: Tensor | None, params: OptimiseParams, device: str
) -> Recollection:
    """Carry earlier results to a frame; the nearest reliable one wins.

    c_long^(i-j) = max(c^(i-j) - sum of c^(i-k) over nearer k, 0)            (Ruder et al. 2016, eq. 9)

    Differs from the paper: the weights are soft, and what no earlier frame shows begins with the colours that the
    painting gave to its surroundings, not with what the flow drags over it.
    """
    content = content_1CHW.to(device)
    omega, total = torch.zeros_like(content), torch.zeros_like(content[:, :1])
    age, still = torch.zeros_like(total), torch.ones_like(total)
    for past in pasts:
        found = _correspondence(past, content_1CHW, guide_11HW, params)
        backward, trust = found.backward_12HW.to(device), found.trust_11HW.to(device)
        weights = (trust - total).clamp(min=0)
        omega += weights * warp_keeping_detail(past.result_1CHW.to(device), backward, trust)
        age += weights * warp(past.age_11HW.to(device), backward, "bilinear")
        total += weights
        still = torch.minimum(still, _stillness(past.content_1CHW.to(device), content, backward))
    omega, age = omega / total.clamp_min(1e-6), age / total.clamp_min(1e-6) * (2 * total).clamp(max=1)
    fresh = content if params.occlusion == "hard" else colours_from_around(content, omega, total)
    memory = Memory(omega, total, torch.lerp(fresh, omega, total))
    return Recollection(memory, (age + 1).clamp(max=_FIRM + 1), soft_edged(still))


def hold(painted_1CHW: Tensor, said: Recollection, share: float) -> Tensor:
    """Keep a share of the past in a painted frame, where it can be trusted and has settled.

    Descent takes each frame a little farther; held back, strokes stand firm. What stands still in the film is held
    four times as much, up to nearly all: there nothing may boil or drift.
    """
    most = max(share, min(_STILL_HOLD, 4 * share))
    settled = ((said.age_11HW - 1) / _SETTLED).clamp(max=1)
    firm = said.stillness_11HW * (said.age_11HW - 1) / _FIRM
    held = (share + (most - share) * firm) * settled * torch.maximum(said.memory.weights_c_11HW, firm)
    return torch.lerp(painted_1CHW, said.memory.warped_omega_1CHW, held)


def settled_age(content_1CHW: Tensor, device: str) -> Tensor:
    """Age of a frame that was painted at once: it has settled everywhere."""
    return torch.full_like(content_1CHW[:, :1], _FIRM, device=device)


def _stillness(before_1CHW: Tensor, now_1CHW: Tensor, backward_12HW: Tensor) -> Tensor:
    """1 where nothing has moved or changed, grain and all, 0 where something has."""
    difference = nnf.avg_pool2d(nnf.pad(now_1CHW - before_1CHW, (1, 1, 1, 1), mode="replicate"), 3, 1)
    change = difference.square().mean(1, keepdim=True) / _STILL_COLOUR**2
    moved = backward_12HW.square().sum(1, keepdim=True) / _STILL_PX**2
    return (2 - 2 * (change + moved)).clamp(0, 1)


def _hard(before_1CHW: Tensor, now_1CHW: Tensor, method: FlowMethod) -> Correspondence:
    forward, backward = (flow[None] for flow in estimate_both(before_1CHW[0], now_1CHW[0], method))
    return Correspondence(backward, temporal_weights(forward, backward))


def _small(past: Past) -> Past:
    parts = {name: (x.cpu() * 255).round().to(torch.uint8) for name, x in _tensors(past).items() if name != "age"}
    return _past({**parts, "age": past.age_11HW.cpu().round().to(torch.uint8)})


def _large(past: Past) -> Past:
    parts = {name: x.float() / 255 for name, x in _tensors(past).items() if name != "age"}
    return _past({**parts, "age": past.age_11HW.float()})


def _tensors(past: Past) -> dict[str, Tensor]:
    named = {"content": past.content_1CHW, "result": past.result_1CHW, "age": past.age_11HW}
    return named if past.guide_11HW is None else {**named, "guide": past.guide_11HW}


def _past(named: Mapping[str, Tensor]) -> Past:
    return Past(named["content"], named["result"], named["age"], named.get("guide"))
