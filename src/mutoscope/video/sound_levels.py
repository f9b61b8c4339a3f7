"""How loud bands of a film's sound are over its time, and where beats and new tones begin. Streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, ignore
from mutoscope.video.mono_track import MonoTrack

__all__ = ["LEVELS_PER_S", "SoundLevels", "measure_sound"]

Floats = npt.NDArray[np.float32]

LEVELS_PER_S = 100
_RATE = 32_000
_STEP = _RATE // LEVELS_PER_S
_WINDOW, _ONSET_WINDOW = 2048, 1024
"""Samples of a spectrum: bands want 16 Hz apart, onsets want 32 ms at most."""
_BLOCK_LEVELS = 256
_LOUD, _QUIET = 98.0, 10.0
"""Percentiles of the levels of a film that count as loudest and as nothing."""
_NOTHING = 0.003
"""A band is never measured against less than this of the whole sound's amplitude (-50 dB): coding noise is no music."""
_SILENCE = 1e-4
"""A film whose loudest is below this (-80 dB of full scale) is silent."""
_GAMMA = 1000.0
_MEDIAN_LEVELS, _MEDIAN_SHARE, _LEAST_FLUX = 101, 1.5, 0.03
_PEAK_LEVELS, _APART_LEVELS = 3, 5
_WEAKEST = 0.25


@dataclass(frozen=True)
class SoundLevels:
    """What was measured.

    Attributes:
        bands_BN: 0 to 1 for each band that was asked for, LEVELS_PER_S of them a second.
        onsets_N: strength 0.25 to 1 where a beat or new tone begins, else 0.
        start_s: the film's second of the first level.

    """

    bands_BN: Floats
    onsets_N: Floats
    start_s: float


def measure_sound(path: Path, bands_hz: Sequence[tuple[float, float]], report: Listener = ignore) -> SoundLevels:
    """Measure the first sound track of a film, mixed to mono at 32 kHz.

    A band's level at a time is the square root of the power within it, of 2048 samples about that time under a Hann
    window; over the film, its 98th percentile (but at least 0.003 of the whole sound's) counts as 1, and its 10th (but
    at most half of that) as 0.

    Onsets are peaks of the spectral flux (Bello et al. 2005, section III-A): the mean over all frequencies of what
    log(1 + 1000 |X|) has grown by since the level before, with 1024 samples. A peak is greater than its neighbours
    within 30 ms and than 0.03 + 1.5 times the median of a second about it (section IV-B); between two lie 50 ms at
    least. Its strength is what it stands above that, against the 90th percentile of all.

    Args:
        path: a film.
        bands_hz: least and greatest frequency of each band.
        report: takes progress in seconds.

    Raises:
        InputError: there is no sound, none that can be decoded, or it is silent.

    """
    track = MonoTrack(path, _RATE, report)
    power, flux = _Spectra(bands_hz), _Flux()
    for block in track.read(_BLOCK_LEVELS * _STEP):
        power.add(block)
        flux.add(block)
    if track.start is None:
        raise InputError(f"{path} has no sound that can be decoded; give numbers or keyframes instead.")
    bands_BN, whole_N = power.finish()
    onsets_N = flux.finish()
    loudest = float(np.percentile(whole_N, _LOUD))
    if loudest < _SILENCE:
        raise InputError(f"the sound of {path} is silent, so nothing can follow it; give numbers or keyframes instead.")
    levels_BN = np.stack([_against_film(one, loudest * _NOTHING) for one in bands_BN]) if len(bands_BN) else bands_BN
    return SoundLevels(levels_BN, onsets_N, float(track.start))


def _against_film(amplitudes_N: Floats, least: float) -> Floats:
    high = max(float(np.percentile(amplitudes_N, _LOUD)), least)
    low = min(float(np.percentile(amplitudes_N, _QUIET)), high / 2)
    levels_N: Floats = np.clip((amplitudes_N - low) / (high - low), 0, 1).astype(np.float32)
    return levels_N


