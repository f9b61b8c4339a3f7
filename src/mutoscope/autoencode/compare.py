"""How near a dream is to its film: numbers of frames, of shots and of the whole; the best and the worst frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

import torch
from torch import Tensor

from mutoscope.autoencode.quality import BANDS, MOST_DB, FrameQuality, Quality
from mutoscope.models.backbone import Backbone

__all__ = [
    "FORMULAS",
    "LAYERS",
    "FrameNumbers",
    "Pick",
    "Picks",
    "ShotNumbers",
    "learned_similarity",
    "numbers_of",
    "shots_of",
]

LAYERS = ("block2", "block4", "block7", "block10")
"""Of EfficientNet-Lite0, strides 4, 8, 16 and 16: earlier ones see little but grain, later ones no place."""

FORMULAS = {
    "psnr": f"10 log10(1 / mean square error over pixels and channels), dB, at most {MOST_DB:g}; mean over frames",
    "ssim": "Wang et al. (2004) of luma, Gaussian window 11x11, sigma 1.5, K1 0.01, K2 0.03; mean over frames",
    "similarity": f"mean over {', '.join(LAYERS)} of EfficientNet-Lite0, and over all places, of the cosine of the two "
    "feature vectors: LPIPS (Zhang et al. 2018) without learned weights; 1 = same; mean over the frames looked at",
    "motion": "mean |frame - frame before| of the dream / that of the source, within shots; median over frames; "
    + ", ".join(f"motion_{name}: source {low * 255:g} to {high * 255:g} of 255" for name, (low, high) in BANDS.items()),
    "spectrum": "distance of the power spectra, dB; mean over frames",
}
"""What the numbers are, in words."""


@dataclass(frozen=True)
class FrameNumbers:
    """One frame of a dream beside the source's.

    Attributes:
        number: from 0.
        seconds: from the first frame on.
        shot: number of its shot, from 0.
        quality: what `QualityMeter` gave.
        similarity: learned similarity; None where it was not measured.

    """

    number: int
    seconds: float
    shot: int
    quality: FrameQuality
    similarity: float | None = None


@dataclass(frozen=True)
class ShotNumbers:
    """A shot: its frames, and means over them by name (see `numbers_of`)."""

    shot: int
    start: float
    end: float
    frames: int
    numbers: dict[str, float]


def learned_similarity(backbone: Backbone, x_N3HW: Tensor, y_N3HW: Tensor) -> list[float]:
    """Give how alike pairs of pictures, 0..1, are to a network that knows many pictures: 1 = same.

    s = 1/L sum_l mean_hw <f_l(x)_hw, f_l(y)_hw> / (|f_l(x)_hw| |f_l(y)_hw|): one minus half the LPIPS distance
    (Zhang et al. 2018, eq. 1) without learned weights, over the layers in `LAYERS`.
    """
    num = len(x_N3HW)
    with torch.no_grad():
        found = backbone.features(torch.cat([x_N3HW, y_N3HW]), LAYERS)
        cosines = [torch.cosine_similarity(value[:num], value[num:], dim=1).mean((1, 2)) for value in found.values()]
    return [float(value) for value in torch.stack(cosines).mean(0)]


def numbers_of(frames: Sequence[FrameNumbers]) -> dict[str, float]:
    """Give the numbers of a run of frames by name; what is not known is left out. See `FORMULAS`.

    Besides those of `Quality.numbers`: similarity, psnr_low (a twentieth of the frames lies below), and motion, the
    retention over all of these speeds: what changes more is like a cut.
    """
    quality = Quality(tuple(frame.quality for frame in frames))
    found = quality.numbers()
    known = [frame.similarity for frame in frames if frame.similarity is not None]
    if known:
        found["similarity"] = fmean(known)
    moved = [
        share
        for frame in frames
        if (share := frame.quality.motion) is not None and (frame.quality.source_motion or 0) < BANDS["fast"][1]
    ]
    if moved:
        found["motion"] = median(moved)
    if frames:
        ordered = sorted(frame.quality.psnr for frame in frames)
        found["psnr_low"] = ordered[(len(ordered) - 1) // 20]
    return found


def shots_of(frames: Sequence[FrameNumbers]) -> Iterator[ShotNumbers]:
    """Yield the numbers of each shot."""
    start = 0
    for i in range(1, len(frames) + 1):
        if i == len(frames) or frames[i].shot != frames[start].shot:
            run = frames[start:i]
            yield ShotNumbers(run[0].shot, run[0].seconds, run[-1].seconds, len(run), numbers_of(run))
            start = i


@dataclass(frozen=True)
class Pick:
    """A frame that was picked, with its pictures, uint8, 3,H,W."""

    frame: FrameNumbers
    source_3HW: Tensor
    dream_3HW: Tensor


class Picks:
    """The best or the worst frames by PSNR, spread over a film while it passes. Holds a few small pictures only.

    Of a film of many shots each shot gives one at most; else two of one shot lie at least `apart` frames apart.

    Args:
        which: "best" or "worst".
        num: how many, at most.
        num_shots: of the film.
        apart: frames.

    """

    def __init__(self, which: Literal["best", "worst"], num: int, num_shots: int, apart: int) -> None:
        self._sign = -1 if which == "best" else 1
        self._num, self._one_a_shot, self._apart = num, num_shots >= 2 * num, apart
        self._picked: list[Pick] = []

    def wants(self, frame: FrameNumbers) -> bool:
        """Tell whether a frame would be picked."""
        rivals = self._rivals(frame)
        if rivals:
            return all(self._rank(frame) < self._rank(rival.frame) for rival in rivals)
        return len(self._picked) < self._num or self._rank(frame) < self._rank(self._picked[-1].frame)

    def add(self, pick: Pick) -> None:
        """Pick a frame that is wanted."""
        rivals = {rival.frame.number for rival in self._rivals(pick.frame)}
        kept = [one for one in self._picked if one.frame.number not in rivals]
        self._picked = sorted([*kept, pick], key=lambda one: self._rank(one.frame))[: self._num]

    def __iter__(self) -> Iterator[Pick]:
        """Yield what was picked, the most extreme first."""
        return iter(self._picked)

    def _rank(self, frame: FrameNumbers) -> float:
        return self._sign * frame.quality.psnr

    def _rivals(self, frame: FrameNumbers) -> list[Pick]:
        return [
            pick
            for pick in self._picked
            if pick.frame.shot == frame.shot
            and (self._one_a_shot or abs(frame.number - pick.frame.number) < self._apart)
        ]
