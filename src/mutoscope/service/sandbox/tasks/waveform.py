"""The sound of a film as a row of peaks, to be drawn."""

from pathlib import Path
from typing import Any

import numpy as np

from mutoscope.service.sandbox.tasks.naming import called
from mutoscope.video.mono_track import MonoTrack

__all__ = ["waveform"]

_RATE = 8000
_STEP = 80
"""Samples of one peak while reading: 100 a second, 3 MB for four hours."""
_MOST_BUCKETS = 4000


def waveform(path: str, name: str, *, buckets: int = 800) -> dict[str, Any]:
    """Measure the first sound track, mixed to mono.

    Args:
        path: a film.
        name: as its owner calls it.
        buckets: how many values, at most 4000.

    Returns:
        seconds; start (second of the first sample); peaks: greatest amplitude of each part, 0..1.

    Raises:
        InputError: there is no sound that is opened here.

    """
    with called(path, name):
        track = MonoTrack(Path(path), _RATE)
        parts, num_samples = [np.zeros(0, np.float32)], 0
        for block in track.read(_STEP * 1000):
            num_samples += len(block)
            padded = np.pad(np.abs(block), (0, -len(block) % _STEP))
            parts.append(padded.reshape(-1, _STEP).max(1))
        peaks = np.concatenate(parts).clip(0, 1)
        wanted = max(1, min(buckets, _MOST_BUCKETS, len(peaks) or 1))
        edges = np.linspace(0, len(peaks), wanted, endpoint=False).astype(int)
        values = np.maximum.reduceat(peaks, edges) if len(peaks) else peaks
        return {
            "seconds": num_samples / _RATE,
            "start": float(track.start or 0),
            "peaks": [round(float(value), 4) for value in values],
        }
