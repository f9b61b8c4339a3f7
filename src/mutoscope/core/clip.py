"""Clip: a short run of decoded frames, the thing that every effect takes and gives."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

__all__ = ["Clip"]


@dataclass(frozen=True)
class Clip:
    """A short run of frames. Its length follows from a byte budget; no result may depend on it.

    Attributes:
        pixels_TCHW: float32, sRGB, 0..1, three channels.
        pts_T: strictly increasing time stamps, in units of `time_base`.
        time_base: seconds per unit of pts.
        alpha_T1HW: float32, 0..1, straight (not premultiplied), or None where the source is opaque.

    """

    pixels_TCHW: Tensor
    pts_T: tuple[int, ...]
    time_base: Fraction
    alpha_T1HW: Tensor | None = None

    def __post_init__(self) -> None:
        x = self.pixels_TCHW
        if x.ndim != 4 or x.shape[1] != 3 or x.dtype != torch.float32:
            raise ValueError(f"pixels must be float32 T,3,H,W; got {x.dtype} {tuple(x.shape)}")
        if len(self.pts_T) != len(x):
            raise ValueError(f"{len(x)} frames came with {len(self.pts_T)} time stamps")
        if any(b <= a for a, b in pairwise(self.pts_T)):
            raise ValueError("time stamps must increase strictly")
        a = self.alpha_T1HW
        if a is not None and (a.shape != (len(x), 1, *x.shape[2:]) or a.dtype != torch.float32):
            raise ValueError(f"alpha must be float32 T,1,H,W like the pixels; got {a.dtype} {tuple(a.shape)}")

    def __len__(self) -> int:
        return len(self.pts_T)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.pixels_TCHW.shape[2]), int(self.pixels_TCHW.shape[3])

    def seconds(self, index: int) -> float:
        """Time of one frame in seconds, for curves and labels; exact times are `pts * time_base`."""
        return float(self.pts_T[index] * self.time_base)

    def with_pixels(self, pixels_TCHW: Tensor) -> "Clip":
        """Give the same times and alpha to other pixels of the same size."""
        return replace(self, pixels_TCHW=pixels_TCHW)

    def frames(self) -> Iterator["Clip"]:
        """Yield each frame as a clip of its own. Pixels are views, not copies."""
        for i in range(len(self)):
            yield self[i : i + 1]

    def __getitem__(self, index: slice) -> "Clip":
        alpha = None if self.alpha_T1HW is None else self.alpha_T1HW[index]
        return Clip(self.pixels_TCHW[index], self.pts_T[index], self.time_base, alpha)

    @staticmethod
    def join(clips: list["Clip"]) -> "Clip":
        """Put clips of one time base and size behind each other."""
        first = clips[0]
        if any(c.time_base != first.time_base or c.size != first.size for c in clips):
            raise ValueError("clips must share time base and size")
        alphas = [c.alpha_T1HW for c in clips]
        known = [a for a in alphas if a is not None]
        if known and len(known) != len(alphas):
            raise ValueError("clips with and without alpha cannot be joined")
        return Clip(
            torch.cat([c.pixels_TCHW for c in clips]),
            tuple(p for c in clips for p in c.pts_T),
            first.time_base,
            torch.cat(known) if known else None,
        )
