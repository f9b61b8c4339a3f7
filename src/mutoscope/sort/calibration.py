"""Calibration: what a curve above its threshold is worth as a probability, and thresholds learned from a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mutoscope.core.errors import InputError
from mutoscope.sort.params import FaultGroup

__all__ = [
    "Calibration",
    "calibration_error",
    "fit_platt",
    "load_calibration",
    "save_calibration",
]

Floats = npt.NDArray[np.float64]

_SCHEMA = "mutoscope.sort.calibration/1"
_SHIPPED = "data/sorters/over-time.json"
_STEEPNESS = 3.0
_ROUNDS = 60


@dataclass(frozen=True)
class Calibration:
    """How to read curves of faults.

    Attributes:
        slopes: by fault: how fast the log-odds grow with the excess; 3 where nothing was measured.
        offsets: by fault: log-odds at the threshold; 0 where nothing was measured.
        multipliers: by fault: what thresholds are multiplied by, from a person's own decisions; above 1 is milder.

    """

    slopes: Mapping[str, float] = field(default_factory=dict)
    offsets: Mapping[str, float] = field(default_factory=dict)
    multipliers: Mapping[str, float] = field(default_factory=dict)

    def shift(self, group: FaultGroup) -> float:
        """Give what is taken off the excess of a fault."""
        return float(np.log2(self.multipliers.get(group, 1.0)))

    def probability(self, group: FaultGroup, excess_T: Floats) -> Floats:
        """Give the probability that the fault is there (Platt 1999), for each frame."""
        slope, offset = self.slopes.get(group, _STEEPNESS), self.offsets.get(group, 0.0)
        p_T: Floats = 1 / (1 + np.exp(-np.clip(slope * excess_T + offset, -60, 60)))
        return p_T


def load_calibration(path: str | None, method: str) -> Calibration:
    """Read a person's calibration on top of the shipped one.

    Args:
        path: of a file by `save_calibration`, or None.
        method: of deciding; the shipped probabilities differ.

    Raises:
        InputError: the file is missing or none of ours.

    """
    shipped = json.loads(files("mutoscope").joinpath(_SHIPPED).read_text("utf-8")).get(method, {})
    own: Any = {}
    if path is not None:
        try:
            own = json.loads(Path(path).read_text("utf-8"))
            is_ours = isinstance(own, dict) and own.get("schema") == _SCHEMA
        except (OSError, ValueError) as error:
            raise InputError(f"calibration {path} cannot be read ({error}); give a file of `train sorter`.") from error
        if not is_ours:
            raise InputError(f"{path} is no calibration; make one with `mutoscope train sorter --decisions`.")
    names = ("slopes", "offsets", "multipliers")
    return Calibration(**{name: {**shipped.get(name, {}), **_numbers(own.get(name, {}), path)} for name in names})


def _numbers(found: Any, path: str | None) -> dict[str, float]:
    if not isinstance(found, dict) or not all(isinstance(v, (int, float)) and np.isfinite(v) for v in found.values()):
        raise InputError(f"calibration {path} holds something else than numbers; make it anew.")
    return {str(name): float(value) for name, value in found.items()}


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON, names in order."""
    text = {
        "schema": _SCHEMA,
        "slopes": dict(calibration.slopes),
        "offsets": dict(calibration.offsets),
        "multipliers": dict(calibration.multipliers),
    }
    path.write_text(json.dumps(text, indent=1, sort_keys=True) + "\n", "utf-8")


def fit_platt(excess_N: Floats, truth_N: Floats) -> tuple[float, float]:
    """Fit slope and offset of log-odds to 0/1 truths by Newton's method (Platt 1999).

    Targets are softened by the number of examples, as Platt does, so that cleanly divided ones do not run away.
    """
    positives = float(truth_N.sum())
    negatives = len(truth_N) - positives
    target_N = np.where(truth_N > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    x_N2 = np.stack([excess_N, np.ones_like(excess_N)], 1)
    theta_2 = np.array([_STEEPNESS, 0.0])
    for _ in range(_ROUNDS):
        p_N = 1 / (1 + np.exp(-np.clip(x_N2 @ theta_2, -60, 60)))
        # A little pull to the start keeps the matrix regular where all examples are alike.
        gradient_2 = x_N2.T @ (p_N - target_N) + 0.01 * (theta_2 - [_STEEPNESS, 0.0])
        curvature_22 = (x_N2 * (p_N * (1 - p_N))[:, None]).T @ x_N2 + 0.01 * np.eye(2)
        step_2 = np.linalg.solve(curvature_22, gradient_2)
        theta_2 = theta_2 - step_2 * min(1.0, 2.0 / max(float(np.abs(step_2).max()), 1e-9))
        theta_2[0] = max(theta_2[0], 0.05)  # more of a fault never makes it less likely
    return float(theta_2[0]), float(theta_2[1])


def calibration_error(probability_N: Floats, truth_N: Floats, bins: int = 15) -> float:
    """Give the expected calibration error (Guo et al. 2017, eq. 3), 0..1: equal bins, weighted by their frames."""
    which_N = np.minimum((probability_N * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside_N = which_N == b
        if inside_N.any():
            total += inside_N.mean() * abs(float(probability_N[inside_N].mean() - truth_N[inside_N].mean()))
    return total
