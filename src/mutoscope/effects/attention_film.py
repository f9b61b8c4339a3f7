"""The pass that looks at a whole film: one class for each shot, maps that follow the motion, steady both ways."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.effects.attention_glance import Glance, choose, fit_map_size, glance
from mutoscope.effects.attention_params import AttentionParams
from mutoscope.effects.attention_value import FilmMaps, name_of, quantised
from mutoscope.effects.mask_refine import box_mean
from mutoscope.effects.params import make_params
from mutoscope.effects.shots import Shots
from mutoscope.flow.estimate import estimate_both
from mutoscope.flow.remap import remap
from mutoscope.models.imagenet_classes import parse_classes
from mutoscope.models.weights import WEIGHTS
from mutoscope.ops.reliability import likeness, soft_visibility
from mutoscope.ops.resize import fit_long_side

__all__ = ["AttentionAnalysis"]

_FLOW_LONG_SIDE_PX = 128
_MOST_HELD = 1000
"""Frames of a shot that are held, 30 KB each at 16:9; a longer shot goes on in pieces, with the class of the first."""
_LIKENESS = 0.15
_PEAK_FRAMES = 20.0
"""Frames over which the peak of the evidence is averaged: a map keeps its brightness though the subject turns."""
_LEAST_PEAK = 0.25
"""Share of the highest peak that a frame is measured against at least: a glimpse is not blown up."""
_FILL, _FILL_RADIUS = 0.05, 8
"""What no look can reach along the flow takes a little of what is around it."""


@dataclass(frozen=True)
class _Motion:
    """Flow between a frame and the one before, at the maps' size, with the trust in it; half precision."""

    back_3hw: Tensor
    on_3hw: Tensor


@dataclass(frozen=True)
class _Held:
    pts: int
    motion: _Motion | None
    seen: Glance | None


class AttentionAnalysis:
    """The pass that leaves a `FilmMaps`; its name carries the parameters (`attention_params.analysis_name`).

    The network looks at every n-th frame of a shot. When the shot has been seen its class is chosen, the likeliest in
    sum, and the maps of that class (and, where spread is on, of its nearest rivals) are averaged along the optical
    flow, backwards and forwards, with weights that fall off exponentially. At a cut all begins anew.

    Args:
        text: attention parameters as JSON.

    Raises:
        ParameterError: they are not understood.

    """

    title: ClassVar[str] = "see what is where"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("shots",)

    def __init__(self, text: str = "{}") -> None:
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ParameterError(f"attention: {text!r} is no JSON object of parameters; write {{}} for the defaults.")
        self._params = make_params(AttentionParams, told)
        self._shots: Shots | None = None

    @property
    def params(self) -> Mapping[str, Any]:
        """The attention parameters and the digest of the weights."""
        return {**self._params.model_dump(mode="json"), "weights": WEIGHTS[self._params.backbone].sha256}

    def begin(self, side: Mapping[str, Any]) -> None:
        """Take the cuts."""
        self._shots = side["shots"]

    def run(self, clips: Iterable[Clip]) -> dict[str, npt.NDArray[Any]]:
        """Look at a film.

        Raises:
            WeightsError: the network's weights are not to be had.

        """
        record = _Record()
        shot: _Shot | None = None
        for clip in clips:
            for frame in clip.frames():
                pts = frame.pts_T[0]
                if shot is not None and self._shots is not None and self._shots.is_cut_between(shot.pts, pts):
                    shot.settle(is_over=True)
                    shot = None
                if shot is None:
                    shot = _Shot(self._params, fit_map_size(*frame.size), record)
                    record.begin_shot()
                record.time_base = frame.time_base
                shot.add(frame.pixels_TCHW, pts)
        if shot is not None:
            shot.settle(is_over=True)
        return record.arrays()

    def restore(self, plain: dict[str, npt.NDArray[Any]]) -> FilmMaps:
        """Make the value from what `run` gave."""
        return FilmMaps(**plain)


