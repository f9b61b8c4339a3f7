"""What is known of a clip: numbers of every frame, and what follows from them. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["COLUMNS", "FAULTS", "ClipReport", "Column", "FrameTable", "Segment", "Verdict"]

Verdict = Literal["keep", "unsure", "reject"]
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Column:
    """What a number of each frame means.

    Attributes:
        title: in words, for curves.
        unit: "" where it has none.
        source: paper or formula.

    """

    title: str
    unit: str
    source: str


COLUMNS: dict[str, Column] = {
    "sharpness": Column("sharpness", "", "median over tiles: gradient energy at a fine against a coarse scale"),
    "sharpness_best": Column("sharpest part", "", "90th percentile over tiles of the same"),
    "sharpness_relative": Column("sharpness beside the clip's best", "%", "to the 95th percentile within 2 s"),
    "noise": Column("noise", "levels of 255", "Immerkaer (1996), robust over flat tiles"),
    "blur_direction": Column("direction of blur", "degrees", "least eigenvector of the structure tensor, 0..180"),
    "blur_directed": Column("how directed the blur is", "", "anisotropy of the structure tensor, 0..1"),
    "blur_kind": Column("kind of blur", "", "0 sharp, 1 lens, 2 camera's motion, 3 subject's; by direction and motion"),
    "moving_share": Column("part that moves by itself", "%", "tiles that leave the camera's motion"),
    "exposure": Column("exposure error", "stops", "quantiles of luminance, as far as lights and clipping leave room"),
    "clipped_low": Column("clipped to black", "%", "share of pixels at the lowest level"),
    "clipped_high": Column("clipped to white", "%", "share of pixels with a channel at the highest level"),
    "brightness": Column("brightness", "stops", "log2 of log-average linear luminance"),
    "pumping": Column("exposure pumping", "stops", "high-passed brightness, largest swing within 1 s"),
    "path_x": Column("camera path, x", "% of width", "sum of global motion, from features"),
    "path_y": Column("camera path, y", "% of width", "likewise"),
    "turn": Column("camera roll", "degrees", "likewise"),
    "speed": Column("camera speed", "% of width / s", "low-passed path"),
    "shake": Column("shake", "% of width", "root mean square of the high-passed path within 1 s"),
    "black": Column("black", "", "1 where nothing is to be seen"),
    "frozen": Column("frozen", "", "1 where the picture stands for half a second and more"),
    "duplicated": Column("duplicated", "", "1 where a frame repeats the one before in a moving film"),
    "dropped": Column("dropped", "", "1 where a time stamp leaves a gap"),
    "p_blurred": Column("blurred, learned", "", "calibrated probability"),
    "p_defocus": Column("out of focus, learned", "", "likewise"),
    "p_camera": Column("camera's motion blur, learned", "", "likewise"),
    "p_under": Column("underexposed, learned", "", "likewise"),
    "p_over": Column("overexposed, learned", "", "likewise"),
    "loudness": Column("loudness", "dB of full scale", "root mean square of the sound within a frame"),
    "sound_clipped": Column("clipped sound", "%", "share of samples at full scale"),
}
"""Every number that a frame may have; NaN where it is not known."""

FAULTS = (
    "blurred",
    "defocus",
    "camera blur",
    "underexposed",
    "overexposed",
    "pumping",
    "shaky",
    "black",
    "frozen",
    "dropped",
    "noisy",
)
"""What a segment may be rejected for."""


@dataclass(frozen=True)
class FrameTable:
    """Numbers of a clip, a row for each frame.

    Attributes:
        pts_T: int64, strictly increasing, in units of `time_base`.
        time_base: seconds per unit.
        columns: by a name of COLUMNS, float32 of length T; NaN where unknown. A column may be missing.
        cuts: numbers of the first frame of each shot but the first.
        signatures: 64-bit hashes of frames about half a second apart (`sort.signature`), in order; () where unknown.

    """

    pts_T: npt.NDArray[np.int64]
    time_base: Fraction
    columns: Mapping[str, Array]
    cuts: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.pts_T)

    def column(self, name: str) -> Array:
        """Give a column, NaN throughout where it is missing."""
        found = self.columns.get(name)
        return np.full(len(self), np.nan, np.float32) if found is None else found

    def seconds(self) -> npt.NDArray[np.float64]:
        """Give the time of each frame."""
        return self.pts_T.astype(np.float64) * float(self.time_base)

    def shots(self) -> list[tuple[int, int]]:
        """Give first frame and end of each shot."""
        edges = [0, *self.cuts, len(self)]
        return [(a, b) for a, b in pairwise(edges) if a < b]


@dataclass(frozen=True)
class Segment:
    """A run of frames with one verdict; it never crosses a cut.

    Attributes:
        first: number of its first frame.
        end: number of the first frame after it.
        verdict: keep, unsure or reject.
        fault: one of FAULTS, or None for a keep.
        value: what was measured at the worst frame.
        unit: of the value.
        threshold: what it was held against.
        worst: number of the worst frame; of a keep, the sharpest.
        confidence: calibrated probability that the verdict is right, 0..1.

    """

    first: int
    end: int
    verdict: Verdict
    fault: str | None = None
    value: float | None = None
    unit: str = ""
    threshold: float | None = None
    worst: int = 0
    confidence: float = 1.0


@dataclass(frozen=True)
class ClipReport:
    """All that is known of one file.

    Attributes:
        path: relative to the folder that was sorted, with forward slashes.
        sha256: digest of its bytes; "" where it could not be read.
        table: numbers of its frames, or None where it could not be read.
        segments: cover the clip without gaps, in order.
        width: of the film, px, upright.
        height: likewise.
        frame_rate: exact; None where it varies or is unknown.
        start_timecode: "01:00:00:00", or None.
        duration: seconds.
        shares: per cent of frames per class, as the seed reports them: {"blurred": 12.5, …}.
        score: 0..100 within the shoot: percentile of its best seconds; None where it could not be read.
        group: number of its group of near-duplicate takes, or None.
        is_best_of_group: whether it is the best of them.
        notices: what a person should know, one line each.
        error: why it could not be sorted, or None.

    """

    path: str
    sha256: str = ""
    table: FrameTable | None = None
    segments: tuple[Segment, ...] = ()
    width: int = 0
    height: int = 0
    frame_rate: Fraction | None = None
    start_timecode: str | None = None
    duration: Fraction = Fraction(0)
    shares: Mapping[str, float] = field(default_factory=dict)
    score: float | None = None
    group: int | None = None
    is_best_of_group: bool = False
    notices: tuple[str, ...] = ()
    error: str | None = None
