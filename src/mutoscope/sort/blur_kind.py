"""Which way a frame is blurred, and by what: the lens, the camera's motion or the subject's."""

from dataclasses import dataclass
from math import atan2, degrees, hypot, sqrt

import numpy as np

from mutoscope.sort.over_time import Series
from mutoscope.sort.texture import Texture
from mutoscope.sort.tiles import Floats

__all__ = ["CAMERA", "DEFOCUS", "SHARP", "SUBJECT", "Directedness", "blur_kinds", "directedness_of"]

SHARP, DEFOCUS, CAMERA, SUBJECT = 0.0, 1.0, 2.0, 3.0
"""Codes of the column `blur_kind`."""

_SHARP_BEST, _SHARP_MEDIAN = 0.45, 0.25
"""Sharpness of the best and the middle tile, below both of which a frame is blurred."""
_SHARP_ALONG, _CLEARLY_DIRECTED = 0.25, 0.15
"""A frame that is less sharp than this along its blur, and so directed, is blurred though edges along it stay sharp."""
_DIRECTED = 0.05
_CAMERA_MOVES = 0.01
"""Share of the width per frame: an exposure lasts at most that long, so slower cameras blur by 1 % at most."""
_AGREES_DEG = 20.0
_SUBJECT_SHARE = 0.08
_SMOOTH = 1 / 16
"""What a picture without detail keeps of its gradient energy two scales finer."""


@dataclass(frozen=True)
class Directedness:
    """How the loss of detail depends on the direction.

    Attributes:
        direction: degrees, 0..180, against the horizontal, clockwise as seen: along it detail is lost most.
        directed: 0 where all directions lost alike, to 1; NaN where nothing is to be judged.
        across: sharpness (as in `sharpness`, two octaves) in the direction that kept most.
        along: likewise in the direction that kept least.

    """

    direction: float
    directed: float
    across: float
    along: float


def directedness_of(texture: Texture, heed_N: Floats | None = None) -> Directedness:
    """Compare a frame's structure tensor (Bigun and Granlund 1987) at a fine and a coarse scale.

    A picture's own lines make any one tensor directed; what a blur takes is the ratio of the two: the generalised
    eigenvalues of fine against coarse. The least one's eigenvector is the direction of the blur.

    Args:
        texture: of the frame.
        heed_N: weights of the tiles, 0..1; all alike by default.

    """
    say_N = texture.has_say_N.astype(np.float32)
    if heed_N is not None:
        say_N = say_N * heed_N
    if say_N.sum() < 1:
        return Directedness(*[float("nan")] * 4)
    # Square roots let a tile with one hard edge not outvote all others.
    weight_N = say_N / np.sqrt(np.maximum(texture.energy_N(2), 1.0))
    finest, fine, coarse = (_tensor(tensor_3N @ weight_N) for tensor_3N in texture.tensors_S3N)
    least, most, _ = _against(finest, coarse)
    # The direction is clearer one octave apart; how much is lost, two.
    _, _, direction = _against(finest, fine)
    along, across = (max(value - _SMOOTH, 0) / (1 - _SMOOTH) for value in (least, most))
    return Directedness(direction, (most - least) / max(most + least, 1e-9), across, along)


def blur_kinds(
    sharpness_T: Series,
    best_T: Series,
    directed_T: Series,
    along_T: Series,
    direction_T: Series,
    motion_T2: Series,
    moving_T: Series,
) -> tuple[Floats, Floats]:
    """Tell by what each frame is blurred, now that the camera's motion is known.

    A camera blurs along its own way, and only while it moves; a lens blurs to all sides; where some tiles are sharp
    and something moves by itself, it is that which is blurred. The numbers were fitted to 33 photographs, none of
    those that come with this package, blurred in linear light and coded as H.264 at crf 28.

    Args:
        sharpness_T: of the middle tile.
        best_T: of the best tile.
        directed_T: how directed the blur is.
        along_T: sharpness along it.
        direction_T: degrees.
        motion_T2: the camera's motion, share of the width per frame, to the right and down; NaN where unknown.
        moving_T: 0..1 of the tiles that leave it; NaN where unknown.

    Returns:
        SHARP, DEFOCUS, CAMERA or SUBJECT, NaN where nothing is to be judged; and the direction: where it is the
        camera's blur, that of the camera's motion, which is measured far more exactly.

    """
    speed_T = np.hypot(motion_T2[:, 0], motion_T2[:, 1])
    way_T = np.degrees(np.arctan2(motion_T2[:, 1], motion_T2[:, 0])) % 180
    apart_T = np.abs((way_T - direction_T + 90) % 180 - 90)
    soft_T, nothing_sharp_T = sharpness_T < _SHARP_MEDIAN, best_T < _SHARP_BEST
    blurred_T = soft_T & nothing_sharp_T
    smeared_T = (directed_T > _CLEARLY_DIRECTED) & (along_T < _SHARP_ALONG)
    agrees_T = (speed_T > _CAMERA_MOVES) & (apart_T < _AGREES_DEG)
    camera_T = agrees_T & (smeared_T | (blurred_T & (directed_T > _DIRECTED)))
    kind_T = np.where(camera_T, CAMERA, np.where(blurred_T, DEFOCUS, SHARP))
    kind_T[soft_T & ~nothing_sharp_T & ~camera_T & (moving_T > _SUBJECT_SHARE)] = SUBJECT
    kind_T[np.isnan(sharpness_T)] = np.nan
    direction_T = np.where(kind_T == CAMERA, way_T, direction_T)
    return kind_T.astype(np.float32), direction_T.astype(np.float32)


def _tensor(tensor_3: Floats) -> tuple[float, float, float]:
    xx, yy, xy = (float(value) for value in tensor_3)
    xx, yy = xx + 1e-6, yy + 1e-6
    most = 0.98 * sqrt(xx * yy)  # subtracting noise may leave more correlation than energy
    return xx, yy, min(max(xy, -most), most)


def _against(fine: tuple[float, float, float], coarse: tuple[float, float, float]) -> tuple[float, float, float]:
    """Solve fine v = value coarse v; give the least and largest value, and the least one's direction in degrees."""
    (fxx, fyy, fxy), (cxx, cyy, cxy) = fine, coarse
    a = cxx * cyy - cxy * cxy
    half = (fxx * cyy + fyy * cxx - 2 * fxy * cxy) / (2 * a)
    spread = sqrt(max(half * half - (fxx * fyy - fxy * fxy) / a, 0.0))
    least = half - spread
    # The eigenvector is at right angles to either row of (fine - least coarse); the longer row is the safer one.
    rows = ((fxx - least * cxx, fxy - least * cxy), (fxy - least * cxy, fyy - least * cyy))
    x, y = max(rows, key=lambda row: hypot(*row))
    return max(least, 0.0), half + spread, degrees(atan2(x, -y)) % 180