class _Record:
    """The maps of the film so far: 2 KB a frame at 16:9."""

    def __init__(self) -> None:
        self.time_base: Any = None
        self._maps: list[npt.NDArray[np.uint8]] = []
        self._pts: list[int] = []
        self._starts: list[int] = []
        self._names: list[str] = []
        self._shot_maps: list[npt.NDArray[np.uint8]] = []
        self._sum: npt.NDArray[np.int64] | None = None

    def begin_shot(self) -> None:
        self._starts.append(len(self._maps))
        self._sum = None

    def add(self, pts: int, map_hw: Tensor) -> None:
        small = quantised(map_hw)
        self._maps.append(small)
        self._pts.append(pts)
        self._sum = small.astype(np.int64) if self._sum is None else self._sum + small

    def end_shot(self, name: str) -> None:
        assert self._sum is not None
        num = len(self._maps) - self._starts[-1]
        self._shot_maps.append(np.round(self._sum / num).astype(np.uint8))
        self._names.append(name)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        base = self.time_base
        empty = np.zeros((0, 1, 1), np.uint8)
        return {
            "maps_Thw": np.stack(self._maps) if self._maps else empty,
            "pts_T": np.array(self._pts, np.int64),
            "time_base": np.array([base.numerator, base.denominator] if base else [1, 1], np.int64),
            "starts_S": np.array(self._starts, np.int64),
            "shot_maps_Shw": np.stack(self._shot_maps) if self._shot_maps else empty,
            "names_S": np.array(self._names, np.str_),
        }


