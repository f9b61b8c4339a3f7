"""Curves of a clip in few bytes: a byte per point, at most a thousand points, extremes kept."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mutoscope.sort.model import COLUMNS, FrameTable
from mutoscope.sort.params import SortParams

__all__ = ["MOST_POINTS", "curves_of_page", "meters_of_page"]

Floats = npt.NDArray[np.float64]

MOST_POINTS = 1000
_UNKNOWN = 255
_LEVELS = 254
_FINEST = 65535


@dataclass(frozen=True)
class _Meter:
    """How a column is drawn.

    Attributes:
        low: least value of the axis, where every clip has the same.
        high: greatest value likewise.
        at_least: what the axis spans at the least, so that noise is not blown up.
        is_main: whether it is shown before a person asks for more.

    """

    low: float | None = None
    high: float | None = None
    at_least: float = 0.0
    is_main: bool = False


_METERS: dict[str, _Meter] = {
    "sharpness_best": _Meter(low=0, at_least=0.6, is_main=True),
    "exposure": _Meter(at_least=4, is_main=True),
    "shake": _Meter(low=0, at_least=0.5, is_main=True),
    "noise": _Meter(low=0, at_least=10, is_main=True),
    "brightness": _Meter(at_least=4, is_main=True),
    "sharpness": _Meter(low=0, at_least=0.6),
    "sharpness_relative": _Meter(low=0, at_least=100),
    "p_blurred": _Meter(low=0, high=1),
    "p_defocus": _Meter(low=0, high=1),
    "p_camera": _Meter(low=0, high=1),
    "blur_directed": _Meter(low=0, high=1),
    "moving_share": _Meter(low=0, high=100),
    "speed": _Meter(low=0, at_least=10),
    "turn": _Meter(at_least=2),
    "pumping": _Meter(low=0, at_least=1),
    "clipped_low": _Meter(low=0, at_least=5),
    "clipped_high": _Meter(low=0, at_least=5),
    "p_under": _Meter(low=0, high=1),
    "p_over": _Meter(low=0, high=1),
    "loudness": _Meter(low=-60, high=0),
    "sound_clipped": _Meter(low=0, at_least=1),
}
"""Columns that are drawn, in the order in which they stand below each other."""


def meters_of_page(params: SortParams) -> list[dict[str, Any]]:
    """Describe the curves for the page: name, title, unit, thresholds."""
    limits = {
        "sharpness_best": [params.sharpness],
        "sharpness_relative": [params.relative_percent],
        "exposure": [-params.under_stops, params.over_stops],
        "shake": [params.shake_percent],
        "noise": [params.noise_levels],
        "pumping": [params.pumping_stops],
        "p_blurred": [params.blur_probability],
        "p_under": [params.under_probability],
        "p_over": [params.over_probability],
    }
    return [
        {
            "name": name,
            "title": COLUMNS[name].title,
            "unit": COLUMNS[name].unit,
            "source": COLUMNS[name].source,
            "limits": limits.get(name, []),
            "main": meter.is_main,
        }
        for name, meter in _METERS.items()
    ]


def curves_of_page(table: FrameTable, duration: float, most_points: int = MOST_POINTS) -> dict[str, Any]:
    """Quantise the columns of a table.

    Args:
        table: of the clip.
        duration: seconds from the first frame on.
        most_points: frames beyond this are drawn together, two points for each stretch: its least and its greatest.

    Returns:
        `times`: base64 of uint16, 0..65535 for 0..duration, or None where points lie evenly; `num`; `columns`: by name
        least and greatest value of the axis, and base64 of uint8: 0..254, 255 where unknown.

    """
    seconds_T = table.seconds() - float(table.seconds()[0])
    places_P = _places(seconds_T, most_points)
    columns = {}
    for name, meter in _METERS.items():
        values_T = table.columns.get(name)
        if values_T is None or not np.isfinite(values_T).any():
            continue
        values_P = _thinned(values_T.astype(np.float64), most_points)
        columns[name] = _quantised(values_P, meter)
    return {"num": len(places_P), "times": _times(places_P, duration), "columns": columns}


def _edges(num: int, most_points: int) -> npt.NDArray[np.int64]:
    """Divide frames into stretches of two points each."""
    half = max(1, most_points // 2)
    return np.linspace(0, num, half + 1).round().astype(np.int64)


def _places(seconds_T: Floats, most_points: int) -> Floats:
    if len(seconds_T) <= most_points:
        return seconds_T
    edges = _edges(len(seconds_T), most_points)
    starts, ends = seconds_T[edges[:-1]], seconds_T[np.maximum(edges[1:] - 1, edges[:-1])]
    quarter = (ends - starts) / 4
    return np.stack([starts + quarter, ends - quarter], 1).reshape(-1)


def _thinned(values_T: Floats, most_points: int) -> Floats:
    """Keep least and greatest value of each stretch, in the order in which they come."""
    if len(values_T) <= most_points:
        return values_T
    edges = _edges(len(values_T), most_points)
    starts, lengths, index_T = edges[:-1], np.diff(edges), np.arange(len(values_T))
    low_S, high_S = np.fmin.reduceat(values_T, starts), np.fmax.reduceat(values_T, starts)

    def first_at(value_S: Floats) -> npt.NDArray[np.int64]:
        is_there_T = values_T == np.repeat(value_S, lengths)
        return np.minimum.reduceat(np.where(is_there_T, index_T, len(values_T)), starts)

    is_low_first_S = first_at(low_S) < first_at(high_S)
    pairs_S2 = np.where(is_low_first_S[:, None], np.stack([low_S, high_S], 1), np.stack([high_S, low_S], 1))
    return np.asarray(pairs_S2.reshape(-1), np.float64)


def _quantised(values_P: Floats, meter: _Meter) -> list[Any]:
    known = values_P[np.isfinite(values_P)]
    least = float(known.min()) if meter.low is None else meter.low
    most = float(known.max()) if meter.high is None else meter.high
    lacking = meter.at_least - (most - least)
    if lacking > 0:
        most += lacking if meter.low is not None else lacking / 2
        least -= 0 if meter.low is not None else lacking / 2
    span = max(most - least, 1e-9)
    levels_P = np.full(len(values_P), _UNKNOWN, np.uint8)
    fine = np.isfinite(values_P)
    levels_P[fine] = np.rint(np.clip((values_P[fine] - least) / span, 0, 1) * _LEVELS)
    return [_short(least), _short(most), base64.b64encode(levels_P.tobytes()).decode()]


def _times(places_P: Floats, duration: float) -> str | None:
    span = max(duration, 1e-9)
    # A frame is seen from its stamp on; even ones need no list.
    even_P = np.arange(len(places_P)) * (places_P[-1] / max(1, len(places_P) - 1))
    if np.abs(places_P - even_P).max() <= span / 2000:
        return None
    return base64.b64encode(np.rint(np.clip(places_P / span, 0, 1) * _FINEST).astype("<u2").tobytes()).decode()


def _short(number: float) -> float:
    return float(f"{number:.5g}")
