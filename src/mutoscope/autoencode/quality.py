"""How well a film was remembered: exactness, likeness, sharpness, movement, and the hard cases. In one pass."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from mutoscope.autoencode.sampling import CONTRAST_BORDERS
from mutoscope.autoencode.spectrum import luma, spectrum_distance

__all__ = ["BANDS", "FrameQuality", "Quality", "QualityMeter", "measure_quality", "psnr", "ssim"]

MOST_DB = 60.0
"""PSNR of equal pictures, and the most that any has: 8 bits have no finer error."""

BANDS = {"still": (0.0, 2 / 255), "slow": (2 / 255, 6 / 255), "fast": (6 / 255, 25 / 255)}
"""Speed of a film between two neighbours: mean absolute difference, from and below. Faster ones are like cuts."""

_CONTRASTS = ("low", "mid", "high")
_WINDOW_PX, _SIGMA_PX = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def psnr(source_N3HW: Tensor, recon_N3HW: Tensor) -> Tensor:
    """Give the peak signal-to-noise ratio of each frame over all channels: N, dB, at most 60."""
    error_N = (source_N3HW - recon_N3HW).square().mean((1, 2, 3))
    return (-10 * torch.log10(error_N.clamp(min=1e-12))).clamp(max=MOST_DB)


def ssim(source_N3HW: Tensor, recon_N3HW: Tensor) -> Tensor:
    """Give the structural similarity of each frame's luma (Wang et al. 2004): N, -1..1.

    The window is a Gaussian of 11 x 11 pixels, sigma 1.5, and only whole windows count; K1 is 0.01, K2 0.03. Frames
    that are smaller than the window have a smaller one.
    """
    x, y = luma(source_N3HW), luma(recon_N3HW)
    a, b, aa, bb, ab = (_blurred(one_NHW) for one_NHW in (x, y, x * x, y * y, x * y))
    variance_a, variance_b, covariance = aa - a * a, bb - b * b, ab - a * b
    above = (2 * a * b + _C1) * (2 * covariance + _C2)
    below = (a * a + b * b + _C1) * (variance_a + variance_b + _C2)
    ratio_NHW: Tensor = above / below
    return ratio_NHW.mean((1, 2))


def _blurred(x_MHW: Tensor) -> Tensor:
    # Products with banded matrices: far faster on a processor than a convolution of one channel.
    down_hH, across_wW = (_gaussian(side).to(x_MHW) for side in x_MHW.shape[1:])
    return down_hH @ x_MHW @ across_wW.T


@lru_cache(maxsize=16)
def _gaussian(side: int) -> Tensor:
    """Give the matrix that weighs each whole window of a line: side - 10, side."""
    length = min(_WINDOW_PX, side - (side + 1) % 2)
    x = torch.arange(length, dtype=torch.float32) - length // 2
    weights = torch.exp(-x.square() / (2 * _SIGMA_PX**2))
    found = torch.zeros(side - length + 1, side)
    for i in range(len(found)):
        found[i, i : i + length] = weights / weights.sum()
    return found


@dataclass(frozen=True, slots=True)
class FrameQuality:
    """One frame.

    Attributes:
        psnr: dB.
        ssim: of luma.
        spectrum: distance of the power spectra, dB.
        contrast: standard deviation of the source's luma.
        source_motion: mean absolute difference to the frame before in the shot, 0..1; None for the first of a shot.
        motion: the reconstruction's share of it; None where there is none, or nothing moves.

    """

    psnr: float
    ssim: float
    spectrum: float
    contrast: float
    source_motion: float | None = None
    motion: float | None = None


@dataclass(frozen=True)
class Quality:
    """A film, or as much of it as was measured.

    Attributes:
        frames: each frame, in the order in which it came.

    """

    frames: tuple[FrameQuality, ...] = ()

    def numbers(self) -> dict[str, float]:
        """Give what can be told, by name; bands without a frame are left out.

        psnr, ssim, spectrum and psnr_*_contrast are means over frames; motion_still, motion_slow and motion_fast are
        medians over neighbours of a shot: mean|change of the reconstruction| / mean|change of the source|.
        """
        if not self.frames:
            return {}
        means = {name: [getattr(frame, name) for frame in self.frames] for name in ("psnr", "ssim", "spectrum")}
        means |= {
            f"psnr_{name}_contrast": [frame.psnr for frame in self.frames if _contrast(frame.contrast) == i]
            for i, name in enumerate(_CONTRASTS)
        }
        kept = {
            f"motion_{name}": [
                frame.motion
                for frame in self.frames
                if frame.motion is not None and frame.source_motion is not None and low <= frame.source_motion < high
            ]
            for name, (low, high) in BANDS.items()
        }
        found = {name: statistics.fmean(values) for name, values in means.items() if values}
        return found | {name: statistics.median(values) for name, values in kept.items() if values}


def _contrast(contrast: float) -> int:
    return sum(contrast >= border for border in CONTRAST_BORDERS)


_Before = tuple[int, Tensor, Tensor]


class QualityMeter:
    """Takes a film and its reconstruction, batch after batch, in order."""

    def __init__(self) -> None:
        self._frames: list[FrameQuality] = []
        self._before: _Before | None = None

    @torch.no_grad()
    def add(self, source_N3HW: Tensor, recon_N3HW: Tensor, shots: Sequence[int] | Tensor) -> list[FrameQuality]:
        """Take the next frames, float32 0..1; give what was found about each.

        Args:
            source_N3HW: frames of the film.
            recon_N3HW: the same frames as they were remembered.
            shots: number of each frame's shot: frames of one number that come one after the other are neighbours.
                A frame of number -1 has none.

        """
        numbers = [int(shot) for shot in shots]
        if source_N3HW.shape != recon_N3HW.shape or len(numbers) != len(source_N3HW):
            raise ValueError(f"{tuple(source_N3HW.shape)}, {tuple(recon_N3HW.shape)} and {len(numbers)} shots differ")
        if not numbers:
            return []
        source_N3HW, recon_N3HW = source_N3HW.float(), recon_N3HW.float()
        measured = (
            psnr(source_N3HW, recon_N3HW),
            ssim(source_N3HW, recon_N3HW),
            spectrum_distance(source_N3HW, recon_N3HW),
            luma(source_N3HW).flatten(1).std(1, correction=0),
        )
        moved = self._moved(source_N3HW, recon_N3HW, numbers)
        added = [
            FrameQuality(*values, *motion)
            for *values, motion in zip(*(one.tolist() for one in measured), moved, strict=True)
        ]
        self._frames += added
        return added

    def result(self) -> Quality:
        """Give all that was measured."""
        return Quality(tuple(self._frames))

    def _moved(self, source: Tensor, recon: Tensor, numbers: list[int]) -> list[tuple[float | None, float | None]]:
        before = self._before
        self._before = (numbers[-1], source[-1:].clone(), recon[-1:].clone())
        shots = [None if before is None else before[0], *numbers]
        if before is not None:
            source, recon = torch.cat([before[1], source]), torch.cat([before[2], recon])
        changes = [(x[1:] - x[:-1]).abs().mean((1, 2, 3)).tolist() for x in (source, recon)]
        if before is None:
            changes = [[0.0, *one] for one in changes]
        return [
            (None, None) if last != shot or shot < 0 else (a, b / a if a > 0 else None)
            for last, shot, a, b in zip(shots[:-1], shots[1:], *changes, strict=True)
        ]


def measure_quality(batches: Iterable[tuple[Tensor, Tensor, Sequence[int] | Tensor]]) -> Quality:
    """Measure a film against its reconstruction: batches as `QualityMeter.add` takes them."""
    meter = QualityMeter()
    for source_N3HW, recon_N3HW, shots in batches:
        meter.add(source_N3HW, recon_N3HW, shots)
    return meter.result()