class _Shot:
    """One shot on its way through: what is not settled yet is held."""

    def __init__(self, params: AttentionParams, size: tuple[int, int], record: _Record) -> None:
        self.pts = 0
        self._params, self._size, self._record = params, size, record
        self._wanted = tuple(parse_classes(params.classes).values())
        self._decay = math.exp(-1 / max(params.smooth_frames, params.every / 4))
        self._overlap = min(math.ceil(4 * params.smooth_frames) + params.every, _MOST_HELD // 2)
        self._held: list[_Held] = []
        self._num_frames = 0
        self._small_1Chw: Tensor | None = None
        self._chances_K: Tensor | None = None
        self._shares: dict[int, float] = {}
        self._carried = torch.zeros(2, *size)
        self._carried_peak = np.zeros(2)

    def add(self, x_1CHW: Tensor, pts: int) -> None:
        """Take the next frame."""
        if len(self._held) == _MOST_HELD:
            self.settle(is_over=False)
        small = _shrunken(x_1CHW)
        motion = None if self._small_1Chw is None else _measure(self._small_1Chw, small, self._size)
        seen = None
        if self._num_frames % self._params.every == 0:
            seen = glance(self._params.backbone, x_1CHW, self._wanted, spread=self._params.spread)
            self._chances_K = seen.chances_K + (0 if self._chances_K is None else self._chances_K)
        self._held.append(_Held(pts, motion, seen))
        self._small_1Chw, self.pts = small, pts
        self._num_frames += 1

    def settle(self, *, is_over: bool) -> None:
        """Give the maps of what is held; where the shot goes on, the last frames wait to be seen from both sides."""
        assert self._chances_K is not None
        if not self._shares:
            self._shares = choose(self._chances_K, named=bool(self._wanted), spread=self._params.spread)
        told = [None if held.seen is None else held.seen.evidence(self._shares, self._size) for held in self._held]
        forward, forward_peaks = self._pass_over(told, self._carried, self._carried_peak)
        backward, backward_peaks = self._pass_over(told[::-1], torch.zeros_like(self._carried), np.zeros(2), back=True)
        highest = max((peak for _, peak in filter(None, told)), default=0.0)
        num = len(told) if is_over else len(told) - self._overlap
        for i in range(num):
            j = len(told) - 1 - i
            both, peaks = forward[i] + backward[j], forward_peaks[i] + backward_peaks[j]
            if (own := told[i]) is not None:  # it is in both sums
                both, peaks = both - _weighed(own[0]), peaks - np.array([own[1], 1.0])
            peak = max(peaks[0] / max(peaks[1], 1e-9), _LEAST_PEAK * highest, 1e-6)
            self._record.add(self._held[i].pts, _mean(both) / peak)
        self._carried, self._carried_peak = forward[num - 1], forward_peaks[num - 1]
        self._held = self._held[num:]
        if is_over:
            self._record.end_shot(name_of(next(iter(self._shares)), self._params.classes))

    def _pass_over(
        self,
        told: list[tuple[Tensor, float] | None],
        carried_2hw: Tensor,
        peak: npt.NDArray[np.float64],
        *,
        back: bool = False,
    ) -> tuple[list[Tensor], list[npt.NDArray[np.float64]]]:
        """Sum evidence and weight along the flow from one side; likewise the peaks, which lie nowhere."""
        sums, peaks = [], []
        for i, own in enumerate(told):
            # Backwards, frame i is reached from the one after it, which holds the flow between the two.
            motion = self._held[len(told) - i].motion if back and i else None if back else self._held[i].motion
            if motion is not None:
                flow_3hw = (motion.on_3hw if back else motion.back_3hw).float()
                carried_2hw = remap(carried_2hw, flow_3hw[:2]).clamp_min(0) * (self._decay * flow_3hw[2:])
            peak = peak * math.exp(-1 / _PEAK_FRAMES)
            if own is not None:
                carried_2hw = carried_2hw + _weighed(own[0])
                peak = peak + np.array([own[1], 1.0])
            sums.append(carried_2hw)
            peaks.append(peak)
        return sums, peaks


def _weighed(map_hw: Tensor) -> Tensor:
    return torch.stack([map_hw, torch.ones_like(map_hw)])


def _mean(sums_2hw: Tensor) -> Tensor:
    filled = sums_2hw + _FILL * box_mean(sums_2hw[None], _FILL_RADIUS)[0]
    return filled[0] / filled[1].clamp_min(1e-12)


def _shrunken(x_1CHW: Tensor) -> Tensor:
    height, width = x_1CHW.shape[2:]
    size = fit_long_side(height, width, min(_FLOW_LONG_SIDE_PX, max(height, width)))
    return nnf.adaptive_avg_pool2d(x_1CHW, size)


def _measure(before_1Chw: Tensor, now_1Chw: Tensor, size: tuple[int, int]) -> _Motion:
    on, back = (_kept_inside(flow)[None] for flow in estimate_both(before_1Chw[0], now_1Chw[0]))
    trust_back = soft_visibility(on, back) * likeness(before_1Chw, now_1Chw, back, _LIKENESS)
    trust_on = soft_visibility(back, on) * likeness(now_1Chw, before_1Chw, on, _LIKENESS)
    scale = torch.tensor([size[1] / on.shape[3], size[0] / on.shape[2]]).view(1, 2, 1, 1)
    fields = (torch.cat([flow * scale, trust], 1) for flow, trust in ((back, trust_back), (on, trust_on)))
    return _Motion(*(nnf.adaptive_avg_pool2d(field, size)[0].half() for field in fields))


def _kept_inside(flow_2hw: Tensor) -> Tensor:
    """Keep what leaves the frame by less than a pixel inside: else grain alone would take the trust in its edges."""
    height, width = flow_2hw.shape[1:]
    x_hw, y_hw = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="xy")
    here_2hw = torch.stack([x_hw, y_hw])
    there_2hw = flow_2hw + here_2hw
    inside_2hw = there_2hw.clamp_min(0).minimum(torch.tensor([width - 1.0, height - 1.0]).view(2, 1, 1))
    return torch.where((inside_2hw - there_2hw).abs() < 1, inside_2hw - here_2hw, flow_2hw)