class _Windows:
    """Cuts a stream of samples into overlapping windows about even times, block by block."""

    def __init__(self, window: int) -> None:
        self._window = window
        # The first level is at the first sample: half a window of nothing lies before it.
        self._rest: Floats = np.zeros(window // 2, np.float32)
        hann = np.hanning(window + 1)[:-1]
        self._hann = (hann * 2 / hann.sum()).astype(np.float32)

    def cut(self, block: Floats, *, is_last: bool = False) -> Floats:
        """Give amplitudes of the spectra that are complete: levels, frequencies; a sine's is its own."""
        joined = np.concatenate([self._rest, block, np.zeros(self._window // 2 if is_last else 0, np.float32)])
        count = max(0, (len(joined) - self._window) // _STEP + 1)
        self._rest = joined[count * _STEP :]
        if count == 0:
            return np.zeros((0, self._window // 2 + 1), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(joined, self._window)[: count * _STEP : _STEP]
        return np.abs(np.fft.rfft(windows * self._hann)).astype(np.float32)


class _Spectra:
    """Amplitudes of bands, and of all of them."""

    def __init__(self, bands_hz: Sequence[tuple[float, float]]) -> None:
        self._windows = _Windows(_WINDOW)
        hertz = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
        apart = hertz[1]
        # A narrow band takes at least the frequency that lies nearest to its middle.
        self._chosen = [
            (hertz >= low) & (hertz <= high) | (np.abs(hertz - (low + high) / 2) <= apart / 2)
            for low, high in (*bands_hz, (20.0, _RATE / 2))
        ]
        self._found: list[Floats] = []

    def add(self, block: Floats, *, is_last: bool = False) -> None:
        power_NF = self._windows.cut(block, is_last=is_last) ** 2
        # A Hann window spreads a sine's power over 1.5 frequencies.
        amplitudes = [np.sqrt(power_NF[:, chosen].sum(1) / 1.5) for chosen in self._chosen]
        self._found.append(np.stack(amplitudes).astype(np.float32))

    def finish(self) -> tuple[Floats, Floats]:
        """Give amplitudes of the bands and of the whole."""
        self.add(np.zeros(0, np.float32), is_last=True)
        joined = np.concatenate(self._found, 1)
        return joined[:-1], joined[-1]


class _Flux:
    """Growth of the spectrum, and its peaks."""

    def __init__(self) -> None:
        self._windows = _Windows(_ONSET_WINDOW)
        self._before = np.zeros((1, _ONSET_WINDOW // 2 + 1), np.float32)
        self._found: list[Floats] = []

    def add(self, block: Floats, *, is_last: bool = False) -> None:
        told_NF = np.log1p(_GAMMA * self._windows.cut(block, is_last=is_last))
        grown_NF = np.diff(told_NF, axis=0, prepend=self._before)
        self._found.append(np.maximum(grown_NF, 0).mean(1).astype(np.float32))
        if len(told_NF):
            self._before = told_NF[-1:]

    def finish(self) -> Floats:
        """Give the strength of each onset at its time, else 0."""
        self.add(np.zeros(0, np.float32), is_last=True)
        flux_N = np.concatenate(self._found)
        flux_N[-(_ONSET_WINDOW // (2 * _STEP) + 1) :] = 0  # the end of a film is no beat, however abrupt
        above_N = flux_N - (_LEAST_FLUX + _MEDIAN_SHARE * _running_median(flux_N, _MEDIAN_LEVELS))
        padded = np.pad(flux_N, _PEAK_LEVELS)
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _PEAK_LEVELS + 1).max(1)
        picked: list[int] = []
        for number in np.flatnonzero((above_N > 0) & (flux_N >= around)).tolist():
            if not picked or number - picked[-1] >= _APART_LEVELS:
                picked.append(number)
        onsets_N = np.zeros_like(flux_N)
        if picked:
            onsets_N[picked] = np.clip(above_N[picked] / np.percentile(above_N[picked], 90), _WEAKEST, 1)
        return onsets_N


def _running_median(x_N: Floats, length: int) -> Floats:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x_N, length // 2, mode="edge"), length)
    parts = [np.median(windows[i : i + 4096], axis=1) for i in range(0, len(windows), 4096)]
    return np.concatenate(parts).astype(np.float32)
