"""How much of a clip is of each class, in per cent: what the first tool of this kind printed."""

from collections.abc import Sequence

import numpy as np

from mutoscope.sort.model import FrameTable, Segment

__all__ = ["shares", "verdict_shares"]

_SHARPNESS = 0.17
_UNDER_STOPS, _OVER_STOPS = 1.5, 1.3


def shares(table: FrameTable) -> dict[str, float]:
    """Give the share of frames whose likeliest class is this, as the seed does: a mean of arg-maxes.

    By the learned probabilities; by sharpness and stops at their default thresholds where these are missing. It says
    nothing about where in the clip: that is what segments are for.

    Returns:
        per cent: "sharp" and "blurred" add up to 100, "well exposed", "underexposed" and "overexposed" likewise; what
        is unknown throughout is left out.

    """
    found: dict[str, float] = {}
    blurred_T, sharp_T = table.column("p_blurred"), table.column("sharpness_best")
    known_T = np.isfinite(blurred_T)
    is_blurred_T = blurred_T[known_T] > 0.5
    if not known_T.any():
        known_T = np.isfinite(sharp_T)
        is_blurred_T = sharp_T[known_T] < _SHARPNESS
    if known_T.any():
        found |= {"sharp": _percent(~is_blurred_T), "blurred": _percent(is_blurred_T)}
    under_T, over_T, stops_T = table.column("p_under"), table.column("p_over"), table.column("exposure")
    known_T = np.isfinite(under_T) & np.isfinite(over_T)
    is_under_T = (under_T > 0.5)[known_T] & (under_T >= over_T)[known_T]
    is_over_T = (over_T > 0.5)[known_T] & ~is_under_T
    if not known_T.any():
        known_T = np.isfinite(stops_T)
        is_under_T, is_over_T = stops_T[known_T] < -_UNDER_STOPS, stops_T[known_T] > _OVER_STOPS
    if known_T.any():
        found["well exposed"] = _percent(~is_under_T & ~is_over_T)
        found |= {"underexposed": _percent(is_under_T), "overexposed": _percent(is_over_T)}
    return found


def verdict_shares(segments: Sequence[Segment]) -> dict[str, float]:
    """Give the share of frames that are kept, unsure and rejected, in per cent; empty without segments."""
    total = sum(s.end - s.first for s in segments)
    if not total:
        return {}
    return {
        verdict: 100 * sum(s.end - s.first for s in segments if s.verdict == verdict) / total
        for verdict in ("keep", "unsure", "reject")
    }


def _percent(mask_T: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    return 100 * float(mask_T.mean())
