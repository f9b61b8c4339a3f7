"""How the camera moved from frame to frame, fast: features followed from one small grey frame to the next."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["CameraStep", "CameraTracker"]

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_LONG_SIDE_PX = 320
_CELLS = (12, 9)
"""Columns and rows of the grid that one feature each is looked for in, so that no corner of the frame rules."""
_WINDOW_PX = 13
_LEVELS = 3
_INLIER_PX = 0.6
_LEAVES_PX = 1.2
"""A tile that leaves the camera's motion by more moves by itself; below it are parallax and grain."""
_LEAVES_SHARE = 0.12
"""Likewise, as a share of the camera's own motion: lenses and depth bend a fast pan."""
_MIN_CORNER = 2e-4
"""Least eigenvalue of a feature's gradients, in squared levels of 0..1: below it there is only noise."""
_MIN_INLIERS = 0.35
_MIN_FEATURES = 6
_MIN_RESPONSE = 0.08
"""Height of a phase correlation's peak, 0..1, below which nothing is shared."""


@dataclass(frozen=True)
class CameraStep:
    """What the camera did between two neighbouring frames.

    Attributes:
        dx: the picture's shift to the right, as a share of its width; the camera turned the other way.
        dy: its shift down, as a share of its width.
        roll: its turn clockwise as seen, degrees.
        scale: its growth: 1 where the camera did not zoom.
        moving_share: 0..1 of the followed tiles that leave this motion; NaN where too few were followed.
        is_known: whether a motion was found; where not, the other numbers say that nothing moved.

    """

    dx: float = 0.0
    dy: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    moving_share: float = float("nan")
    is_known: bool = False


class CameraTracker:
    """Follows the camera through a film; remembers one small frame. The same frames give the same steps.

    Features (Shi and Tomasi 1994), one for each cell of a grid, are followed by pyramids (Lucas and Kanade 1981;
    Bouguet 2001); the similarity that most of them share is found by random sample consensus (Fischler and
    Bolles 1981), whose samples OpenCV draws from a fixed seed. Where too few agree, phase correlation
    (Kuglin and Hines 1975) is asked for a shift.
    """

    def __init__(self) -> None:
        self._before: Bytes | None = None

    def follow(self, grey_HW: Bytes) -> CameraStep:
        """Give the step from the frame before to this one; the first frame has none."""
        small_HW = _small(grey_HW)
        before, self._before = self._before, small_HW
        if before is None or before.shape != small_HW.shape or min(small_HW.shape) < 2 * _WINDOW_PX:
            return CameraStep()
        from_N2 = _features(before)
        if len(from_N2) >= _MIN_FEATURES:
            step = _by_features(before, small_HW, from_N2)
            if step is not None:
                return step
        return _by_phase(before, small_HW)


def _small(grey_HW: Bytes) -> Bytes:
    height, width = grey_HW.shape
    scale = _LONG_SIDE_PX / max(height, width)
    if scale >= 1:
        return grey_HW
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Down to a half, bilinear averages well enough, at a fifth of the time.
    kernel = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(grey_HW, size, interpolation=kernel), np.uint8)


def _features(grey_HW: Bytes) -> Floats:
    """Find the strongest corner of each cell; N,2 px, x then y."""
    height, width = grey_HW.shape
    strength_HW = cv2.cornerMinEigenVal(grey_HW, 3)
    columns, rows = _CELLS if width >= height else _CELLS[::-1]
    margin = _WINDOW_PX // 2
    cell_h, cell_w = (height - 2 * margin) // rows, (width - 2 * margin) // columns
    inner_HW = strength_HW[margin : margin + rows * cell_h, margin : margin + columns * cell_w]
    cells_NP = inner_HW.reshape(rows, cell_h, columns, cell_w).swapaxes(1, 2).reshape(rows * columns, -1)
    best_N = cells_NP.argmax(1)
    strong_N = cells_NP[np.arange(len(best_N)), best_N] >= _MIN_CORNER
    row_N, column_N = np.divmod(np.arange(rows * columns), columns)
    y_N = margin + row_N * cell_h + best_N // cell_w
    x_N = margin + column_N * cell_w + best_N % cell_w
    return np.asarray(np.stack([x_N, y_N], 1)[strong_N], np.float32)


def _by_features(before_HW: Bytes, now_HW: Bytes, from_N2: Floats) -> CameraStep | None:
    to_N2, found_N1, _ = cv2.calcOpticalFlowPyrLK(
        before_HW,
        now_HW,
        from_N2[:, None],
        np.zeros_like(from_N2[:, None]),
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
    )
    height, width = now_HW.shape
    there_N2 = to_N2[:, 0]
    inside_N = ((there_N2 >= 0) & (there_N2 < (width, height))).all(1)
    kept_N = (found_N1[:, 0] > 0) & inside_N
    from_N2, there_N2 = from_N2[kept_N], there_N2[kept_N]
    if len(from_N2) < _MIN_FEATURES:
        return None
    fit_23, inlier_N1 = cv2.estimateAffinePartial2D(
        from_N2, there_N2, method=cv2.RANSAC, ransacReprojThreshold=_INLIER_PX, maxIters=500, confidence=0.995
    )
    if fit_23 is None or inlier_N1.mean() < _MIN_INLIERS:  # type: ignore[redundant-expr] # the stub forgets None
        return None
    left_N = np.linalg.norm(from_N2 @ fit_23[:, :2].T + fit_23[:, 2] - there_N2, axis=1)
    centre_2 = np.array([(width - 1) / 2, (height - 1) / 2])
    shift_2 = fit_23[:, :2] @ centre_2 + fit_23[:, 2] - centre_2
    allowed = _LEAVES_PX + _LEAVES_SHARE * float(np.hypot(*shift_2))
    return CameraStep(
        dx=float(shift_2[0]) / width,
        dy=float(shift_2[1]) / width,
        roll=float(np.degrees(np.arctan2(fit_23[1, 0], fit_23[0, 0]))),
        scale=float(np.hypot(fit_23[0, 0], fit_23[1, 0])),
        moving_share=float((left_N > allowed).mean()),
        is_known=True,
    )


def _by_phase(before_HW: Bytes, now_HW: Bytes) -> CameraStep:
    height, width = now_HW.shape
    window_HW = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(before_HW.astype(np.float32), now_HW.astype(np.float32), window_HW)
    # Two flat frames correlate perfectly: there is nothing to see in them.
    if response < _MIN_RESPONSE or min(float(before_HW.std()), float(now_HW.std())) < 1:
        return CameraStep()
    return CameraStep(dx=dx / width, dy=dy / width, is_known=True)
